using System.Text.Json;
using ControlChat.Core.Files;
using ControlChat.Core.Gate;
using ControlChat.Core.Sessions;
using ControlChat.Core.Settings;

namespace ControlChat.Core.Mcp;

/// <summary>Opens the files of a caller's workspace, and keeps of each workspace what describing it has found out.</summary>
public sealed class WorkspacePlaces(IHubSettings settings, TimeProvider time)
{
    /// <summary>Where a workspace says what it consists of: a <see cref="ContentProfile"/>, or <c>{"use": "hydrology"}</c>.</summary>
    public const string ProfileFile = ".controlchat/contents.json";

    /// <summary>Bytes of that file, at most; a longer one counts as none.</summary>
    public const int MostProfile = 64 * 1024;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const int MostKept = 64;
    private static readonly TimeSpan Shelf = TimeSpan.FromMinutes(5);
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Described> _described = new(StringComparer.Ordinal);

    /// <summary>With the limits that hold now.</summary>
    /// <exception cref="ToolRefusedException">The workspace has no directory.</exception>
    public AgentFiles Open(WorkspaceCaller caller)
    {
        ArgumentNullException.ThrowIfNull(caller);
        var (root, most) = (caller.Session.DirectoryIn(settings), settings.Current.Files.MaxBytes);
        if (!Directory.Exists(root)) throw ToolRefusedException.NotFound("The workspace has no directory yet. Try again in a moment.");
        // Where only a part is open, a link in it could lead to another part.
        return new AgentFiles(WorkspaceFiles.Open(root, most, time, links: caller.Paths.IsWhole), most, caller.Paths, () => BackupsOf(caller.Session.WorkspaceId), DescriptionOf);

        ContentDescription DescriptionOf(string? profile, string? category) => Describe(root, profile, category);
    }

    private BackupFolder BackupsOf(string workspaceId)
    {
        Directory.CreateDirectory(settings.Paths.Backups, OwnerOnly);
        return new BackupFolder(Path.Combine(settings.Paths.Backups, workspaceId), time);
    }

    private ContentDescription Describe(string root, string? profile, string? category)
    {
        Described described;
        lock (_lock)
        {
            var now = time.GetTimestamp();
            foreach (var (old, one) in _described)
                if (time.GetElapsedTime(one.Since, now) > Shelf) _described.Remove(old);
            // The root is opened anew now and then: it may have been replaced. What is dropped may be in use and closes by itself.
            if (!_described.TryGetValue(root, out described!))
            {
                if (_described.Count >= MostKept) _described.Remove(_described.MinBy(d => d.Value.Since).Key);
                _described[root] = described = new Described(WorkspaceFiles.Open(root, settings.Current.Files.MaxBytes, time), now);
            }
        }
        return described.Files.Describe(described.ProfileOf(profile), category);
    }

    private sealed class Described(WorkspaceFiles files, long since)
    {
        // Descriptions are kept by profile, so the same text is the same one.
        private (string Text, ContentProfile Profile)? _read;

        public WorkspaceFiles Files => files;

        public long Since => since;

        public ContentProfile ProfileOf(string? text)
        {
            if (text is null) return ContentProfile.Generic;
            if (_read is { } known && known.Text == text) return known.Profile;
            try
            {
                var profile = Read(text);
                _read = (text, profile);
                return profile;
            }
            catch (JsonException e)
            {
                throw ToolRefusedException.Invalid($"{ProfileFile} of this workspace is no profile: {e.Message}");
            }
        }

        private static ContentProfile Read(string text)
        {
            using var document = JsonDocument.Parse(text);
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("use", out var use)) return ContentProfile.Read(text);
            return use.ValueKind != JsonValueKind.String ? throw new JsonException("'use' is a text.")
                : use.GetString() switch
                {
                    "generic" => ContentProfile.Generic,
                    "hydrology" => ContentProfile.Hydrology,
                    _ => throw new JsonException("'use' is 'generic' or 'hydrology'."),
                };
        }
    }
}
