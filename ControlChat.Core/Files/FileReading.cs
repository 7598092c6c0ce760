namespace ControlChat.Core.Files;

/// <summary>What reading a file came to.</summary>
public abstract record FileReading
{
    private FileReading()
    {
    }

    /// <param name="Offset">Where the text begins, in bytes: after a byte order mark, and never within a character.</param>
    /// <param name="NextOffset">Where to go on; null at the end of the file.</param>
    /// <param name="Encoding"><c>utf-8</c>, <c>utf-8-bom</c>, <c>utf-16le</c> or <c>utf-16be</c>.</param>
    /// <param name="Version">SHA-256 of the whole file in hex, to be given when it is written; null when only a part was read.</param>
    public sealed record Text(string Content, string Encoding, long Size, long Offset, long? NextOffset, string? Version) : FileReading;

    /// <param name="Guess">What its first bytes look like.</param>
    public sealed record Binary(long Size, string Guess) : FileReading;

    /// <param name="Version">SHA-256 in hex, to be given when it is written.</param>
    public sealed record Whole(byte[] Bytes, string Version) : FileReading;

    public sealed record Refused(FileRefusal Refusal) : FileReading;
}
