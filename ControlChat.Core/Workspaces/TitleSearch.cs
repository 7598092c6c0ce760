using ControlChat.Core.Hub;

namespace ControlChat.Core.Workspaces;

/// <summary>How a database finds part of a folded title (<c>@text</c>, as a phrase of its index <c>@phrase</c>), and how its joins are written.</summary>
/// <param name="Index">Ids and titles by the index, for three characters and more.</param>
/// <param name="Scan">The same by looking at every title: one or two characters, which no index of groups of three knows.</param>
/// <param name="Holds">The condition that a title holds the text; what PostgreSQL's statistics can tell the number of.</param>
/// <param name="Join">A join in the order it stands there; PostgreSQL has statistics and chooses the order itself.</param>
/// <param name="Phrase">The form of a text in <c>@phrase</c>.</param>
internal sealed record TitleSearch(string Index, string Scan, Func<string, string> Holds, string Join, Func<string, string> Phrase)
{
    public static TitleSearch Of(SqlDialect dialect) => dialect == SqlDialect.Sqlite ? Fts5 : Trigrams;

    /// <summary>How many, counted up to <c>@few</c>.</summary>
    public string CountOf(string ids) => "select count(*) from (" + ids + " limit @few) few";

    private static TitleSearch Fts5 { get; } = new(
        "select c.id, c.title_key from workspace_titles f join workspaces c on c.n = f.rowid where f.title_key match @phrase",
        "select c.id, c.title_key from workspaces c where instr(c.title_key, @text) > 0",
        title => "instr(" + title + ", @text) > 0",
        "cross join",
        text => $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"");

    private static TitleSearch Trigrams { get; } = new(
        "select c.id, c.title_key from workspaces c where c.title_key like @phrase",
        "select c.id, c.title_key from workspaces c where strpos(c.title_key, @text) > 0",
        title => title + " like @phrase",
        "join",
        text => $"%{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal)}%");
}
