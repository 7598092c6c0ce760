using Dapper;
using Npgsql;

namespace ControlChat.Core.Hub.Postgres;

/// <summary>
/// Keeps the database to one process: an advisory lock of a session, on a connection of its own. The server gives it up with that
/// connection, so who loses it may do nothing until it has the lock again, for which it tries without an end.
/// </summary>
internal sealed class PostgresHold : IAsyncDisposable
{
    /// <summary>For the operator.</summary>
    public const string Taken = "Bus:Kind is 'local' and another process of the hub serves this database; stop one of them, or use 'redis' for all of them.";

    /// <summary>Any number that no other program takes on this database.</summary>
    public const int Lock = 1667462008;

    // Longer than the server's own limit (PostgresLimits.ForHold), in seconds.
    private const int Patience = 20;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);
    private readonly NpgsqlDataSource _source;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _tried = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _keeping;
    private volatile string? _fault = PostgresFaults.Lost;

    /// <param name="connectionString">As <see cref="PostgresLimits.ForHold"/> made it.</param>
    public PostgresHold(string connectionString)
    {
        _source = NpgsqlDataSource.Create(connectionString);
        _keeping = Task.Run(() => KeepAsync(_stop.Token));
    }

    /// <summary>Ends when it was tried once, with the fault that no waiting mends.</summary>
    public Task Tried => _tried.Task;

    /// <summary>Why this process may not use the database now; null while it holds it.</summary>
    public string? Fault => _fault;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _keeping;
        await _source.DisposeAsync();
        _stop.Dispose();
    }

    private async Task KeepAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                _fault = await HoldAsync(cancellationToken);
                _tried.TrySetResult();
                await Task.Delay(Pause, TimeProvider.System, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            _tried.TrySetCanceled(cancellationToken);
        }
    }

    /// <returns>Why it does not hold, or holds no more.</returns>
    private async Task<string> HoldAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await _source.OpenConnectionAsync(cancellationToken);
            await connection.ExecuteAsync(new CommandDefinition("select pg_advisory_lock(@Lock)", new { Lock = (long)Lock }, commandTimeout: Patience, cancellationToken: cancellationToken));
            _fault = null;
            _tried.TrySetResult();
            // Nobody notifies: it ends with the connection, whose keep-alive it sends.
            while (true) await connection.WaitAsync(cancellationToken);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable)
        {
            return Taken;
        }
        catch (Exception e) when (PostgresFaults.Translate(e) is HubUnavailableException unavailable)
        {
            return unavailable.Message;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            // Wrong options, a certificate that cannot be read: the start says so. Later it may pass, as maintenance does.
            _tried.TrySetException(e);
            return PostgresFaults.Lost;
        }
    }
}
