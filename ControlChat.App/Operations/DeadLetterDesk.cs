using System.Text.Json.Nodes;
using ControlChat.App.Api;
using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Bus;
using ControlChat.Core.Hub;

namespace ControlChat.App.Operations;

/// <summary>Dead letters of the bus and of the outbox, for admins. A replay is on the record before it happens.</summary>
public sealed class DeadLetterDesk(HubDatabase database, IPrincipals principals, IBus bus, IAuditTrail audit)
{
    /// <summary>Oldest first, at most 200 of each.</summary>
    /// <exception cref="ApiException">Not an admin.</exception>
    /// <exception cref="HubUnavailableException">The database or the bus does not answer.</exception>
    public async Task<IReadOnlyList<UndeliveredLetter>> ListAsync(Principal who, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        await RequireAdminAsync(reader, who, cancellationToken);
        var rows = await BuriedAnnouncements.ListAsync(reader, cancellationToken);
        var letters = await bus.DeadLettersAsync(null, cancellationToken);
        return [.. rows.Select(UndeliveredLetter.Of).Concat(letters.Select(UndeliveredLetter.Of)).OrderBy(l => l.FailedAt)];
    }

    /// <summary>Sends it again.</summary>
    /// <returns>False when it is not there any more.</returns>
    /// <exception cref="ApiException">Not an admin.</exception>
    /// <exception cref="HubUnavailableException">The database or the bus does not answer.</exception>
    public async Task<bool> ReplayAsync(Principal who, string id, CancellationToken cancellationToken)
    {
        var found = (await ListAsync(who, cancellationToken)).FirstOrDefault(l => l.Id == id);
        if (found is null) return false;
        return found.Source == "outbox" ? await ReplayRowAsync(who, found, cancellationToken) : await ReplayEntryAsync(who, found, cancellationToken);
    }

    private async Task<bool> ReplayRowAsync(Principal who, UndeliveredLetter letter, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        await RequireAdminAsync(transaction, who, cancellationToken);
        if (!await BuriedAnnouncements.ReplayAsync(transaction, letter.Id, cancellationToken)) return false;
        await audit.AppendAsync(transaction, Entry(who, letter, "completed"), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    // The bus is not in the database's transaction: what was begun is a row, what became of it is another.
    private async Task<bool> ReplayEntryAsync(Principal who, UndeliveredLetter letter, CancellationToken cancellationToken)
    {
        var dead = (await bus.DeadLettersAsync(letter.Topic, cancellationToken)).FirstOrDefault(l => UndeliveredLetter.Of(l).Id == letter.Id);
        if (dead is null) return false;
        await audit.AppendAsync(Entry(who, letter, "completed"), cancellationToken);
        var replayed = false;
        try
        {
            return replayed = await bus.ReplayAsync(dead.Topic, dead.Group, dead.EntryId, cancellationToken);
        }
        finally
        {
            if (!replayed) await audit.AppendAsync(Entry(who, letter, "failed"), CancellationToken.None);
        }
    }

    private static AuditEntry Entry(Principal who, UndeliveredLetter letter, string outcome) =>
        new(outcome == "completed" ? AuditEvents.ToolApplied : AuditEvents.ToolFailed, outcome, new AuditActor(who.AccountId, who.TokenId, who.AuthSessionId, who.IsToken ? "rest" : "ui"))
        {
            Tool = "dead_letter.replay",
            Data = new JsonObject { ["source"] = letter.Source, ["topic"] = letter.Topic, ["group"] = letter.Group, ["about"] = letter.About, ["attempts"] = letter.Attempts },
        };

    // As the rows say now: an open page may not know yet that its session or the role ended.
    private async Task RequireAdminAsync(IHubReader reader, Principal who, CancellationToken cancellationToken)
    {
        if (await principals.ReloadAsync(reader, who, cancellationToken) is not { IsAdmin: true }) throw ApiException.Denied("Only admins see and send dead letters.");
    }
}
