using System.Text;

namespace ControlChat.Core.Tools.Onboarding;

/// <summary>One row of a pasted table.</summary>
/// <param name="Number">The line of the text it begins in, from 1: what a spreadsheet calls its row.</param>
/// <param name="Cells">Without the space around them.</param>
/// <param name="Fault">Why it could not be read as a row; null when it could.</param>
internal sealed record TableRow(int Number, IReadOnlyList<string> Cells, string? Fault = null);

/// <summary>Splits text into rows and cells: CSV as in RFC 4180 (https://www.rfc-editor.org/rfc/rfc4180), with a comma, a semicolon or a tab, and Markdown tables.</summary>
internal static class TableText
{
    // Of two that fit equally well, the first: a name may hold a comma, an address neither of them.
    private static readonly char[] Separators = ['\t', ';', ','];

    /// <param name="text">Without a byte order mark.</param>
    /// <param name="tells">How many of a row's cells say what they are, such as an address: the separator that makes the most of those is meant.</param>
    public static IReadOnlyList<TableRow> Rows(string text, Func<TableRow, int> tells)
    {
        if (text.AsSpan().TrimStart().StartsWith("|", StringComparison.Ordinal)) return Markdown(text);
        IReadOnlyList<TableRow>? best = null;
        var most = -1;
        foreach (var separator in Separators)
        {
            var rows = Csv(text, separator);
            var told = rows.Where(r => r.Fault is null).Sum(tells);
            if (told > most) (best, most) = (rows, told);
        }
        return best!;
    }

    private static List<TableRow> Csv(string text, char separator)
    {
        var (rows, cells, at, line) = (new List<TableRow>(), new List<string>(), 0, 1);
        var (begins, fault) = (1, (string?)null);
        while (at < text.Length)
        {
            var cell = Cell(text, separator, ref at, ref line, ref fault);
            cells.Add(cell);
            if (at < text.Length && text[at] == separator)
            {
                at++;
                // A separator at the very end opens one more cell, which is empty.
                if (at < text.Length && text[at] is not ('\r' or '\n')) continue;
                cells.Add("");
            }
            EndLine(text, ref at, ref line);
            if (fault is not null || cells.Any(c => c.Length > 0)) rows.Add(new TableRow(begins, cells, fault));
            (cells, begins, fault) = ([], line, null);
        }
        return rows;
    }

    private static string Cell(string text, char separator, ref int at, ref int line, ref string? fault)
    {
        SkipSpace(text, ref at);
        if (at == text.Length || text[at] != '"') return Unquoted(text, separator, ref at);
        var opened = line;
        if (Quoted(text, ref at, ref line) is not { } cell)
        {
            fault ??= $"A quote is opened in row {opened} and never closed. Close it, or take it out.";
            return "";
        }
        SkipSpace(text, ref at);
        if (Unquoted(text, separator, ref at).Length > 0) fault ??= "Text stands behind a closing quote. Put the whole cell into quotes, with a quote in it written twice.";
        return cell;
    }

    private static void SkipSpace(string text, ref int at)
    {
        while (at < text.Length && text[at] == ' ') at++;
    }

    private static string Unquoted(string text, char separator, ref int at)
    {
        var from = at;
        while (at < text.Length && text[at] != separator && text[at] is not ('\r' or '\n')) at++;
        return text[from..at].Trim(' ');
    }

    private static string? Quoted(string text, ref int at, ref int line)
    {
        var cell = new StringBuilder();
        for (at++; at < text.Length; at++)
        {
            if (text[at] == '"')
            {
                if (at + 1 == text.Length || text[at + 1] != '"')
                {
                    at++;
                    return cell.ToString().Trim(' ');
                }
                at++;
            }
            else if (text[at] == '\n' || (text[at] == '\r' && (at + 1 == text.Length || text[at + 1] != '\n')))
            {
                line++;
            }
            cell.Append(text[at]);
        }
        return null;
    }

    private static void EndLine(string text, ref int at, ref int line)
    {
        if (at == text.Length) return;
        at += text[at] == '\r' && at + 1 < text.Length && text[at + 1] == '\n' ? 2 : 1;
        line++;
    }

    private static List<TableRow> Markdown(string text)
    {
        var rows = new List<TableRow>();
        var lines = text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            if (lines[i].Trim() is not { Length: > 0 } line) continue;
            if (line[0] != '|')
            {
                rows.Add(new TableRow(i + 1, [], "This line does not belong to the table above it: it does not begin with |. Take it out, or make it a row."));
                continue;
            }
            var cells = Piped(line);
            if (!cells.All(IsRule) && cells.Any(c => c.Length > 0)) rows.Add(new TableRow(i + 1, cells));
        }
        return rows;
    }

    private static List<string> Piped(string line)
    {
        var (cells, cell) = (new List<string>(), new StringBuilder());
        for (var i = 1; i < line.Length; i++)
        {
            if (line[i] == '\\' && i + 1 < line.Length && line[i + 1] == '|')
            {
                cell.Append(line[++i]);
            }
            else if (line[i] != '|')
            {
                cell.Append(line[i]);
            }
            else
            {
                cells.Add(cell.ToString().Trim());
                cell.Clear();
            }
        }
        if (cell.Length > 0) cells.Add(cell.ToString().Trim());
        return cells;
    }

    // The line between a Markdown table's head and its rows.
    private static bool IsRule(string cell) => cell.Length > 0 && cell.All(c => c is '-' or ':' or ' ') && cell.Contains('-', StringComparison.Ordinal);
}
