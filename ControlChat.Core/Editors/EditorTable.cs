namespace ControlChat.Core.Editors;

/// <summary>Every editor of the hub, the most particular first; the last opens what no other does.</summary>
public static class EditorTable
{
    public static IReadOnlyList<Editor> All { get; } =
    [
        new("transcript", "Transcript", ["*.transcript.ndjson"], false, "A session or terminal, record by record, with search and replay."),
        new("conversation", "Conversation", ["*.codex.chat"], false, "A chat that was saved as a file."),
        new("markdown", "Markdown", ["*.md", "*.markdown"], true, "Rendered text beside its source, section by section."),
        new("table", "Table", ["*.csv", "*.tsv"], false, "Rows and columns."),
        new("image", "Image", ["*.png", "*.jpg", "*.jpeg", "*.gif", "*.webp"], false, "The picture and its size."),
        new("code", "Code",
            ["*.cs", "*.razor", "*.py", "*.js", "*.ts", "*.tsx", "*.go", "*.rs", "*.java", "*.c", "*.h", "*.cpp", "*.sh", "*.sql", "*.html", "*.css", "*.json", "*.jsonl", "*.yaml", "*.yml", "*.toml", "*.xml", "Dockerfile", "Makefile"],
            true, "Source with line numbers."),
        new("text", "Text", ["*.txt", "*.log", "*"], true, "Plain text up to the size limit; anything that is no text is only described."),
    ];

    /// <summary>The editor that opens a file of this name.</summary>
    public static Editor For(string fileName) => All.First(e => e.Patterns.Any(p => Fits(p, fileName)));

    private static bool Fits(string pattern, string name) =>
        pattern.StartsWith('*') ? name.EndsWith(pattern[1..], StringComparison.OrdinalIgnoreCase) : name.Equals(pattern, StringComparison.OrdinalIgnoreCase);
}
