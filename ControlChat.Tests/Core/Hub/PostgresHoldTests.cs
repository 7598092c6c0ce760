using ControlChat.Core.Hub;
using ControlChat.Core.Hub.Postgres;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Hub;

/// <summary>A database that one process keeps to itself, because its bus hears nobody else.</summary>
public sealed class PostgresHoldTests : IAsyncLifetime
{
    private readonly CancellationTokenSource _end = new(TimeSpan.FromMinutes(3));

    // The lock is waited for 14 s before it counts as another's.
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);
    private string _at = "";

    private CancellationToken End => _end.Token;

    public async ValueTask InitializeAsync() => _at = await PostgresForTests.NewDatabaseAsync();

    public async ValueTask DisposeAsync()
    {
        await PostgresForTests.DropAsync(_at);
        _end.Dispose();
    }

    [Fact]
    public async Task A_second_process_is_refused_and_works_with_nothing_until_the_first_has_ended()
    {
        await using var second = Open();
        await using (var first = Open())
        {
            Assert.Null(await first.HoldAsync(true, End));
            Assert.Contains("Bus:Kind", await second.HoldAsync(true, End), StringComparison.Ordinal);
            await RefusesAsync(second);
            await WorksAsync(first);
        }
        await Waiting.UntilAsync(async () => await second.HoldAsync(true, End) is null, _patience);
        await WorksAsync(second);
    }

    [Fact]
    public async Task Who_does_not_ask_for_it_works_beside_it()
    {
        await using var hub = Open();
        Assert.Null(await hub.HoldAsync(true, End));
        await using var command = Open();
        await WorksAsync(command);
    }

    [Fact]
    public async Task A_hold_that_was_lost_with_its_connection_is_taken_again()
    {
        await using var hub = Open();
        Assert.Null(await hub.HoldAsync(true, End));
        await new HoldLock(_at).LoseAsync();
        await Waiting.UntilAsync(async () => await FaultAsync(hub) is null, _patience);
        await WorksAsync(hub);
    }

    [Fact]
    public async Task Who_lost_it_to_another_process_reads_and_writes_nothing_until_that_one_has_ended()
    {
        await using var hub = Open();
        Assert.Null(await hub.HoldAsync(true, End));
        await using (await new HoldLock(_at).TakeAwayAsync())
        {
            await Waiting.UntilAsync(async () => (await FaultAsync(hub))?.Contains("Bus:Kind", StringComparison.Ordinal) == true, _patience);
            await RefusesAsync(hub);
        }
        await Waiting.UntilAsync(async () => await FaultAsync(hub) is null, _patience);
        await WorksAsync(hub);
    }

    [Fact]
    public async Task Who_gets_it_back_after_another_process_held_it_is_told_once_and_holds_it_no_more()
    {
        var told = 0;
        await using var hub = Open();
        hub.Overtaken = () => Interlocked.Increment(ref told);
        Assert.Null(await hub.HoldAsync(true, End));
        await hub.MigrateAsync(End);
        await new HoldLock(_at).LoseAsync();
        await Waiting.UntilAsync(async () => await FaultAsync(hub) is null, _patience);
        Assert.Equal(0, told);
        await new HoldLock(_at).ServeMeanwhileAsync();
        await Waiting.UntilAsync(() => told == 1, _patience);
        await RefusesAsync(hub);
        await using var next = Open();
        Assert.Null(await next.HoldAsync(true, End));
        await WorksAsync(next);
        Assert.Equal(1, told);
    }

    [Fact]
    public async Task Those_who_share_a_bus_hold_it_together_and_nobody_beside_them_has_it_alone()
    {
        await using var alone = Open();
        await using (var one = Open())
        await using (var two = Open())
        {
            Assert.Null(await one.HoldAsync(false, End));
            Assert.Null(await two.HoldAsync(false, End));
            Assert.Equal(PostgresHold.Taken, await alone.HoldAsync(true, End));
            await WorksAsync(one);
            await WorksAsync(two);
            await RefusesAsync(alone);
        }
        await Waiting.UntilAsync(async () => await alone.HoldAsync(true, End) is null, _patience);
        await using var late = Open();
        Assert.Equal(PostgresHold.TakenAlone, await late.HoldAsync(false, End));
        await RefusesAsync(late);
    }

    private PostgresHubDatabase Open() => new(_at, TimeProvider.System);

    private async Task WorksAsync(HubDatabase database)
    {
        await using var transaction = await database.BeginAsync(End);
        await transaction.ExecuteAsync("insert into hub_facts (name, value) values (cast(gen_random_uuid() as text), '')", null, End);
        await transaction.CommitAsync(End);
        Assert.Null(await FaultAsync(database));
    }

    private async Task RefusesAsync(HubDatabase database)
    {
        Assert.NotNull(await FaultAsync(database));
        await Assert.ThrowsAsync<HubUnavailableException>(() => database.BeginAsync(End));
        Assert.Null(await database.TryBeginAsync(End));
        await Assert.ThrowsAsync<HubUnavailableException>(() => database.MigrateAsync(End));
    }

    private async Task<string?> FaultAsync(HubDatabase database)
    {
        try
        {
            await using var reader = await database.ReadAsync(End);
            return null;
        }
        catch (HubUnavailableException e)
        {
            return e.Message;
        }
    }
}
