using System.Globalization;

namespace ControlChat.Core.Sessions.Terminals.Records;

/// <summary>Where a page of lines ended: behind a frame, and so many lines further.</summary>
/// <param name="Seq">Nothing before it is needed.</param>
public readonly record struct LineCursor(long Seq, int Lines)
{
    /// <returns>Null: it is no cursor. Nothing is the beginning; a bare number is a sequence.</returns>
    public static LineCursor? Read(string? text)
    {
        if (string.IsNullOrEmpty(text)) return default(LineCursor);
        var parts = text.Split('.');
        if (parts.Length > 2 || !long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var seq)) return null;
        var lines = 0;
        return parts.Length == 2 && !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out lines) ? null : new LineCursor(seq, lines);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Seq}.{Lines}");
}
