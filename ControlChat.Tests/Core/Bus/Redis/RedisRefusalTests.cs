using System.Text.RegularExpressions;
using ControlChat.App.Approvals;
using ControlChat.Core.Bus;
using ControlChat.Core.Hub;
using ControlChat.Harness;
using ControlChat.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace ControlChat.Tests.Core.Bus.Redis;

/// <summary>A Redis that is there, answers PING, and refuses what the hub asks of it.</summary>
[Collection(RedisTurns.Name)]
public sealed partial class RedisRefusalTests(RedisServer server) : BusOverRedis(server)
{
    private static readonly TimeSpan _long = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task A_full_server_is_not_healthy_and_can_still_be_read_and_wakes_nobody_for_what_it_did_not_take()
    {
        await using var tail = Bus.TailAsync(Live, IBus.Oldest, End).GetAsyncEnumerator(End);
        await Bus.AppendAsync(Live, BusMessage.New("1"), End);
        await tail.MoveNextAsync();
        await Bus.AppendAsync(Live, BusMessage.New("2"), End);
        await Server.AskAsync("CONFIG", "SET", "maxmemory", "1");
        try
        {
            Assert.True(await tail.MoveNextAsync().AsTask().WaitAsync(_long, End));
            Assert.Equal("2", tail.Current.Message.Payload);
            Assert.False(await Bus.IsHealthyAsync(End));
            await Server.AskAsync("CONFIG", "RESETSTAT");
            for (var i = 0; i < 3; i++)
            {
                await Assert.ThrowsAsync<HubUnavailableException>(() => Bus.AppendAsync(Live, BusMessage.New("3"), End));
                await Bus.PostAsync(Live, BusMessage.New("3"), End);
            }
            // Behind whatever those three may have sent.
            Assert.False(await Bus.IsHealthyAsync(End));
            Assert.DoesNotContain("cmdstat_publish:", await Server.AskAsync("INFO", "commandstats"), StringComparison.Ordinal);
        }
        finally
        {
            await Server.AskAsync("CONFIG", "SET", "maxmemory", "0");
        }
        await Waiting.UntilAsync(() => Bus.IsHealthyAsync(End));
        await Bus.AppendAsync(Live, BusMessage.New("4"), End);
        Assert.True(await tail.MoveNextAsync().AsTask().WaitAsync(_long, End));
    }

    [Fact]
    public async Task A_server_that_waits_for_its_replicas_costs_nobody_a_try_and_the_feeds_hear_again()
    {
        await using var hub = await CoreHub.OpenAsync(TestStore.Sqlite, TimeProvider.System);
        using var outbox = new Outbox(hub.Database, Bus, [], TimeProvider.System, NullLogger<Outbox>.Instance);
        await outbox.StartAsync(End);
        await using var feed = new ApprovalFeed(Bus, TimeProvider.System, NullLogger<ApprovalFeed>.Instance);
        var heard = new TaskCompletionSource();
        feed.Changed += moved => { if (moved.Ids?.Contains("apr_1") == true) heard.TrySetResult(); };
        await Server.AskAsync("CONFIG", "SET", "min-replicas-to-write", "1");
        try
        {
            await Server.AskAsync("CONFIG", "RESETSTAT");
            await hub.WriteAsync(t => t.AnnounceAsync(Kept, "run_1", End));
            await Waiting.UntilAsync(async () => (await Server.AskAsync("INFO", "errorstats")).Contains("errorstat_NOREPLICAS", StringComparison.Ordinal));
            // The feed has looked, too.
            await Waiting.UntilAsync(async () => Looks().IsMatch(await Server.AskAsync("INFO", "commandstats")));
            Assert.False(await Bus.IsHealthyAsync(End));
        }
        finally
        {
            await Server.AskAsync("CONFIG", "SET", "min-replicas-to-write", "0");
        }
        await Waiting.UntilAsync(async () => await hub.ReadAsync<long>("select count(*) from outbox") == 0, _long);
        Assert.Equal(0, await hub.ReadAsync<long>("select count(*) from dead_letters"));
        await hub.WriteAsync(t => { t.Hint(Topics.Stream("approvals"), "apr_1"); return Task.CompletedTask; });
        await heard.Task.WaitAsync(_long, End);
        await outbox.StopAsync(End);
    }

    [Fact]
    public async Task A_bus_whose_user_may_not_hear_wake_ups_yet_serves_as_soon_as_it_may()
    {
        // What the server refuses from here on, it refuses the bus of this test.
        await Bus.DisposeAsync();
        await Server.AskAsync("ACL", "LOG", "RESET");
        await Server.AskAsync("ACL", "SETUSER", "default", "resetchannels");
        try
        {
            await using var bus = RedisBuses.Open(Server, RedisBuses.Quick with { Call = TimeSpan.FromMilliseconds(500) });
            await Waiting.UntilAsync(async () => (await Server.AskAsync("ACL", "LOG")).Contains("channel", StringComparison.Ordinal));
            Assert.False(await bus.IsHealthyAsync(End));
            await Server.AskAsync("ACL", "SETUSER", "default", "allchannels");
            await Waiting.UntilAsync(() => bus.IsHealthyAsync(End), _long);
            await bus.AppendAsync(Kept, BusMessage.New("1"), End);
        }
        finally
        {
            await Server.AskAsync("ACL", "SETUSER", "default", "allchannels");
            await Server.AskAsync("ACL", "LOG", "RESET");
        }
    }

    [Fact]
    public async Task The_connection_to_a_server_that_became_a_replica_is_made_anew_because_its_name_may_lead_elsewhere_by_now()
    {
        var others = await ClientsAsync();
        await using var bus = await OpenAsync();
        var before = await ClientsAsync();
        before.ExceptWith(others);
        Assert.NotEmpty(before);
        await Server.AskAsync("REPLICAOF", "127.0.0.1", "1");
        try
        {
            await Assert.ThrowsAsync<HubUnavailableException>(() => bus.AppendAsync(Kept, BusMessage.New("1"), End));
            await Waiting.UntilAsync(async () => !(await ClientsAsync()).Overlaps(before), _long);
        }
        finally
        {
            await Server.AskAsync("REPLICAOF", "NO", "ONE");
        }
        await Waiting.UntilAsync(() => bus.IsHealthyAsync(End), _long);
        await bus.AppendAsync(Kept, BusMessage.New("2"), End);
    }

    [Fact]
    public async Task A_topic_that_cannot_be_trimmed_does_not_keep_the_others_from_it()
    {
        await using var bus = await OpenAsync(RedisBuses.Quick with { KeptAge = TimeSpan.FromSeconds(-1) });
        foreach (var topic in (string[])["chat:gone", "chat:other"])
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(End);
            var done = new TaskCompletionSource();
            var consuming = bus.ConsumeAsync(topic, "group", "a", (_, _) => { done.TrySetResult(); return Task.CompletedTask; }, stop.Token);
            await bus.AppendAsync(topic, BusMessage.New("1"), End);
            await done.Task.WaitAsync(_long, End);
            await stop.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => consuming);
        }
        for (var i = 0; i < 300; i++) await bus.AppendAsync("chat:full", BusMessage.New("1"), End);
        await Server.AskAsync("DEL", "chat:gone");
        await Server.AskAsync("SET", "chat:other", "no topic any more");
        await bus.TrimAsync(End);
        Assert.InRange(int.Parse(await Server.AskAsync("XLEN", "chat:full"), System.Globalization.CultureInfo.InvariantCulture), 0, 100);
    }

    // Those of the hub alone: who asks is named in the list too.
    private async Task<HashSet<string>> ClientsAsync() =>
        [.. (await Server.AskAsync("CLIENT", "LIST")).Split('\n').Where(l => l.Contains("id=", StringComparison.Ordinal) && !l.Contains("cmd=client", StringComparison.Ordinal)).Select(l => ClientId().Match(l).Value)];

    [GeneratedRegex(@"cmdstat_evalsha:calls=([2-9]|\d\d)")]
    private static partial Regex Looks();

    [GeneratedRegex(@"\bid=\d+")]
    private static partial Regex ClientId();
}
