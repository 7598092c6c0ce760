using Dapper;
using Npgsql;

namespace ControlChat.Core.Hub.Postgres;

/// <summary>
/// What became of a commit whose answer was lost with the connection. Each transaction leaves a mark of its own in this process's row, so
/// the row that is there tells which one came through. Transaction ids cannot tell: after a crash the server gives the lost ones out again.
/// </summary>
internal sealed class PostgresOutcome(NpgsqlDataSource source)
{
    private const string Leave = "insert into commit_marks (node, mark, at) values ($1, $2, hub_now()) on conflict (node) do update set mark = excluded.mark, at = excluded.at returning hub_now()";

    // Waits for a transaction that left a mark and has not ended, as its commit may still be on the way.
    private const string Ask = "insert into commit_marks (node, mark, at) values (@node, '', hub_now()) on conflict (node) do update set node = excluded.node returning mark";

    // Of processes that ended; nobody asks after a commit for so long.
    private const string Sweep = "delete from commit_marks where cast(at as timestamptz) < cast(hub_now() as timestamptz) - interval '1 day'";

    // A server that restarts is back within seconds; whoever asked waits meanwhile.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private readonly string _node = Ids.New("node");
    private bool _swept;

    /// <summary>What a write transaction begins with, once it has the writer's lock: this process then asks before it leaves another mark. It answers the time.</summary>
    public IReadOnlyList<NpgsqlBatchCommand> Mark(string mark)
    {
        var leave = new NpgsqlBatchCommand(Leave) { Parameters = { new NpgsqlParameter { Value = _node }, new NpgsqlParameter { Value = mark } } };
        if (_swept) return [leave];
        _swept = true;
        return [new NpgsqlBatchCommand(Sweep), leave];
    }

    /// <returns>False also when it could not be learned in time: the caller then says "try again", and a request id that was used says so.</returns>
    public async Task<bool> HasCommittedAsync(string mark)
    {
        using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
        while (!limit.IsCancellationRequested)
        {
            try
            {
                await using var connection = await source.OpenConnectionAsync(limit.Token);
                return await connection.QuerySingleAsync<string>(new CommandDefinition(Ask, new { node = _node }, cancellationToken: limit.Token)) == mark;
            }
            catch (OperationCanceledException)
            {
                return false;
            }
            catch (Exception e) when (PostgresFaults.Translate(e) is HubUnavailableException { IsLasting: false })
            {
                await DelayAsync(limit.Token);
            }
            catch (PostgresException)
            {
                return false;
            }
        }
        return false;
    }

    private static async Task DelayAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(Pause, TimeProvider.System, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The limit's end, which the loop sees.
        }
    }
}
