using System.Text.Json.Nodes;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Sync;

namespace ControlChat.Core.Tools.Sync;

/// <summary>What the sync tools say and answer, so that they all say it alike.</summary>
internal sealed class SyncTelling(SyncConfigStore configs, SyncRunStore runs)
{
    /// <summary>The result of every sync tool.</summary>
    public async Task<JsonObject> ResultAsync(IHubReader reader, string workspaceId, CancellationToken cancellationToken)
    {
        var config = await configs.FindAsync(reader, workspaceId, cancellationToken);
        var run = await runs.FindAsync(reader, workspaceId, cancellationToken);
        return new JsonObject
        {
            ["workspace_id"] = workspaceId,
            ["remote"] = config?.Remote.ToString(),
            ["direction"] = config?.Direction,
            ["exclude"] = Patterns(config?.Exclude ?? []),
            ["host_key"] = config?.HostKey is { } key ? Key(key) : null,
            ["state"] = run?.State ?? SyncState.Never,
            ["progress"] = run is null ? null : new JsonObject { ["files"] = run.Files, ["bytes"] = run.Bytes, ["percent"] = run.Percent },
            ["started_at"] = Timestamps.Format(run?.StartedAt),
            ["ended_at"] = Timestamps.Format(run?.EndedAt),
            ["last_error"] = run?.LastError,
            ["last_result"] = run?.LastResult is { } result ? JsonNode.Parse(result) : null,
        };
    }

    /// <summary>A host key for people: its kind and its fingerprint.</summary>
    public static string Key(HostKey key) => $"{key.Type} {key.Fingerprint}";

    public static JsonArray Patterns(IEnumerable<string> patterns) => new([.. patterns.Select(p => (JsonNode)p)]);

    /// <summary>What could not be done, as the caller hears it.</summary>
    public static ToolRefusedException Refusal(SyncFailedException failure) => failure.IsOutside
        ? new("unavailable", "unavailable", failure.Message) { Untrusted = failure.Untrusted }
        : new("conflict", "conflict", failure.Message) { Untrusted = failure.Untrusted };

    /// <exception cref="ToolRefusedException"><c>conflict</c>: a plan that looks outside of the database is not made while others wait to write, nor from what a batch has not done yet.</exception>
    public static void RequireOwnPlan(PlanningContext context, string workspaceId)
    {
        if (context.HoldsWriter) throw ToolRefusedException.Conflict("This has to be planned anew. Ask for it again.");
        if (context.Earlier.Any(e => e.Resource == SyncResource.Of(workspaceId))) throw ToolRefusedException.Invalid("An earlier step of the batch changes this sync. Do that first, then ask for this.");
    }
}
