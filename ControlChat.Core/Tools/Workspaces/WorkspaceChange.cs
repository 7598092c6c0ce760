using System.Text.Json.Nodes;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Workspaces;

namespace ControlChat.Core.Tools.Workspaces;

/// <summary>What every change of a workspace has in common.</summary>
internal static class WorkspaceChange
{
    public static Effect Update(Workspace workspace, string field, JsonNode? before, JsonNode? after) =>
        new("update", WorkspaceResource.Of(workspace.Id), field, before, after);

    /// <summary>The arguments of a call that names a workspace and nothing else.</summary>
    public static JsonObject Call(string id) => new() { ["workspace_id"] = id };

    /// <summary>Wakes the pages that show workspaces and answers the workspace as it now is.</summary>
    public static async Task<JsonObject> DoneAsync(WorkspaceStore workspaces, ApplyContext context, string id, CancellationToken cancellationToken)
    {
        context.Transaction.Hint(Topics.Stream("workspaces"), id);
        var workspace = await workspaces.FindAsync(context.Transaction, context.Principal.AccountId, id, cancellationToken);
        return WorkspaceWords.Result(workspace ?? throw new InvalidOperationException($"{id} is gone after its own change."));
    }
}
