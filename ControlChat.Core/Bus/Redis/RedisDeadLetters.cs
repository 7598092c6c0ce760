using System.Globalization;
using System.Text.Json;
using ControlChat.Core.Telemetry;
using StackExchange.Redis;

namespace ControlChat.Core.Bus.Redis;

internal sealed class RedisDeadLetters(RedisLink link)
{
    /// <summary>Letters kept of one topic; the oldest goes first.</summary>
    public const int Kept = 1000;

    private const int Listed = 200;

    public Task BuryAsync(DeadLetter letter, CancellationToken cancellationToken)
    {
        Meters.DeadLettered(letter.Topic);
        var text = JsonSerializer.Serialize(new Stored(letter.Message.Id, letter.Message.Payload, letter.Attempts, letter.FailedAt, letter.LastError));
        return link.RunAsync(RedisScript.Bury,
            [letter.Topic, RedisKeys.Retries(letter.Topic, letter.Group), RedisKeys.Dead(letter.Topic), RedisKeys.DeadOrder(letter.Topic), RedisKeys.DeadTopics],
            [
                letter.Group, letter.EntryId, Field(letter.Group, letter.EntryId), text,
                letter.FailedAt.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture), Kept.ToString(CultureInfo.InvariantCulture),
            ], cancellationToken);
    }

    public async Task<IReadOnlyList<DeadLetter>> ListAsync(string? topic, CancellationToken cancellationToken)
    {
        var topics = topic is null ? (string[])await link.CallAsync("SMEMBERS", [RedisKeys.DeadTopics], cancellationToken) : [topic];
        var letters = new List<DeadLetter>();
        foreach (var one in topics) letters.AddRange(await OfTopicAsync(one, cancellationToken));
        return [.. letters.OrderBy(l => l.FailedAt).Take(Listed)];
    }

    public async Task<long> CountAsync(CancellationToken cancellationToken)
    {
        var count = 0L;
        foreach (var topic in (string[])await link.CallAsync("SMEMBERS", [RedisKeys.DeadTopics], cancellationToken))
            count += (long)await link.CallAsync("ZCARD", [RedisKeys.DeadOrder(topic)], cancellationToken);
        return count;
    }

    public async Task<bool> ReplayAsync(string topic, string group, string entryId, CancellationToken cancellationToken)
    {
        var field = Field(group, entryId);
        var found = await link.CallAsync("HGET", [RedisKeys.Dead(topic), field], cancellationToken);
        if (found.IsNull) return false;
        var letter = JsonSerializer.Deserialize<Stored>((string)found)!;
        return (int)await link.RunAsync(RedisScript.Replay,
            [topic, RedisKeys.Dead(topic), RedisKeys.DeadOrder(topic), RedisKeys.DeadTopics],
            [field, letter.MessageId.ToString("d"), letter.Payload, link.WakeChannel], cancellationToken) == 1;
    }

    private async Task<IEnumerable<DeadLetter>> OfTopicAsync(string topic, CancellationToken cancellationToken)
    {
        var fields = (string[])await link.CallAsync("ZRANGE", [RedisKeys.DeadOrder(topic), "0", (Listed - 1).ToString(CultureInfo.InvariantCulture)], cancellationToken);
        if (fields.Length == 0) return [];
        var found = (RedisResult[])await link.CallAsync("HMGET", [RedisKeys.Dead(topic), .. fields], cancellationToken);
        // One that was replayed meanwhile is gone.
        return fields.Zip(found).Where(f => !f.Second.IsNull).Select(f => Letter(topic, f.First, JsonSerializer.Deserialize<Stored>((string)f.Second)!));
    }

    private static DeadLetter Letter(string topic, string field, Stored stored)
    {
        var space = field.LastIndexOf(' ');
        return new DeadLetter(topic, field[..space], field[(space + 1)..], new BusMessage(stored.MessageId, stored.Payload), stored.Attempts, stored.FailedAt, stored.LastError);
    }

    private static string Field(string group, string entryId) => $"{group} {entryId}";

    private sealed record Stored(Guid MessageId, string Payload, int Attempts, DateTimeOffset FailedAt, string LastError);
}
