using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Logs;

/// <summary>The log for a person: an admin sees every line, others the lines of their own runs. Rights are read at every look.</summary>
public interface ILogReader
{
    /// <exception cref="LogsUnavailableException">The index does not answer.</exception>
    /// <exception cref="FormatException">The cursor is none of ours.</exception>
    Task<LogPage> SearchAsync(Principal principal, LogQuery query, CancellationToken cancellationToken);

    /// <summary>How many lines came after this one, counted up to 100.</summary>
    Task<int> CountNewerAsync(Principal principal, LogQuery query, long id, CancellationToken cancellationToken);

    /// <summary>One line by its id; null when there is none that this person may see.</summary>
    Task<LogRow?> FindAsync(Principal principal, long id, CancellationToken cancellationToken);
}

/// <inheritdoc cref="ILogReader"/>
internal sealed class LogReader(HubDatabase database, IPrincipals principals, ILogStore store) : ILogReader
{
    public async Task<LogPage> SearchAsync(Principal principal, LogQuery query, CancellationToken cancellationToken) =>
        await store.SearchAsync(await SeenByAsync(principal, query, cancellationToken), cancellationToken);

    public async Task<int> CountNewerAsync(Principal principal, LogQuery query, long id, CancellationToken cancellationToken) =>
        await store.CountNewerAsync(await SeenByAsync(principal, query, cancellationToken), id, cancellationToken);

    public async Task<LogRow?> FindAsync(Principal principal, long id, CancellationToken cancellationToken)
    {
        var query = new LogQuery { Cursor = (id + 1).ToString(System.Globalization.CultureInfo.InvariantCulture), Limit = 1 };
        return (await SearchAsync(principal, query, cancellationToken)).Items.FirstOrDefault(r => r.Id == id);
    }

    private async Task<LogQuery> SeenByAsync(Principal principal, LogQuery query, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        var present = await principals.ReloadAsync(reader, principal, cancellationToken);
        return present switch
        {
            null => query with { OnlyRuns = [] },
            { IsAdmin: true } => query with { OnlyRuns = null },
            _ => query with { OnlyRuns = await RunsOf.AccountAsync(reader, present.AccountId, cancellationToken) },
        };
    }
}
