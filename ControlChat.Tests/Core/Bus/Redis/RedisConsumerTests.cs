using System.Text.RegularExpressions;
using ControlChat.Core.Bus;
using ControlChat.Harness;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Bus.Redis;

/// <summary>What groups remember of consumers that are gone: nothing for ever, and nothing too little.</summary>
[Collection(RedisTurns.Name)]
public sealed partial class RedisConsumerTests(RedisServer server) : BusOverRedis(server)
{
    private static readonly TimeSpan _age = TimeSpan.FromSeconds(3);

    [Fact]
    public async Task One_that_is_long_gone_is_forgotten_unless_it_owes_something_and_what_it_owes_is_done_by_another()
    {
        // Nobody is taken for dead in this one, so that what is owed stays with who owes it.
        await using var bus = await OpenAsync(RedisBuses.Quick with { KeptAge = _age, TakeOver = TimeSpan.FromMinutes(10) });
        var done = new List<string>();
        using (var stop = CancellationTokenSource.CreateLinkedTokenSource(End))
        {
            var here = bus.ConsumeAsync(Kept, "group", "here", (e, _) => { done.Add(e.Message.Payload); return Task.CompletedTask; }, stop.Token);
            await bus.AppendAsync(Kept, BusMessage.New("1"), End);
            await Waiting.UntilAsync(() => done.Count == 1);
            await Server.AskAsync("XGROUP", "CREATECONSUMER", Kept, "group", "gone");
            var owed = await OwedAsync();
            await Waiting.UntilAsync(async () => await IdleAsync("gone") > _age.TotalMilliseconds && await IdleAsync("owing") > _age.TotalMilliseconds, TimeSpan.FromSeconds(20));
            await bus.TrimAsync(End);
            var left = await ConsumersAsync();
            Assert.Contains("owing", left);
            Assert.DoesNotContain("gone", left);
            Assert.Contains(owed, await Server.AskAsync("XPENDING", Kept, "group", "-", "+", "10", "owing"), StringComparison.Ordinal);
            // For Redis one that waits is idle, too: forgotten or not, it takes what comes.
            await bus.AppendAsync(Kept, BusMessage.New("2"), End);
            await Waiting.UntilAsync(() => done.Count == 2);
            Assert.Equal(["1", "2"], done);
            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => here);
        }
        Assert.Equal(["owing"], await ConsumersAsync());
        var taken = new TaskCompletionSource<string>();
        _ = Bus.ConsumeAsync(Kept, "group", "next", (e, _) => { taken.TrySetResult(e.Message.Payload); return Task.CompletedTask; }, End);
        Assert.Equal("owed", await taken.Task.WaitAsync(TimeSpan.FromSeconds(20), End));
    }

    // Added and taken in one step, before anybody else can take it. Answers its id.
    private async Task<string> OwedAsync() => (await Server.AskAsync("EVAL", """
        local id = redis.call('XADD', KEYS[1], '*', 'id', ARGV[1], 'payload', 'owed')
        redis.call('XREADGROUP', 'GROUP', 'group', 'owing', 'STREAMS', KEYS[1], '>')
        return id
        """, "1", Kept, Guid.NewGuid().ToString("d"))).Trim();

    private async Task<IReadOnlyList<string>> ConsumersAsync() => [.. Consumer().Matches(await ListAsync()).Select(m => m.Groups["name"].Value)];

    private async Task<long> IdleAsync(string consumer) =>
        long.Parse(Consumer().Matches(await ListAsync()).Single(m => m.Groups["name"].Value == consumer).Groups["idle"].Value, System.Globalization.CultureInfo.InvariantCulture);

    private Task<string> ListAsync() => Server.AskAsync("XINFO", "CONSUMERS", Kept, "group");

    // name LF here LF pending LF 0 LF idle LF 12
    [GeneratedRegex(@"\bname\s+(?<name>\w+)\s+pending\s+\d+\s+idle\s+(?<idle>\d+)")]
    private static partial Regex Consumer();
}
