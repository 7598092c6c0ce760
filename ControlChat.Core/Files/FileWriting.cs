namespace ControlChat.Core.Files;

/// <summary>What writing a file came to.</summary>
public abstract record FileWriting
{
    private FileWriting()
    {
    }

    /// <param name="Version">SHA-256 of the new content in hex.</param>
    /// <param name="Backup">The name of what was there before in the <see cref="BackupFolder"/>; null for a new file.</param>
    public sealed record Written(string Version, string? Backup) : FileWriting;

    /// <summary>The content is what it was; nothing was written.</summary>
    public sealed record Unchanged(string Version) : FileWriting;

    /// <summary>Nothing was written.</summary>
    public sealed record Refused(FileRefusal Refusal) : FileWriting;
}
