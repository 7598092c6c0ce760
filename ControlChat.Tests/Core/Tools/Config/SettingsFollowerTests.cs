using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Bus;
using ControlChat.Core.Bus.Redis;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;
using ControlChat.Core.Tools.Config;
using ControlChat.Harness;
using ControlChat.Tests.Core.Bus.Redis;
using ControlChat.Tests.Core.Settings;
using ControlChat.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace ControlChat.Tests.Core.Tools.Config;

/// <summary>An admin sets something at one node of a hub; what another node has in force.</summary>
[Collection(RedisTurns.Name)]
public sealed class SettingsFollowerTests(RedisServer server) : IAsyncLifetime
{
    private readonly SettingsStore _store = new();
    private readonly LoadedSettings _loaded = HubConfigurationTests.Load("""{"Logs": {"Days": 21}}""");
    private readonly List<IAsyncDisposable> _open = [];
    private ToolBench _here = null!;
    private HubDatabase _rowsThere = null!;
    private HubSettings _there = null!;

    public async ValueTask InitializeAsync()
    {
        await server.ReadyAsync();
        _here = await ToolBench.OpenAsync(TestStore.Postgres);
        _rowsThere = _here.OpenAnother();
        _there = new HubSettings(_loaded, _rowsThere, _store, NullLogger<HubSettings>.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var one in _open) await one.DisposeAsync();
        await _rowsThere.DisposeAsync();
        await _here.DisposeAsync();
    }

    [Fact]
    public async Task It_is_in_force_there_as_soon_as_the_bus_tells_of_it()
    {
        var settings = new HubSettings(_loaded, _here.Database, _store, NullLogger<HubSettings>.Instance);
        // Whoever commits carries the announcement out, here and nowhere else.
        using var outbox = new Outbox(_here.Database, await BusAsync(), [new SettingChanged(settings)], _here.Time, NullLogger<Outbox>.Instance);
        await outbox.StartAsync(default);
        using var follower = await FollowAsync(await BusAsync());
        await SetAsync(7);
        await Waiting.UntilAsync(() => (settings.Current.Logs.Days, _there.Current.Logs.Days) == (7, 7));
        await follower.StopAsync(default);
        await outbox.StopAsync(default);
    }

    [Fact]
    public async Task After_a_gap_of_the_bus_it_is_read()
    {
        using var follower = await FollowAsync(await BusAsync());
        await Waiting.UntilAsync(async () => (await server.AskAsync("EXISTS", RedisKeys.Epoch)).Trim() == "1");
        // Nobody tells of it: the one who committed ended before.
        await SetAsync(7);
        Assert.Equal(21, _there.Current.Logs.Days);
        await server.FlushAsync();
        await Waiting.UntilAsync(() => _there.Current.Logs.Days == 7);
        await follower.StopAsync(default);
    }

    [Fact]
    public async Task When_nobody_tells_of_it_it_is_found_by_looking()
    {
        using var follower = await FollowAsync(new TailBus { IsShared = true });
        await SetAsync(7);
        Assert.Equal(21, _there.Current.Logs.Days);
        _here.Time.Advance(SettingsFollower.LookEvery);
        await Waiting.UntilAsync(() => _there.Current.Logs.Days == 7);
        await follower.StopAsync(default);
    }

    private async Task<RedisBus> BusAsync()
    {
        var bus = RedisBuses.Open(server);
        _open.Add(bus);
        await Waiting.UntilAsync(() => bus.IsHealthyAsync(default));
        return bus;
    }

    // It follows as soon as it has read what was set before.
    private async Task<SettingsFollower> FollowAsync(IBus bus)
    {
        var before = _there.Current;
        var follower = new SettingsFollower(bus, _there, _here.Time, NullLogger<SettingsFollower>.Instance);
        await follower.StartAsync(default);
        await Waiting.UntilAsync(() => !ReferenceEquals(_there.Current, before));
        return follower;
    }

    private Task<JsonObject> SetAsync(int days) =>
        _here.DoAsync(new ConfigSet(new SettingBook(_loaded, _store), _store, new AccountStore(new LinkPolicy())), ToolBench.Admin, new JsonObject { ["key"] = "Logs:Days", ["value"] = days });
}
