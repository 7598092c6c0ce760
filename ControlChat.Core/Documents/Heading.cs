namespace ControlChat.Core.Documents;

/// <summary>A heading with its section: all that follows it up to the next heading of the same or a higher level. Headings in quotes and lists begin none.</summary>
/// <param name="Level">1 to 6, 1 the highest.</param>
/// <param name="Title">As a reader sees it; may be empty.</param>
/// <param name="Line">Its first line, from 1.</param>
/// <param name="LastLine">The last line of its section.</param>
/// <param name="HasContent">Whether anything but blank lines stands between it and the next heading.</param>
/// <param name="Occurrence">Which one it is of those with this very title, from 1.</param>
public sealed record Heading(int Level, string Title, int Line, int LastLine, bool HasContent, int Occurrence)
{
    /// <summary>Bytes: where its first line begins.</summary>
    internal int Start { get; init; }

    /// <summary>Bytes: behind its last line.</summary>
    internal int BodyStart { get; init; }

    /// <summary>Bytes: where its section ends.</summary>
    internal int End { get; init; }
}
