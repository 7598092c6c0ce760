using ControlChat.Core.Accounts;
using ControlChat.Core.Settings;

namespace ControlChat.Core.Sync;

/// <summary>With what a workspace may be synced: what the operator lists, and on a hub of one machine what an admin names; never a place of the hub itself.</summary>
public sealed class SyncRules(IHubSettings settings)
{
    private const string LocalId = "local";

    /// <summary>Whether the operator lists it.</summary>
    public bool IsListed(SyncRemote remote) => remote switch
    {
        SyncRemote.Ssh ssh => settings.Current.Sync.Hosts.Contains(ssh.Host, StringComparer.OrdinalIgnoreCase),
        _ => settings.Paths.SyncDirectories.Any(root => HubPaths.Contains(root, remote.Path)),
    };

    /// <summary>Whether somebody may name what is not listed.</summary>
    public bool MayNameAnything(Principal principal) => principal.IsAdmin && settings.Current.Hub.Store == "sqlite";

    /// <summary>Why a remote is refused to whoever asks, as a sentence that names the setting; null when it is not.</summary>
    public string? Refusal(SyncRemote remote, bool mayNameAnything)
    {
        if (remote is SyncRemote.Local && settings.Paths.Touches(remote.Path)) return "This directory contains a place of the hub, or lies in one (Hub:DataDirectory, Workspaces:Root). A workspace is never synced with that.";
        if (IsListed(remote) || mayNameAnything) return null;
        return remote is SyncRemote.Ssh { Host: var host }
            ? $"{host} is not among the hosts of Sync:Hosts. The operator can add it."
            : "This directory is not below one of Sync:Directories. The operator can add one.";
    }

    /// <summary>Why what was configured may not be used now, as a sentence; null when it may.</summary>
    public string? RefusalNow(SyncConfig config) =>
        Refusal(config.Remote, config.NamedBy is not null && settings.Current.Hub.Store == "sqlite")
        ?? (config.Remote is SyncRemote.Local && !Directory.Exists(config.Remote.Path) ? "The remote directory is not there." : null);

    /// <summary>The directory of a workspace; null when it has none yet, or something else lies there.</summary>
    /// <param name="workspaceId">As the rows have it, or <c>local</c> on a lite hub.</param>
    public string? DirectoryOf(string workspaceId)
    {
        if (settings.Current.Hub.IsLite) return workspaceId == LocalId && Directory.Exists(settings.Paths.LocalWorkspace) ? settings.Paths.LocalWorkspace : null;
        if (workspaceId.Length == 0 || !workspaceId.All(c => char.IsAsciiLetterOrDigit(c) || c == '_')) return null;
        var directory = new DirectoryInfo(Path.Combine(settings.Paths.WorkspacesRoot, workspaceId));
        return directory is { Exists: true, LinkTarget: null } ? directory.FullName : null;
    }
}
