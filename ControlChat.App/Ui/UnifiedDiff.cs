namespace ControlChat.App.Ui;

/// <summary>Reads the lines of a unified diff, or of a text that is added or removed as a whole. Nothing of it is left out: what is no change is shown as it stands.</summary>
public static class UnifiedDiff
{
    public static IReadOnlyList<DiffLine> Of(string diff)
    {
        var lines = Lines(diff);
        // Before its first hunk a diff names files: "--- a/x" there removes nothing.
        var body = Array.FindIndex(lines, line => line.StartsWith("@@", StringComparison.Ordinal));
        return [.. lines.Select((line, index) => index < body ? new DiffLine(DiffKind.Same, line) : Line(line))];
    }

    public static IReadOnlyList<DiffLine> Whole(string text, DiffKind kind) => [.. Lines(text).Select(line => new DiffLine(kind, line))];

    private static DiffLine Line(string line) => line switch
    {
        ['+', ..] => new DiffLine(DiffKind.Added, line[1..]),
        ['-', ..] => new DiffLine(DiffKind.Removed, line[1..]),
        [' ', ..] => new DiffLine(DiffKind.Same, line[1..]),
        _ => new DiffLine(DiffKind.Same, line),
    };

    private static string[] Lines(string text) => text.Length == 0 ? [] : (text.EndsWith('\n') ? text[..^1] : text).Split('\n');
}
