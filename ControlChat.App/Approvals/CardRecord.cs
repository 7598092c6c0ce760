using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.App.Approvals.Cards;
using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;

namespace ControlChat.App.Approvals;

/// <summary>Who did what and when, from the record, as far as the reader may see it.</summary>
public sealed class CardRecord(HubDatabase database, AccountDirectory accounts, AuditReader audit)
{
    private const int MostMovers = 5;

    /// <summary>An account's name; its id when the account is gone.</summary>
    public async Task<string> PersonAsync(string accountId, CancellationToken cancellationToken) => (await accounts.FindAsync(accountId, cancellationToken))?.Name ?? accountId;

    /// <summary>When an action was taken back; null when it was not, or the reader may not see that.</summary>
    public async Task<DateTimeOffset?> UndoneAtAsync(Principal reader, string actionId, CancellationToken cancellationToken)
    {
        await using var session = await database.ReadAsync(cancellationToken);
        var found = await audit.SearchAsync(session, Viewer(reader), new AuditFilter { Tool = "undo", Event = "tool.applied", Text = actionId }, null, 1, cancellationToken);
        return found.Items is [var row] ? row.At : null;
    }

    /// <summary>The last change of each resource since a time; of the first few.</summary>
    public async Task<IReadOnlyList<Mover>> MoversAsync(Principal reader, DateTimeOffset since, IEnumerable<string> resources, CancellationToken cancellationToken)
    {
        var movers = new List<Mover>();
        await using var session = await database.ReadAsync(cancellationToken);
        foreach (var resource in resources.Distinct().Take(MostMovers))
        {
            var id = resource[(resource.IndexOf('/', StringComparison.Ordinal) + 1)..];
            var filter = resource.StartsWith("workspace/", StringComparison.Ordinal) ? new AuditFilter { WorkspaceId = id } : new AuditFilter { Text = id };
            var found = await audit.SearchAsync(session, Viewer(reader), filter with { Event = "tool.applied", From = since }, null, 1, cancellationToken);
            if (found.Items is [var row]) movers.Add(new Mover(resource, row.Actor.Account is { } account ? await PersonAsync(account, cancellationToken) : Texts.TheHub, row.At, row.Seq) { Changes = EffectsOf(row) });
        }
        return movers;
    }

    private static List<Effect> EffectsOf(AuditRow row)
    {
        try
        {
            return row.Data["effects"] is JsonArray effects ? effects.Deserialize<List<Effect>>(Json.Wire)! : [];
        }
        catch (JsonException)
        {
            return [];
        }
    }

    private static AuditViewer Viewer(Principal reader) => new(reader.AccountId, reader.IsAdmin);
}
