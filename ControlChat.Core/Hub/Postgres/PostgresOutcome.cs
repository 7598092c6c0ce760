using Dapper;
using Npgsql;

namespace ControlChat.Core.Hub.Postgres;

/// <summary>What became of a commit whose answer was lost with the connection: the server remembers it by the transaction's id.</summary>
internal static class PostgresOutcome
{
    // A server that restarts is back within seconds; whoever asked waits meanwhile.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <returns>False also when it could not be learned in time: the caller then says "try again", and a request id that was used says so.</returns>
    public static async Task<bool> HasCommittedAsync(NpgsqlDataSource source, string transactionId)
    {
        using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
        while (!limit.IsCancellationRequested)
        {
            try
            {
                await using var connection = await source.OpenConnectionAsync(limit.Token);
                var status = await connection.QuerySingleAsync<string?>(new CommandDefinition("select pg_xact_status(cast(@transactionId as xid8))", new { transactionId }, cancellationToken: limit.Token));
                if (status != "in progress") return status == "committed";
                await Task.Delay(Pause, TimeProvider.System, limit.Token);
            }
            catch (Exception e) when (PostgresFaults.Translate(e) is HubUnavailableException)
            {
                await DelayAsync(limit.Token);
            }
            catch (OperationCanceledException)
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
