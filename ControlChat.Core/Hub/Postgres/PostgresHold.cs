using System.Diagnostics;
using Dapper;
using Npgsql;

namespace ControlChat.Core.Hub.Postgres;

/// <summary>
/// Keeps the database to one process, or to those that share a bus: an advisory lock of a session, on a connection of its own. The server
/// gives it up with that connection, so who loses it may do nothing until it has the lock again, for which it tries without an end.
/// </summary>
internal sealed class PostgresHold : IAsyncDisposable
{
    /// <summary>For the operator, when this process wants it alone.</summary>
    public const string Taken = "Bus:Kind is 'local' and another process of the hub serves this database; stop one of them, or use 'redis' for all of them.";

    /// <summary>The same, when this process would share it.</summary>
    public const string TakenAlone = "Bus:Kind is 'redis' and a process of the hub with Bus:Kind 'local' serves this database; stop that one, or use 'redis' for it too.";

    /// <summary>Any number that no other program takes on this database.</summary>
    public const int Lock = 1667462008;

    private const string Overtaken = "Another process of the hub served this database meanwhile. This one ends; started again it knows what that one did.";

    // Who held it last. Nobody's while the schema is not made yet.
    private const string Mark = """
        with before as (select value from hub_facts where name = 'held_by'),
          now as (insert into hub_facts (name, value) values ('held_by', @_me) on conflict (name) do update set value = excluded.value)
        select value from before
        """;

    // The server needs up to 12 s to see that a machine which held it is gone (PostgresLimits.ForHold).
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(14);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);
    private readonly string _me = Ids.New("prc");
    private readonly NpgsqlDataSource _source;
    private readonly bool _alone;
    private readonly Action _overtaken;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _tried = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _keeping;
    private volatile string? _fault = PostgresFaults.Lost;
    private bool _held;

    /// <param name="connectionString">As <see cref="PostgresLimits.ForHold"/> made it.</param>
    /// <param name="alone">Nobody else may hold it; else only nobody who wants it alone.</param>
    /// <param name="overtaken">Called once, when another one held it between two holds of one who is alone: from then on it is held no more.</param>
    public PostgresHold(string connectionString, bool alone, Action overtaken)
    {
        (_alone, _overtaken) = (alone, overtaken);
        _source = NpgsqlDataSource.Create(connectionString);
        _keeping = Task.Run(() => KeepAsync(_stop.Token));
    }

    /// <summary>Ends when it was tried once, with the fault that no waiting mends.</summary>
    public Task Tried => _tried.Task;

    /// <summary>Why this process may not use the database now; null while it holds it.</summary>
    public string? Fault => _fault;

    /// <summary>What to say when it is another's.</summary>
    public string Refusal => _alone ? Taken : TakenAlone;

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
            while (_fault != Overtaken)
            {
                _fault = await HoldAsync(cancellationToken);
                _tried.TrySetResult();
                await Task.Delay(Pause, TimeProvider.System, cancellationToken);
            }
            _overtaken();
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
            if (!await LockAsync(connection, cancellationToken)) return Refusal;
            if (await IsOvertakenAsync(connection, cancellationToken)) return Overtaken;
            _fault = null;
            _tried.TrySetResult();
            // Nobody notifies: it ends with the connection, whose keep-alive it sends.
            while (true) await connection.WaitAsync(cancellationToken);
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

    // Asked again and again: one who waits in the server's queue to have it alone would keep out those who share it.
    private async Task<bool> LockAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var since = Stopwatch.GetTimestamp();
        var ask = new CommandDefinition(
            _alone ? "select pg_try_advisory_lock(@Lock)" : "select pg_try_advisory_lock_shared(@Lock)", new { Lock = (long)Lock }, cancellationToken: cancellationToken);
        while (!await connection.QuerySingleAsync<bool>(ask))
        {
            if (Stopwatch.GetElapsedTime(since) > Patience) return false;
            await Task.Delay(Pause, TimeProvider.System, cancellationToken);
        }
        return true;
    }

    // What this process loaded before is old then, and a bus that other processes do not hear tells it nothing of that.
    private async Task<bool> IsOvertakenAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        string? before = null;
        try
        {
            before = await connection.QueryFirstOrDefaultAsync<string>(new CommandDefinition(Mark, new { _me }, cancellationToken: cancellationToken));
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UndefinedTable)
        {
            // The schema is made by who holds it.
        }
        var overtaken = _alone && _held && before is not null && before != _me;
        _held = true;
        return overtaken;
    }
}
