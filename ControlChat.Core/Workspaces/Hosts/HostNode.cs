namespace ControlChat.Core.Workspaces.Hosts;

/// <summary>Which process of the hub this is, for hosts that live beside it.</summary>
/// <param name="Name">The same after a restart, and no other process's.</param>
public sealed record HostNode(string Name)
{
    /// <summary>A host that no hub asked for so long ends itself.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(3);

    /// <summary>After which another process takes a host for gone that its own has not seen.</summary>
    public static readonly TimeSpan Patience = Lease * 2;
}
