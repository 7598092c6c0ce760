using System.ComponentModel;
using ControlChat.Core.Gate;
using ControlChat.Core.Workspaces;

namespace ControlChat.Core.Tools.Sync;

internal sealed class SyncStatus(SyncTargets targets, SyncTelling telling) : ReadTool<SyncStatus.Arguments>
{
    public sealed record Arguments([Description(SyncTargets.About)] string? WorkspaceId = null);

    public override ToolDefinition Definition { get; } = Define("sync.status",
        "Shows with what a workspace is synced, which way, and how its latest run goes or went: never, queued, running, completed, failed or cancelled.");

    // Remote, patterns and messages were written by whoever configured it, or by the other side.
    protected override async Task<ReadResult> ReadAsync(PlanningContext context, Arguments arguments, CancellationToken cancellationToken)
    {
        var target = await targets.ResolveAsync(context, arguments.WorkspaceId, WorkspaceRole.Viewer, cancellationToken);
        return new ReadResult(await telling.ResultAsync(context.Reader, target.Id, cancellationToken), Untrusted: true);
    }
}
