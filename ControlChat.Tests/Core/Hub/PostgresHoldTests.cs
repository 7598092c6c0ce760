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
            Assert.Null(await first.HoldAsync(End));
            Assert.Contains("Bus:Kind", await second.HoldAsync(End), StringComparison.Ordinal);
            await RefusesAsync(second);
            await WorksAsync(first);
        }
        await Waiting.UntilAsync(async () => await second.HoldAsync(End) is null, _patience);
        await WorksAsync(second);
    }

    [Fact]
    public async Task Who_does_not_ask_for_it_works_beside_it()
    {
        await using var hub = Open();
        Assert.Null(await hub.HoldAsync(End));
        await using var command = Open();
        await WorksAsync(command);
    }

    [Fact]
    public async Task A_hold_that_was_lost_with_its_connection_is_taken_again()
    {
        await using var hub = Open();
        Assert.Null(await hub.HoldAsync(End));
        await new HoldLock(_at).LoseAsync();
        await Waiting.UntilAsync(async () => await FaultAsync(hub) is null, _patience);
        await WorksAsync(hub);
    }

    [Fact]
    public async Task Who_lost_it_to_another_process_reads_and_writes_nothing_until_that_one_has_ended()
    {
        await using var hub = Open();
        Assert.Null(await hub.HoldAsync(End));
        await using (await new HoldLock(_at).TakeAwayAsync())
        {
            await Waiting.UntilAsync(async () => (await FaultAsync(hub))?.Contains("Bus:Kind", StringComparison.Ordinal) == true, _patience);
            await RefusesAsync(hub);
        }
        await Waiting.UntilAsync(async () => await FaultAsync(hub) is null, _patience);
        await WorksAsync(hub);
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
