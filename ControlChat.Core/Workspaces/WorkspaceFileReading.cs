using ControlChat.Core.Accounts;
using ControlChat.Core.Files;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;

namespace ControlChat.Core.Workspaces;

/// <summary>One file of a workspace for a person to look at: by the rights they have now, confined to the workspace, and never more than <c>Files:MaxBytes</c>.</summary>
public sealed class WorkspaceFileReading(HubDatabase database, WorkspaceStore workspaces, IPrincipals principals, IHubSettings settings, TimeProvider time)
{
    private const string Local = "local";

    /// <exception cref="HubUnavailableException">The database does not answer.</exception>
    /// <exception cref="IOException">The disk failed.</exception>
    public async Task<FileShown> ReadAsync(Principal principal, string workspaceId, string path, CancellationToken cancellationToken)
    {
        if (await FindAsync(principal, workspaceId, cancellationToken) is not { } place) return new FileShown.NoWorkspace();
        if (!Directory.Exists(place.Directory)) return new FileShown.Refused(place.Title, "The workspace has no files yet.", []);
        using var files = WorkspaceFiles.Open(place.Directory, settings.Current.Files.MaxBytes, time);
        return files.Read(path) switch
        {
            FileReading.Text { NextOffset: null } text => new FileShown.Text(place.Title, text.Content, text.Size),
            FileReading.Text text => new FileShown.Refused(place.Title, $"The file has {text.Size} bytes. This page shows files of at most {settings.Current.Files.MaxBytes} bytes (Files:MaxBytes).", []),
            FileReading.Binary binary => new FileShown.Refused(place.Title, $"This is no text: it looks like {binary.Guess}, {binary.Size} bytes.", []),
            FileReading.Refused { Refusal: var refusal } => new FileShown.Refused(place.Title, refusal.Why, refusal.Nearest),
            _ => new FileShown.Refused(place.Title, "The file cannot be shown.", []),
        };
    }

    private async Task<(string Title, string Directory)?> FindAsync(Principal principal, string id, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        if (await principals.ReloadAsync(reader, principal, cancellationToken) is not { } present) return null;
        if (settings.Current.Hub.IsLite) return id == Local ? ("The workspace", settings.Paths.LocalWorkspace) : null;
        if (!WorkspaceId.IsOne(id) || await workspaces.FindAsync(reader, present.AccountId, id, cancellationToken) is not { IsTrashed: false } workspace) return null;
        return (workspace.Title, Path.Combine(settings.Paths.WorkspacesRoot, id));
    }
}

/// <summary>What there is to show of a file.</summary>
public abstract record FileShown
{
    private FileShown()
    {
    }

    /// <summary>There is no such workspace for this person, or it is in the trash.</summary>
    public sealed record NoWorkspace : FileShown;

    /// <param name="Title">The workspace's.</param>
    /// <param name="Content">All of it.</param>
    /// <param name="Size">In bytes.</param>
    public sealed record Text(string Title, string Content, long Size) : FileShown;

    /// <param name="Why">For the reader: it is not there, no text, too large, or leads out of the workspace.</param>
    /// <param name="Nearest">Paths that are there and look like the one asked for.</param>
    public sealed record Refused(string Title, string Why, IReadOnlyList<string> Nearest) : FileShown;
}
