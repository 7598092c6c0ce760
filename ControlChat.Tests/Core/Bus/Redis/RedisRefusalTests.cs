using System.Text.RegularExpressions;
using ControlChat.App.Approvals;
using ControlChat.Core.Bus;
using ControlChat.Core.Bus.Redis;
using ControlChat.Core.Hub;
using ControlChat.Harness;
using ControlChat.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace ControlChat.Tests.Core.Bus.Redis;

/// <summary>A Redis that is there, answers PING, and refuses what the hub asks of it.</summary>
[Collection(RedisTurns.Name)]
public sealed partial class RedisRefusalTests(RedisServer server) : IAsyncLifetime
{
    private const string Kept = "chat:agent";
    private const string Live = "stream:conv_1";
    private static readonly TimeSpan _long = TimeSpan.FromSeconds(20);
    private readonly CancellationTokenSource _end = new(TimeSpan.FromSeconds(90));
    private RedisBus _bus = null!;

    private CancellationToken End => _end.Token;

    public async ValueTask InitializeAsync()
    {
        await server.ReadyAsync();
        _bus = RedisBuses.Open(server);
        await Waiting.UntilAsync(() => _bus.IsHealthyAsync(End));
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _bus.DisposeAsync();
        _end.Dispose();
    }

    [Fact]
    public async Task A_full_server_is_not_healthy_and_can_still_be_read_and_wakes_nobody_for_what_it_did_not_take()
    {
        await using var tail = _bus.TailAsync(Live, IBus.Oldest, End).GetAsyncEnumerator(End);
        await _bus.AppendAsync(Live, BusMessage.New("1"), End);
        await tail.MoveNextAsync();
        await _bus.AppendAsync(Live, BusMessage.New("2"), End);
        await server.AskAsync("CONFIG", "SET", "maxmemory", "1");
        try
        {
            Assert.True(await tail.MoveNextAsync().AsTask().WaitAsync(_long, End));
            Assert.Equal("2", tail.Current.Message.Payload);
            Assert.False(await _bus.IsHealthyAsync(End));
            await server.AskAsync("CONFIG", "RESETSTAT");
            for (var i = 0; i < 3; i++)
            {
                await Assert.ThrowsAsync<HubUnavailableException>(() => _bus.AppendAsync(Live, BusMessage.New("3"), End));
                await _bus.PostAsync(Live, BusMessage.New("3"), End);
            }
            // Behind whatever those three may have sent.
            Assert.False(await _bus.IsHealthyAsync(End));
            Assert.DoesNotContain("cmdstat_publish:", await server.AskAsync("INFO", "commandstats"), StringComparison.Ordinal);
        }
        finally
        {
            await server.AskAsync("CONFIG", "SET", "maxmemory", "0");
        }
        await Waiting.UntilAsync(() => _bus.IsHealthyAsync(End));
        await _bus.AppendAsync(Live, BusMessage.New("4"), End);
        Assert.True(await tail.MoveNextAsync().AsTask().WaitAsync(_long, End));
    }

    [Fact]
    public async Task A_server_that_waits_for_its_replicas_costs_nobody_a_try_and_the_feeds_hear_again()
    {
        await using var hub = await CoreHub.OpenAsync(TestStore.Sqlite, TimeProvider.System);
        using var outbox = new Outbox(hub.Database, _bus, [], TimeProvider.System, NullLogger<Outbox>.Instance);
        await outbox.StartAsync(End);
        await using var feed = new ApprovalFeed(_bus, TimeProvider.System, NullLogger<ApprovalFeed>.Instance);
        var heard = new TaskCompletionSource();
        feed.Changed += moved => { if (moved.Ids?.Contains("apr_1") == true) heard.TrySetResult(); };
        await server.AskAsync("CONFIG", "SET", "min-replicas-to-write", "1");
        try
        {
            await server.AskAsync("CONFIG", "RESETSTAT");
            await hub.WriteAsync(t => t.AnnounceAsync(Kept, "run_1", End));
            await Waiting.UntilAsync(async () => (await server.AskAsync("INFO", "errorstats")).Contains("errorstat_NOREPLICAS", StringComparison.Ordinal));
            // The feed has looked, too.
            await Waiting.UntilAsync(async () => Looks().IsMatch(await server.AskAsync("INFO", "commandstats")));
            Assert.False(await _bus.IsHealthyAsync(End));
        }
        finally
        {
            await server.AskAsync("CONFIG", "SET", "min-replicas-to-write", "0");
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
        await _bus.DisposeAsync();
        await server.AskAsync("ACL", "LOG", "RESET");
        await server.AskAsync("ACL", "SETUSER", "default", "resetchannels");
        try
        {
            await using var bus = RedisBuses.Open(server, RedisBuses.Quick with { Call = TimeSpan.FromMilliseconds(500) });
            await Waiting.UntilAsync(async () => (await server.AskAsync("ACL", "LOG")).Contains("channel", StringComparison.Ordinal));
            Assert.False(await bus.IsHealthyAsync(End));
            await server.AskAsync("ACL", "SETUSER", "default", "allchannels");
            await Waiting.UntilAsync(() => bus.IsHealthyAsync(End), _long);
            await bus.AppendAsync(Kept, BusMessage.New("1"), End);
        }
        finally
        {
            await server.AskAsync("ACL", "SETUSER", "default", "allchannels");
            await server.AskAsync("ACL", "LOG", "RESET");
        }
    }

    [Fact]
    public async Task The_connection_to_a_server_that_became_a_replica_is_made_anew_because_its_name_may_lead_elsewhere_by_now()
    {
        var others = await ClientsAsync();
        await using var bus = RedisBuses.Open(server);
        await Waiting.UntilAsync(() => bus.IsHealthyAsync(End));
        var before = await ClientsAsync();
        before.ExceptWith(others);
        Assert.NotEmpty(before);
        await server.AskAsync("REPLICAOF", "127.0.0.1", "1");
        try
        {
            await Assert.ThrowsAsync<HubUnavailableException>(() => bus.AppendAsync(Kept, BusMessage.New("1"), End));
            await Waiting.UntilAsync(async () => !(await ClientsAsync()).Overlaps(before), _long);
        }
        finally
        {
            await server.AskAsync("REPLICAOF", "NO", "ONE");
        }
        await Waiting.UntilAsync(() => bus.IsHealthyAsync(End), _long);
        await bus.AppendAsync(Kept, BusMessage.New("2"), End);
    }

    [Fact]
    public async Task A_topic_that_cannot_be_trimmed_does_not_keep_the_others_from_it()
    {
        await using var bus = RedisBuses.Open(server, RedisBuses.Quick with { KeptAge = TimeSpan.FromSeconds(-1) });
        await Waiting.UntilAsync(() => bus.IsHealthyAsync(End));
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
        await server.AskAsync("DEL", "chat:gone");
        await server.AskAsync("SET", "chat:other", "no topic any more");
        await bus.TrimAsync(End);
        Assert.InRange(int.Parse(await server.AskAsync("XLEN", "chat:full"), System.Globalization.CultureInfo.InvariantCulture), 0, 100);
    }

    // Those of the hub alone: who asks is named in the list too.
    private async Task<HashSet<string>> ClientsAsync() =>
        [.. (await server.AskAsync("CLIENT", "LIST")).Split('\n').Where(l => l.Contains("id=", StringComparison.Ordinal) && !l.Contains("cmd=client", StringComparison.Ordinal)).Select(l => ClientId().Match(l).Value)];

    [GeneratedRegex(@"cmdstat_evalsha:calls=([2-9]|\d\d)")]
    private static partial Regex Looks();

    [GeneratedRegex(@"\bid=\d+")]
    private static partial Regex ClientId();
}
