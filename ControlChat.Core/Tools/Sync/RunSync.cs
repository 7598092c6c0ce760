using System.ComponentModel;
using System.Globalization;
using System.Text.Json.Nodes;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Sync;
using ControlChat.Core.Workspaces;

namespace ControlChat.Core.Tools.Sync;

internal sealed class RunSync(SyncTargets targets, SyncTelling telling, SyncConfigStore configs, SyncRunStore runs, SyncRules rules, ISyncTransfer transfer) : WriteTool<RunSync.Arguments>
{
    /// <summary>So many files stand in the plan by name; the rest are counted, and all are in its digest.</summary>
    public const int MostNamed = 100;

    /// <summary>Differences that are looked for at once in this process: each is an rsync with a database session open beside it.</summary>
    public const int MostLooks = 4;

    private int _looks;

    public sealed record Arguments([Description(SyncTargets.About)] string? WorkspaceId = null);

    public override ToolDefinition Definition { get; } = Define("sync.run", ToolScope.Destructive,
        "Makes the remote of a workspace's sync like the workspace (push), or the workspace like the remote (pull); what the one has more than the other is deleted there. The plan shows every difference. Asks a person. Its progress is in sync.status. Needs sync.configure first.");

    protected override async Task<PlanDraft> PlanAsync(PlanningContext context, Arguments arguments, CancellationToken cancellationToken)
    {
        var target = await targets.ResolveAsync(context, arguments.WorkspaceId, WorkspaceRole.Owner, cancellationToken);
        if (target.State != WorkspaceState.Active) throw new ToolRefusedException("conflict", "conflict", $"{target.Shown} is put away. Only an active workspace is synced.") { Untrusted = target.Foreign };
        if (!context.Recheck) SyncTelling.RequireOwnPlan(context, target.Id);
        var config = await configs.FindAsync(context.Reader, target.Id, cancellationToken)
            ?? throw ToolRefusedException.Conflict("This workspace is synced with nothing yet. Configure that first with sync.configure.");
        if (await runs.FindAsync(context.Reader, target.Id, cancellationToken) is { State: var state } && SyncState.IsOpen(state))
            throw ToolRefusedException.Conflict("A sync of this workspace is on its way. sync.status shows how far it is.");
        if (rules.RefusalNow(config) is { } refusal) throw ToolRefusedException.Denied(refusal);
        var directory = rules.DirectoryOf(target.Id) ?? throw ToolRefusedException.Conflict("The workspace has no directory yet. Ask again in a moment.");
        var difference = context.Recheck ? null : await CompareAsync(new SyncOrder(Ids.New("cmp"), directory, config), cancellationToken);
        return new PlanDraft(
            new JsonObject { ["workspace_id"] = target.Id }, Summary(target, config, difference), Effects(target.Id, config, difference),
            [new ReadVersion(SyncResource.Of(target.Id), await configs.VersionAsync(context.Reader, target.Id, cancellationToken))], ToolScope.Destructive)
        {
            Warnings = Warnings(config, difference),
            Unchanged = await telling.ResultAsync(context.Reader, target.Id, cancellationToken),
            // The names of the files are whoever's made them.
            Untrusted = true,
        };
    }

    public override async Task<JsonObject> ApplyAsync(ApplyContext context, AppliedPlan plan, CancellationToken cancellationToken)
    {
        var effect = plan.Effects.Single(SyncResource.Is);
        var id = SyncResource.IdOf(effect);
        await targets.StillAsync(context, id, active: true, cancellationToken);
        var version = await configs.VersionAsync(context.Transaction, id, cancellationToken);
        if (!await runs.OrderAsync(context.Transaction, id, context.ActionId, version, effect.After!["digest"]!.GetValue<string>(), cancellationToken))
            throw ToolRefusedException.Conflict("Another sync of this workspace was begun meanwhile. Nothing was done; ask again when it has ended.");
        await context.Transaction.AnnounceAsync(SyncKeeper.Order, context.ActionId, cancellationToken);
        context.Transaction.Hint(SyncWords.Topic, id);
        return await telling.ResultAsync(context.Transaction, id, cancellationToken);
    }

    private async Task<SyncDifference> CompareAsync(SyncOrder order, CancellationToken cancellationToken)
    {
        try
        {
            if (Interlocked.Increment(ref _looks) > MostLooks) throw new ToolRefusedException("rate_limited", "rate_limited", $"{MostLooks} differences are being looked for already. Ask again in a moment.");
            return await transfer.CompareAsync(order, cancellationToken);
        }
        catch (SyncFailedException e)
        {
            throw SyncTelling.Refusal(e);
        }
        finally
        {
            Interlocked.Decrement(ref _looks);
        }
    }

    private static List<Effect> Effects(string id, SyncConfig config, SyncDifference? difference)
    {
        if (difference is { Changes.Count: 0 }) return [];
        var whole = new JsonObject { ["remote"] = config.Remote.ToString(), ["direction"] = config.Direction };
        if (difference is null) return [new Effect("external", SyncResource.Of(id), null, null, whole)];
        // A property belongs to one object, so each is copied over.
        foreach (var (name, count) in SyncWords.Counts(difference).ToList()) whole[name] = count?.DeepClone();
        whole["digest"] = difference.Digest;
        return [.. difference.Changes.Take(MostNamed).Select(Of), new Effect("external", SyncResource.Of(id), null, null, whole)];
    }

    private static Effect Of(SyncChange change)
    {
        JsonNode what = change.IsDirectory ? "directory" : string.Create(CultureInfo.InvariantCulture, $"{change.Bytes:N0} bytes");
        return change.Op switch
        {
            "create" => new Effect("create", SyncResource.File(change.Path), null, null, what),
            "delete" => new Effect("delete", SyncResource.File(change.Path), null, change.IsDirectory ? "directory" : "file", null),
            _ => new Effect("update", SyncResource.File(change.Path), null, "another version", what),
        };
    }

    private static string Summary(SyncTarget target, SyncConfig config, SyncDifference? difference)
    {
        var way = config.Direction == SyncDirection.Push ? $"Push {target.Shown} to {config.Remote}" : $"Pull {target.Shown} from {config.Remote}";
        if (difference is null) return way;
        return string.Create(CultureInfo.InvariantCulture, $"{way}: create {difference.Count("create")}, change {difference.Count("update")}, delete {difference.Count("delete")} files and directories");
    }

    private static List<string> Warnings(SyncConfig config, SyncDifference? difference)
    {
        var warnings = new List<string>();
        if (difference is null) return warnings;
        var there = config.Direction == SyncDirection.Push ? "on the remote" : "in the workspace";
        if (difference.Count("delete") + difference.Count("update") > 0) warnings.Add($"What is deleted or overwritten {there} does not come back: there is no undo for it.");
        if (difference.Changes.Count > MostNamed) warnings.Add($"{difference.Changes.Count} files and directories change; the first {MostNamed} stand here by name, the approval is for all of them.");
        if (difference.Skipped > 0) warnings.Add($"{difference.Skipped} symbolic links or special files are not carried.");
        return warnings;
    }
}
