using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using ControlChat.Core.Bus;
using ControlChat.Core.Bus.Redis;
using ControlChat.Core.Hub;
using ControlChat.Harness;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Bus.Redis;

/// <summary>A Redis that keeps its connections and says nothing: nobody waits for long, and what serves again is used again, by those who waited too.</summary>
[Collection(RedisTurns.Name)]
public sealed class RedisSilenceTests(RedisServer server) : BusOverRedis(server)
{
    private static readonly TimeSpan _long = TimeSpan.FromSeconds(20);
    private static readonly RedisTiming _impatient = RedisBuses.Quick with { Call = TimeSpan.FromMilliseconds(500), Silence = TimeSpan.FromSeconds(1) };

    [Fact]
    public async Task Who_consumes_and_who_reads_go_on_when_it_speaks_again()
    {
        await using var bus = await OpenAsync(_impatient);
        var (seen, tail) = await BeginAsync(bus);
        await StandStillAsync(bus, Server.ResumeAsync);
        await Waiting.UntilAsync(() => bus.IsHealthyAsync(End), _long);
        await bus.AppendAsync(Kept, BusMessage.New("after"), End);
        await bus.AppendAsync(Live, BusMessage.New("after"), End);
        await Waiting.UntilAsync(() => seen.Contains("after"), _long);
        // What was said while it stood still may have been heard all the same.
        while (await tail.MoveNextAsync().AsTask().WaitAsync(_long, End) && tail.Current.Message.Payload != "after") Assert.Equal("silent", tail.Current.Message.Payload);
    }

    [Fact]
    public async Task One_that_takes_its_place_with_nothing_is_used_without_a_start_of_ours()
    {
        await using var bus = await OpenAsync(_impatient);
        var (seen, tail) = await BeginAsync(bus);
        await StandStillAsync(bus, async () =>
        {
            await Server.KillAsync();
            await Server.StartEmptyAsync();
        });
        await Waiting.UntilAsync(() => bus.IsHealthyAsync(End), _long);
        await Assert.ThrowsAsync<BusGapException>(async () => await tail.MoveNextAsync());
        await bus.AppendAsync(Kept, BusMessage.New("after"), End);
        await Waiting.UntilAsync(() => seen.Contains("after"), _long);
        await using var fresh = bus.TailAsync(Live, null, End).GetAsyncEnumerator(End);
        await bus.AppendAsync(Live, BusMessage.New("after"), End);
        Assert.True(await fresh.MoveNextAsync().AsTask().WaitAsync(_long, End));
        Assert.Equal("after", fresh.Current.Message.Payload);
    }

    [Fact]
    public async Task One_that_vanished_without_a_goodbye_is_given_up_for_the_one_its_address_leads_to_now()
    {
        await using var address = new TcpProxy();
        await using var second = new RedisServer();
        await second.ReadyAsync();
        await second.AskAsync("CONFIG", "SET", "requirepass", Server.Place.Password!);
        address.LeadTo(UriOf(Server));
        await using var bus = RedisBuses.Open(Server.Place with { Endpoint = new Uri(address.Url).Authority }, _impatient);
        await Waiting.UntilAsync(() => bus.IsHealthyAsync(End), _long);
        var (seen, tail) = await BeginAsync(bus);
        address.LeadTo(UriOf(second));
        // Connections to the first one stay, and nobody answers there any more.
        await Server.PauseAsync();
        try
        {
            Assert.False(await bus.IsHealthyAsync(End));
            await Waiting.UntilAsync(() => bus.IsHealthyAsync(End), _long);
            await Assert.ThrowsAsync<BusGapException>(async () => await tail.MoveNextAsync());
            await bus.AppendAsync(Kept, BusMessage.New("after"), End);
            await Waiting.UntilAsync(() => seen.Contains("after"), _long);
        }
        finally
        {
            await Server.ResumeAsync();
        }
    }

    [Fact]
    public async Task What_accepts_at_the_start_and_says_nothing_ends_no_start_and_is_given_up_for_the_server_that_comes()
    {
        await Server.KillAsync();
        var port = int.Parse(Server.Place.Endpoint.Split(':')[1], CultureInfo.InvariantCulture);
        await using var bus = RedisBuses.Open(Server, _impatient);
        using (var dumb = new TcpListener(IPAddress.Loopback, port))
        {
            dumb.Start();
            await WithinAsync(_long, async () => Assert.Null(await bus.RefusalAsync(End)));
            await WithinAsync(_long, async () => Assert.False(await bus.IsHealthyAsync(End)));
            await WithinAsync(_long, () => Assert.ThrowsAsync<HubUnavailableException>(() => bus.AppendAsync(Kept, BusMessage.New("1"), End)));
        }
        await Server.StartAsync();
        await Waiting.UntilAsync(() => bus.IsHealthyAsync(End), _long);
        await bus.AppendAsync(Kept, BusMessage.New("2"), End);
    }

    [Fact]
    public async Task A_hub_says_within_its_bound_that_it_is_not_ready_and_answers_what_needs_no_bus()
    {
        await using var hub = await RedisBuses.StartHubAsync(Server.Place);
        await Waiting.UntilAsync(async () => await ReadyAsync(hub) == 200, _long);
        await Server.PauseAsync();
        try
        {
            await WithinAsync(_long, async () => Assert.Equal(503, await ReadyAsync(hub)));
            await WithinAsync(_long, async () => Assert.Equal("completed", await CreateAsync(hub)));
        }
        finally
        {
            await Server.ResumeAsync();
        }
        await Waiting.UntilAsync(async () => await ReadyAsync(hub) == 200, _long);
        Assert.Equal("completed", await CreateAsync(hub));
    }

    private static Uri UriOf(RedisServer server) => new($"redis://{server.Place.Endpoint}");

    // Until the connection was given up for it, and a bit; every call of that time ends soon.
    private async Task StandStillAsync(RedisBus bus, Func<Task> end)
    {
        await Server.PauseAsync();
        try
        {
            var since = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(since) < _impatient.Silence * 3)
            {
                await WithinAsync(_long, () => Assert.ThrowsAsync<HubUnavailableException>(() => bus.AppendAsync(Kept, BusMessage.New("silent " + Guid.NewGuid()), End)));
                await bus.PostAsync(Live, BusMessage.New("silent"), End);
                Assert.False(await bus.IsHealthyAsync(End));
            }
        }
        finally
        {
            await end();
        }
    }

    private static async Task WithinAsync(TimeSpan limit, Func<Task> call)
    {
        var since = Stopwatch.GetTimestamp();
        await call();
        Assert.InRange(Stopwatch.GetElapsedTime(since), TimeSpan.Zero, limit);
    }

    private static async Task<int> ReadyAsync(TestHub hub)
    {
        using var answer = await hub.Anonymous.GetAsync(new Uri("/health/ready", UriKind.Relative));
        return (int)answer.StatusCode;
    }

    private static async Task<string?> CreateAsync(TestHub hub) =>
        (string?)(await TestHub.PostAsync(hub.Browser, "/api/v1/tools/workspace.create", new { request_id = $"req-{Guid.NewGuid():n}", arguments = new { title = "w" } })).Body["status"];
}
