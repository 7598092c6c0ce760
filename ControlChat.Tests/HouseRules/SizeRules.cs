using System.Text.Json;
using Xunit;

namespace ControlChat.Tests.HouseRules;

/// <summary>Sizes are a smell, so there is a ratchet and no ban: what is over a limit stands in complexity.json with its number,
/// nothing new joins, and a number only goes down.</summary>
public sealed class SizeRules
{
    private const string RatchetFile = "ControlChat.Tests/HouseRules/complexity.json";

    private static readonly JsonSerializerOptions _wire = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, ReadCommentHandling = JsonCommentHandling.Skip };

    private sealed record Ratchet(Limits Limits, SortedDictionary<string, int> FileLines, SortedDictionary<string, int> MethodLines, SortedDictionary<string, int> MethodComplexity);

    private sealed record Limits(int FileLines, int MethodLines, int MethodComplexity);

    private static Ratchet Allowed => JsonSerializer.Deserialize<Ratchet>(Repository.Text(RatchetFile), _wire)!;

    [Fact]
    public void Files_stay_short()
    {
        var files = Repository.CSharp.Select(f => (f.Path, f.Text.Lines))
            .Concat(Repository.Files.Where(f => f.EndsWith(".razor", StringComparison.Ordinal)).Select(f => (f, Repository.Text(f).TrimEnd('\n').Split('\n').Length)));
        Compare(files, Allowed.Limits.FileLines, Allowed.FileLines, "file_lines", "One idea per file: give the second idea a file of its own.");
    }

    [Fact]
    public void Methods_stay_short()
    {
        Compare(Methods.Select(m => (m.Key, m.Member.Lines)), Allowed.Limits.MethodLines, Allowed.MethodLines, "method_lines", "Name the steps and give each its method.");
    }

    [Fact]
    public void Methods_stay_simple()
    {
        Compare(Methods.Select(m => (m.Key, m.Member.Complexity)), Allowed.Limits.MethodComplexity, Allowed.MethodComplexity, "method_complexity",
            "Split the decisions: a closed hierarchy, a table, or a method for each case.");
    }

    private static IEnumerable<(string Key, SourceMember Member)> Methods =>
        from file in Repository.CSharp
        from member in SourceMember.Of(file.Text)
        select ($"{file.Path} {member.Name}", member);

    private static void Compare(IEnumerable<(string Key, int Value)> measured, int limit, SortedDictionary<string, int> allowed, string section, string instead)
    {
        var present = measured.GroupBy(m => m.Key).ToDictionary(g => g.Key, g => g.Max(m => m.Value));
        var grown = present.Where(p => p.Value > Math.Max(limit, allowed.GetValueOrDefault(p.Key)))
            .Select(p => $"{p.Key}: {p.Value}, allowed {Math.Max(limit, allowed.GetValueOrDefault(p.Key))}");
        Rule.Holds(grown, instead);
        var loose = allowed.Where(a => present.GetValueOrDefault(a.Key) < a.Value)
            .Select(a => present.GetValueOrDefault(a.Key) is var now && now > limit ? $"{a.Key}: lower {a.Value} to {now}" : $"{a.Key}: remove the entry");
        Rule.Holds(loose, $"It got better; keep it so: tighten \"{section}\" in {RatchetFile}.");
    }
}
