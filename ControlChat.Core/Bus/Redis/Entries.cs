using StackExchange.Redis;

namespace ControlChat.Core.Bus.Redis;

/// <summary>An entry is the field <c>id</c>, a canonical UUID, and the field <c>payload</c>, JSON.</summary>
internal static class Entries
{
    public const string IdField = "id";
    public const string PayloadField = "payload";

    public static string Text(BusMessage message) => message.Id.ToString("d");

    /// <param name="entry">What XRANGE says of one: its id and its fields.</param>
    /// <returns>Null for an entry that no hub wrote.</returns>
    public static BusEntry? Read(string topic, RedisResult entry)
    {
        var parts = (RedisResult[])entry;
        return Read(topic, (string)parts[0], parts[1]);
    }

    public static BusEntry? Read(string topic, string entryId, RedisResult fields)
    {
        string? id = null, payload = null;
        var all = fields.IsNull ? [] : (string[])fields;
        for (var i = 0; i + 1 < all.Length; i += 2)
        {
            if (all[i] == IdField) id = all[i + 1];
            else if (all[i] == PayloadField) payload = all[i + 1];
        }
        return payload is not null && Guid.TryParseExact(id, "d", out var message) ? new BusEntry(topic, entryId, new BusMessage(message, payload)) : null;
    }
}
