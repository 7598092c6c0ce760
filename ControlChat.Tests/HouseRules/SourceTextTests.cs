using Xunit;

namespace ControlChat.Tests.HouseRules;

/// <summary>The rules are only as good as their reading of the source.</summary>
public sealed class SourceTextTests
{
    [Fact]
    public void Literals_and_comments_are_no_code()
    {
        var text = SourceText.Read("""
            var a = "if (x) { // no"; // while
            var b = @"c:\" + 'x' + '\'' + '"'; /* for
            case */ var c = 1;
            """);
        Assert.DoesNotContain("if", text.Code, StringComparison.Ordinal);
        Assert.DoesNotContain("while", text.Code, StringComparison.Ordinal);
        Assert.DoesNotContain("case", text.Code, StringComparison.Ordinal);
        Assert.Contains("var c = 1;", text.Code, StringComparison.Ordinal);
        Assert.Equal(["if (x) { // no", @"c:\"], text.Literals.Select(l => l.Text));
        Assert.Equal(2, text.Comments.Count);
    }

    [Fact]
    public void Holes_of_interpolated_literals_are_code()
    {
        var text = SourceText.Read("var a = $\"x {(b ? \"if\" : c)} {{ while }} {d:0.0}\"; var e = $$\"\"\"{ \"for\": {{f(\"}\")}} }\"\"\"; end();");
        Assert.Contains("(b ? ", text.Code, StringComparison.Ordinal);
        Assert.DoesNotContain("while", text.Code, StringComparison.Ordinal);
        Assert.DoesNotContain("for", text.Code, StringComparison.Ordinal);
        Assert.Contains("f(", text.Code, StringComparison.Ordinal);
        Assert.EndsWith("end();", text.Code, StringComparison.Ordinal);
        Assert.Equal("d", text.Literals.Single(l => l.Text.StartsWith('x')).Holes[1]);
    }

    [Fact]
    public void Every_source_of_this_repository_comes_out_with_even_braces()
    {
        var uneven = Repository.CSharp.Where(f => f.Text.Code.Count(c => c == '{') != f.Text.Code.Count(c => c == '}')).Select(f => f.Path);
        Rule.Holds(uneven, "SourceText misreads something in these files.");
    }

    [Fact]
    public void Members_are_found_with_their_branches()
    {
        var members = SourceMember.Of(SourceText.Read("""
            using System;
            namespace A.B;
            [Serializable]
            internal sealed record Row(int Id, string? Name = null)
            {
                private readonly int[] _all = [1, 2];
                public string Title { get; init; } = "if";
                public int Half => Id > 0 && Id < 9 ? Id / 2 : Id ?? 0;
                public static bool operator ==(Row a, int b) => a.Id == b || b == 0;
                [Fact(DisplayName = "a")]
                public async Task<int> Read<T>(int? id = null, string x = "y") where T : class
                {
                    if (id is null) return 0;
                    foreach (var a in _all)
                    {
                        switch (a) { case 1: break; case 2: continue; }
                    }
                    try { return new Row(1) { Title = "b" }.Id; }
                    catch (Exception e) when (e is IOException || e.InnerException?.Message is null) { return 1; }
                }
                private sealed class Inner { void Empty() { } }
            }
            """));
        Assert.Equal(["_all", "Title", "Half", "Read", "Empty"], members.Where(m => m.Name != "Row.operator").Select(m => m.Name.Split('.')[^1]).Where(n => n != "?"));
        Assert.Equal(7, members.Single(m => m.Name.EndsWith("Read", StringComparison.Ordinal)).Complexity);
        Assert.Equal(11, members.Single(m => m.Name.EndsWith("Read", StringComparison.Ordinal)).Lines);
        Assert.Equal(4, members.Single(m => m.Name.EndsWith("Half", StringComparison.Ordinal)).Complexity);
        Assert.Equal(1, members.Single(m => m.Name == "Row.Inner.Empty").Complexity);
    }
}
