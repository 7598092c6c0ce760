using System.Text.Json;
using ControlChat.App.Start;
using ControlChat.Core.Hub;

namespace ControlChat.App.Backup;

/// <summary>What a backup holds: <c>manifest.json</c> in its directory, written last, so that a backup without it is none.</summary>
internal sealed record BackupManifest
{
    public const string ThisFormat = "controlchat-backup/1";
    private const string Name = "manifest.json";

    public string Format { get; init; } = ThisFormat;
    public required string Version { get; init; }

    /// <summary><c>sqlite</c>: the rows are in it; <c>postgres</c>: they are in a dump of their own.</summary>
    public required string Store { get; init; }
    public required string HubId { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The newest row of the record when it was made.</summary>
    public required long LastSeq { get; init; }
    public string? LastHash { get; init; }
    public required IReadOnlyList<BackupEntry> Files { get; init; }

    public void Write(string directory) => PrivateFile.Write(Path.Combine(directory, Name), Json.Write(this));

    /// <exception cref="StartException">1: there is no manifest, or it is of another format.</exception>
    public static BackupManifest Read(string directory)
    {
        try
        {
            var manifest = Json.Read<BackupManifest>(File.ReadAllText(Path.Combine(directory, Name)));
            return manifest.Format == ThisFormat ? manifest : throw new StartException(ExitCode.Failed, $"'{directory}' is a backup of the form '{manifest.Format}'; this version reads '{ThisFormat}'.");
        }
        catch (Exception e) when (e is IOException or JsonException or UnauthorizedAccessException)
        {
            throw new StartException(ExitCode.Failed, $"'{directory}' holds no whole backup ({e.Message}).");
        }
    }
}

/// <param name="Path">Relative to the backup's directory, with slashes.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">Lower-case hex.</param>
internal sealed record BackupEntry(string Path, long Bytes, string Sha256);
