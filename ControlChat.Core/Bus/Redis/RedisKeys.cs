namespace ControlChat.Core.Bus.Redis;

/// <summary>A topic is a stream of the same name; what else the bus keeps begins with <c>bus:</c>.</summary>
internal static class RedisKeys
{
    /// <summary>Gone when somebody emptied the database: then cursors mean nothing any more.</summary>
    public const string Epoch = "bus:epoch";

    /// <summary>Written to see whether the server takes writes.</summary>
    public const string Alive = "bus:alive";

    /// <summary>The topics that have dead letters.</summary>
    public const string DeadTopics = "bus:dead";

    /// <summary>Sorted set: entries that wait for their next delivery, by time.</summary>
    public static string Retries(string topic, string group) => $"bus:retry:{topic}:{group}";

    /// <summary>Hash: dead letters of a topic.</summary>
    public static string Dead(string topic) => $"bus:dead:{topic}";

    /// <summary>Sorted set: the same letters by the time of their failure.</summary>
    public static string DeadOrder(string topic) => $"bus:dead-order:{topic}";

    /// <summary>The pub/sub channel of wake-ups. Channels are not kept apart by database, so its name is.</summary>
    public static string Wake(int database) => $"bus:{database}:wake";
}
