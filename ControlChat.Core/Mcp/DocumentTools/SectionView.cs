using System.Text.Json.Nodes;
using ControlChat.Core.Documents;
using ControlChat.Core.Gate;

namespace ControlChat.Core.Mcp.DocumentTools;

/// <summary>Sections of a document, as tools show them.</summary>
internal static class SectionView
{
    private const int MostHeadings = 1_000;
    private const int MostTitle = 200;

    public static JsonObject List(WorkspaceRequest request, string path)
    {
        var (document, version) = Open(request, path);
        var answer = new JsonObject
        {
            ["path"] = path,
            ["sections"] = new JsonArray([.. document.Headings.Take(MostHeadings).Select(Line)]),
            ["total"] = document.Headings.Count,
            ["version"] = version,
        };
        if (document.Headings.Count > MostHeadings) answer["left_out"] = document.Headings.Count - MostHeadings;
        return answer;
    }

    public static JsonObject Read(WorkspaceRequest request, string path, string pattern, int? occurrence)
    {
        var (document, version) = Open(request, path);
        var search = SectionSearch.In(document, pattern, occurrence);
        if (search is SectionSearch.Refused refused) throw NoSection(refused.Why, refused.Candidates);
        var heading = ((SectionSearch.Found)search).Heading;
        var section = Line(heading);
        section["path"] = path;
        section["content"] = document.TextOf(heading);
        section["version"] = version;
        return section;
    }

    public static ToolRefusedException NoSection(string why, IReadOnlyList<Heading> candidates) => new(
        "invalid", "no_section", candidates.Count == 0 ? why : $"{why} Headings there: {string.Join("; ", candidates.Select(h => $"'{Cut(h.Title)}' (level {h.Level}, line {h.Line}, occurrence {h.Occurrence})"))}.");

    private static (SectionedDocument Document, string Version) Open(WorkspaceRequest request, string path)
    {
        var whole = request.Files.ReadWhole(path);
        return (SectionedDocument.Read(whole.Bytes) ?? throw new ToolRefusedException("invalid", "not_text", $"{path} is not UTF-8, so its sections cannot be read."), whole.Version);
    }

    private static JsonObject Line(Heading heading) => new()
    {
        ["heading"] = $"{new string('#', heading.Level)} {Cut(heading.Title)}",
        ["level"] = heading.Level,
        ["title"] = Cut(heading.Title),
        ["has_content"] = heading.HasContent,
        ["line"] = heading.Line,
        ["last_line"] = heading.LastLine,
        ["occurrence"] = heading.Occurrence,
    };

    private static string Cut(string title) => title.Length <= MostTitle ? title : title[..(char.IsHighSurrogate(title[MostTitle - 1]) ? MostTitle - 1 : MostTitle)] + "…";
}
