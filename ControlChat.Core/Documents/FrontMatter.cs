namespace ControlChat.Core.Documents;

/// <summary>YAML between <c>---</c> on the first line and <c>---</c> or <c>...</c> on a later one, as many tools put it before a document. It is no Markdown.</summary>
internal static class FrontMatter
{
    /// <returns>Its length with the end of its last line; 0: there is none.</returns>
    public static int Length(ReadOnlySpan<byte> text)
    {
        if (!text.StartsWith("---"u8)) return 0;
        var lines = new Lines(text);
        for (var first = true; lines.Next(); first = false)
        {
            var line = text[lines.Start..lines.End].TrimEnd(" \t"u8);
            if (first && line.Length != 3) return 0;
            if (!first && (line.SequenceEqual("---"u8) || line.SequenceEqual("..."u8))) return lines.After;
        }
        return 0;
    }
}
