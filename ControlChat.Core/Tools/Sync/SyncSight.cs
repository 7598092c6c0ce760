using ControlChat.Core.Tools.Workspaces;
using ControlChat.Core.Workspaces;

namespace ControlChat.Core.Tools.Sync;

internal sealed class SyncSight(WorkspaceStore workspaces) : OfWorkspace(workspaces)
{
    public override string Kind => SyncResource.Kind;
}
