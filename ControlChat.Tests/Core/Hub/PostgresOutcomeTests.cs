using ControlChat.Core.Hub.Postgres;
using ControlChat.Tests.Support;
using Dapper;
using Npgsql;
using Xunit;

namespace ControlChat.Tests.Core.Hub;

public sealed class PostgresOutcomeTests : IAsyncLifetime
{
    private string _at = "";
    private NpgsqlDataSource _source = null!;

    public async ValueTask InitializeAsync()
    {
        _at = await PostgresForTests.NewDatabaseAsync();
        _source = NpgsqlDataSource.Create(_at);
    }

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        await PostgresForTests.DropAsync(_at);
    }

    [Fact]
    public async Task A_commit_whose_answer_was_lost_is_asked_after()
    {
        var outcome = new PostgresOutcome(_source);
        Assert.False(await outcome.HasCommittedAsync("none yet"));
        await (await MarkedAsync(outcome, "rolled back")).RollbackAsync(CancellationToken.None);
        Assert.False(await outcome.HasCommittedAsync("rolled back"));
        await (await MarkedAsync(outcome, "committed")).CommitAsync(CancellationToken.None);
        Assert.True(await outcome.HasCommittedAsync("committed"));
        await (await MarkedAsync(new PostgresOutcome(_source), "another process")).CommitAsync(CancellationToken.None);
        Assert.True(await outcome.HasCommittedAsync("committed"));
    }

    [Fact]
    public async Task A_commit_that_is_still_on_its_way_is_waited_for()
    {
        var outcome = new PostgresOutcome(_source);
        var transaction = await MarkedAsync(outcome, "late");
        var asked = outcome.HasCommittedAsync("late");
        await Waiting.UntilAsync(() => IsTrueAsync("exists (select 1 from pg_locks l join pg_stat_activity a using (pid) where a.datname = current_database() and not l.granted)"), TimeSpan.FromSeconds(30));
        await transaction.CommitAsync(CancellationToken.None);
        Assert.True(await asked);
    }

    [Fact]
    public async Task Marks_of_processes_that_ended_go_after_a_day()
    {
        await using (var command = _source.CreateCommand("insert into commit_marks (node, mark, at) values ('old', '', '2026-01-01T00:00:00.000Z')")) await command.ExecuteNonQueryAsync(CancellationToken.None);
        await using (var database = new PostgresHubDatabase(_at, TimeProvider.System))
        await using (var transaction = await database.BeginAsync(CancellationToken.None))
            await transaction.CommitAsync(CancellationToken.None);
        Assert.True(await IsTrueAsync("(select count(*) from commit_marks) = 1"));
    }

    // A transaction that left its mark, as a writer's begins.
    private async Task<NpgsqlTransaction> MarkedAsync(PostgresOutcome outcome, string mark)
    {
        var connection = await _source.OpenConnectionAsync(CancellationToken.None);
        var transaction = await connection.BeginTransactionAsync(CancellationToken.None);
        await using var batch = new NpgsqlBatch(connection, transaction);
        foreach (var command in outcome.Mark(mark)) batch.BatchCommands.Add(command);
        await batch.ExecuteNonQueryAsync(CancellationToken.None);
        return transaction;
    }

    private async Task<bool> IsTrueAsync(string condition)
    {
        await using var connection = await _source.OpenConnectionAsync(CancellationToken.None);
        return await connection.QuerySingleAsync<bool>("select " + condition);
    }
}
