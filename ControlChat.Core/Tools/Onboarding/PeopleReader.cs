using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using ControlChat.Core.Accounts;
using ControlChat.Core.Workspaces;
using ControlChat.Core.Workspaces.Hosts;

namespace ControlChat.Core.Tools.Onboarding;

/// <summary>Reads a pasted table of people: CSV, a Markdown table, or addresses one a line. What a cell holds is text, whatever it begins with. Messages name rows and never repeat what stands in them.</summary>
public static partial class PeopleReader
{
    /// <summary>Of the text, in UTF-8.</summary>
    public const int MostBytes = 24 * 1024;
    public const int MostRows = 200;

    /// <summary>Code points.</summary>
    public const int CellChars = 320;
    private const int MostCells = 50;

    private static readonly Dictionary<string, Column> Names = new (Column Column, string[] Names)[]
    {
        (Column.Email, ["email", "e-mail", "mail", "address", "email address", "e-mail address"]),
        (Column.Name, ["name", "full name", "student", "person"]),
        (Column.Role, ["role"]),
        (Column.Workspace, ["workspace", "project"]),
        (Column.Host, ["host", "size", "host size"]),
    }.SelectMany(c => c.Names.Select(name => (name, c.Column))).ToDictionary(p => p.name, p => p.Column, StringComparer.Ordinal);

    private enum Column
    {
        Email,
        Name,
        Role,
        Workspace,
        Host,
    }

    public static PeopleTable Read(string text)
    {
        if (Encoding.UTF8.GetByteCount(text) > MostBytes)
            return Refused($"The table has more than {MostBytes / 1024} KiB. Paste fewer people at a time.");
        var rows = TableText.Rows(text.TrimStart('\uFEFF'), Tells);
        if (rows.Count == 0) return PeopleTable.Empty;
        var header = HeaderOf(rows[0]);
        var body = header is null ? rows : [.. rows.Skip(1)];
        var people = body.SelectMany(r => header is null ? Guess(r) : [Person(r, header)]).Take(MostRows + 1).ToList();
        if (people.Count > MostRows) return Refused($"The table has more than {MostRows} people. Paste fewer at a time.");
        return header is not null && !header.Contains(Column.Email)
            ? new PeopleTable(people, ["The table has no column of addresses. Call it 'email' in the first row."], [])
            : new PeopleTable(Repeated(people), Faults(header, people), Unused(rows[0], header));
    }

    private static PeopleTable Refused(string fault) => new([], [fault], []);

    private static int Tells(TableRow row) => row.Cells.Count(c => Address(c) is not null) + (HeaderOf(row)?.Count(c => c is not null) ?? 0);

    // A first row is a header when it names the columns; one with an address in it is a person.
    private static List<Column?>? HeaderOf(TableRow row)
    {
        if (row.Fault is not null || row.Cells.Any(c => Address(c) is not null)) return null;
        var columns = row.Cells.Select(c => Names.TryGetValue(Key(c), out var column) ? column : (Column?)null).ToList();
        return columns.Any(c => c is not null) ? columns : null;
    }

    private static string Key(string cell) => cell.Trim().Trim('*').ToLowerInvariant().Replace('_', ' ');

    private static List<string> Faults(List<Column?>? header, List<PersonRow> people)
    {
        var faults = new List<string>();
        if (header?.OfType<Column>().GroupBy(c => c).Any(g => g.Count() > 1) == true) faults.Add("Two columns have the same meaning. Keep one of them, or give the other another name.");
        if (people.Count == 0) faults.Add("There is a first row with names of columns, and nobody below it.");
        return faults;
    }

    private static IReadOnlyList<string> Unused(TableRow first, List<Column?>? header)
    {
        var unused = (header ?? []).Select((c, i) => (c, Number: i + 1)).Where(p => p.c is null && first.Cells[p.Number - 1].Length > 0).Select(p => p.Number.ToString(CultureInfo.InvariantCulture)).ToList();
        return unused.Count switch
        {
            0 => [],
            1 => [$"Column {unused[0]} is not used. Those that are: email, name, role, workspace, host."],
            _ => [$"Columns {string.Join(", ", unused)} are not used. Those that are: email, name, role, workspace, host."],
        };
    }

    private static PersonRow Person(TableRow row, List<Column?> header)
    {
        if (Unreadable(row) is { } unreadable) return unreadable;
        string Of(Column column) => Enumerable.Range(0, Math.Min(header.Count, row.Cells.Count)).Where(i => header[i] == column).Select(i => row.Cells[i]).FirstOrDefault() ?? "";
        var beyond = row.Cells.Skip(header.Count).Any(c => c.Length > 0);
        return Checked(row.Number, Of(Column.Email), Of(Column.Name), Of(Column.Role), Of(Column.Workspace), Of(Column.Host),
            beyond ? ["The row has more cells than the first row has names. Put a cell with a separator in it into quotes."] : []);
    }

    // Without names of columns the cells say themselves what they are; of the others the first is a name, the second a title.
    private static IEnumerable<PersonRow> Guess(TableRow row)
    {
        if (Unreadable(row) is { } unreadable) return [unreadable];
        var cells = row.Cells.Where(c => c.Length > 0).ToList();
        var addresses = cells.Where(c => Address(c) is not null).ToList();
        if (addresses.Count > 1 && addresses.Count == cells.Count) return addresses.Select(a => Checked(row.Number, a, "", "", "", "", []));
        var email = addresses.FirstOrDefault() ?? cells.FirstOrDefault(c => c.Contains('@', StringComparison.Ordinal)) ?? "";
        var others = cells.Where(c => !ReferenceEquals(c, email)).ToList();
        string Take(Func<string, bool> fits)
        {
            var found = others.Find(c => fits(c.ToLowerInvariant())) ?? "";
            others.Remove(found);
            return found;
        }
        var (role, host) = (Take(IsRole), Take(c => c is HostSize.Small or HostSize.Medium or HostSize.Large));
        List<string> faults = addresses.Count > 1 || others.Exists(c => c.Contains('@', StringComparison.Ordinal)) ? ["More than one address stands in this row. Write one person a row."]
            : others.Count > 2 ? ["It is not clear what some cells of this row mean. Name the columns in a first row: email, name, role, workspace, host."] : [];
        return [Checked(row.Number, email, others.ElementAtOrDefault(0) ?? "", role, others.ElementAtOrDefault(1) ?? "", host, faults)];
    }

    private static PersonRow? Unreadable(TableRow row)
    {
        var nobody = new PersonRow(row.Number, null, "", null, "", null);
        if (row.Fault is { } fault) return nobody.With(fault);
        if (row.Cells.Count > MostCells) return nobody.With($"The row has {row.Cells.Count} cells; at most {MostCells} are read.");
        foreach (var cell in row.Cells)
        {
            if (Hidden(cell) is { } hidden) return nobody.With($"The row holds a character that cannot be seen ({hidden}). Type the cell again without it.");
            if (WorkspaceText.Length(cell) > CellChars) return nobody.With($"A cell has more than {CellChars} characters. Shorten it.");
        }
        return null;
    }

    private static PersonRow Checked(int number, string email, string name, string role, string workspace, string host, IReadOnlyList<string> more)
    {
        var faults = new List<string>(more);
        var found = Address(email);
        if (email.Length == 0) faults.Add("There is no e-mail address. Add one, or take the row out.");
        else if (found is null) faults.Add("What stands in the place of the address is no e-mail address. Write it as name@example.org.");
        var (part, size) = (role.Trim().ToLowerInvariant(), host.Trim().ToLowerInvariant());
        if (part.Length > 0 && !IsRole(part)) faults.Add("There is no such role. Write viewer, collaborator or owner, or leave it empty.");
        if (size.Length > 0 && Size(size) is null) faults.Add("There is no such host. Write small, medium, large or none, or leave it empty.");
        return new PersonRow(number, found?.Email, name.Length > 0 ? name : found?.Name ?? "", IsRole(part) ? part : null, workspace, Size(size)) { Faults = faults };
    }

    private static bool IsRole(string text) => text is WorkspaceRole.Viewer or WorkspaceRole.Collaborator or WorkspaceRole.Owner;

    private static string? Size(string text) => text switch
    {
        HostSize.Small or HostSize.Medium or HostSize.Large => text,
        PersonRow.NoHost or "no" or "-" => PersonRow.NoHost,
        _ => null,
    };

    private static IReadOnlyList<PersonRow> Repeated(List<PersonRow> people)
    {
        var first = new Dictionary<string, int>(StringComparer.Ordinal);
        return [.. people.Select(p => p.Email is null || first.TryAdd(p.Email, p.Number) ? p : p.With($"The address stands in row {first[p.Email]} already. Take one of them out."))];
    }

    /// <summary>The address of a cell in the plain form, and the name before it in <c>Mara Weber &lt;mara@example.org&gt;</c>; null when it is none.</summary>
    private static (string Email, string Name)? Address(string cell)
    {
        var match = Form().Match(cell.Trim());
        return match.Success && Emails.Read(match.Groups["email"].Value) is { } email ? (email, match.Groups["name"].Value.Trim().Trim('"')) : null;
    }

    // A line break in quotes is a control character as well: no cell here has lines. The two joiners belong to names in Persian and Hindi, and are shown as marks.
    private static string? Hidden(string cell)
    {
        for (var i = 0; i < cell.Length; i++)
        {
            if (!Rune.TryGetRuneAt(cell, i, out var rune)) return $"U+{(int)cell[i]:X4}";
            if (rune.Value is not (0x200C or 0x200D) && IsHidden(Rune.GetUnicodeCategory(rune)))
                return $"U+{rune.Value:X4}";
            i += rune.Utf16SequenceLength - 1;
        }
        return null;
    }

    private static bool IsHidden(UnicodeCategory category) => category is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    // Narrower than what an account may have: an address with more in it than this is looked at by a person, one at a time.
    private const string Mailbox = @"[\p{L}\p{N}._%+&'=~#*/-]+@[\p{L}\p{N}](?:[\p{L}\p{N}.-]*[\p{L}\p{N}])?";

    [GeneratedRegex(@"\A(?:(?<name>[^<>@]*)<(?<email>" + Mailbox + @")>|(?<email>" + Mailbox + @"))\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
