using System.Text.Json.Nodes;
using ControlChat.Core.Mcp.Servers;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Mcp;

public abstract class ServerCallStoreTests(TestStore store)
{
    private static readonly ServerToolDefinition Tool = new("wiki", "write_page", "{}", "00");

    [Fact]
    public async Task A_call_of_a_process_that_is_gone_is_found_once_its_claim_is_over()
    {
        var time = new FakeTime();
        await using var hub = await CoreHub.OpenAsync(store, time);
        await hub.WriteAsync(t => ServerCallStore.OrderAsync(t, "act_1", Tool, new JsonObject { ["a"] = 1 }, default));
        Assert.Empty(await LeftAsync(hub));
        time.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(["act_1"], await LeftAsync(hub));

        await hub.WriteAsync(async t => Assert.True(await ServerCallStore.TakeAsync(t, "act_1", t.Now.AddSeconds(60), default)));
        await hub.WriteAsync(async t => Assert.False(await ServerCallStore.TakeAsync(t, "act_1", t.Now.AddSeconds(60), default)));
        Assert.Empty(await LeftAsync(hub));
        Assert.Equal(["act_1"], await LeftAsync(hub, alone: true));
        time.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal(["act_1"], await LeftAsync(hub));

        await hub.WriteAsync(async t => Assert.True(await ServerCallStore.EndAsync(t, "act_1", default)));
        await hub.WriteAsync(async t => Assert.False(await ServerCallStore.EndAsync(t, "act_1", default)));
        Assert.Empty(await LeftAsync(hub, alone: true));
    }

    [Fact]
    public async Task A_definition_is_pinned_compared_and_accepted()
    {
        await using var hub = await CoreHub.OpenAsync(store, new FakeTime());
        await hub.WriteAsync(t => ServerToolPins.SeeAsync(t, "wiki", [Tool], default));
        await hub.WriteAsync(t => ServerToolPins.SeeAsync(t, "wiki", [Tool with { Hash = "01", Text = """{"b":1}""" }, Tool with { Name = "late" }], default));
        var pin = await FindAsync(hub, "write_page");
        Assert.Equal(("00", "01", 2L), (pin.Hash, pin.ChangedHash, pin.Version));
        Assert.True((await FindAsync(hub, "late")).IsNew);
        // It says again what it said at first.
        await hub.WriteAsync(t => ServerToolPins.SeeAsync(t, "wiki", [Tool], default));
        Assert.Null((await FindAsync(hub, "write_page")).ChangedHash);
        await hub.WriteAsync(t => ServerToolPins.SeeAsync(t, "wiki", [Tool with { Hash = "01", Text = """{"b":1}""" }], default));
        await hub.WriteAsync(async t => Assert.False(await ServerToolPins.AcceptAsync(t, "wiki", "write_page", "02", "acc_1", default)));
        await hub.WriteAsync(async t => Assert.True(await ServerToolPins.AcceptAsync(t, "wiki", "write_page", "01", "acc_1", default)));
        pin = await FindAsync(hub, "write_page");
        Assert.Equal(("01", null, "acc_1"), (pin.Hash, pin.ChangedHash, pin.AcceptedBy));
    }

    private static async Task<PinRow> FindAsync(CoreHub hub, string name)
    {
        await using var reader = await hub.Database.ReadAsync(default);
        return (await ServerToolPins.FindAsync(reader, "wiki", name, default))!;
    }

    private static async Task<IReadOnlyList<string>> LeftAsync(CoreHub hub, bool alone = false)
    {
        await using var reader = await hub.Database.ReadAsync(default);
        return await ServerCallStore.LeftAsync(reader, alone, default);
    }
}

public sealed class ServerCallStoreOnSqliteTests() : ServerCallStoreTests(TestStore.Sqlite);

public sealed class ServerCallStoreOnPostgresTests() : ServerCallStoreTests(TestStore.Postgres);
