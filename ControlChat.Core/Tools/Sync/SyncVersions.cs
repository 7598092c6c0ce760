using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Sync;

namespace ControlChat.Core.Tools.Sync;

/// <summary>Versions of <c>sync/{workspace}</c>: how often the configuration was changed.</summary>
internal sealed class SyncVersions(SyncConfigStore configs) : IResourceVersions
{
    public string Kind => SyncResource.Kind;

    public Task<long> VersionAsync(IHubReader reader, string id, CancellationToken cancellationToken) => configs.VersionAsync(reader, id, cancellationToken);
}

/// <summary><c>file/{path}</c>: files have no versions in the database; that they are as they were approved, the run checks by its digest.</summary>
internal sealed class FileVersions : IResourceVersions
{
    public string Kind => SyncResource.FileKind;

    public Task<long> VersionAsync(IHubReader reader, string id, CancellationToken cancellationToken) => Task.FromResult(0L);
}

/// <summary>How effects and read sets name a sync and the files it changes.</summary>
internal static class SyncResource
{
    public const string Kind = "sync";
    public const string FileKind = "file";

    public static string Of(string workspaceId) => $"{Kind}/{workspaceId}";

    public static bool Is(Effect effect) => effect.Resource.StartsWith(Kind + "/", StringComparison.Ordinal);

    public static string IdOf(Effect effect) => effect.Resource[(Kind.Length + 1)..];

    /// <param name="path">Relative, as <see cref="SyncChange"/> has it.</param>
    public static string File(string path) => $"{FileKind}/{path}";
}
