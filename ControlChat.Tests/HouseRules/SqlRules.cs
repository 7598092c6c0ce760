using System.Text.RegularExpressions;
using Xunit;

namespace ControlChat.Tests.HouseRules;

public sealed partial class SqlRules
{
    [Fact]
    public void A_value_never_becomes_part_of_a_statement()
    {
        var breaches = from file in Repository.ProductCSharp
                       from literal in file.Text.Literals
                       where Splices(literal)
                       select $"{file.At(literal.Position)} {literal.Text.ReplaceLineEndings(" ")}";
        Rule.Holds(breaches, "Make the value a parameter. Only a constant, named in PascalCase, may stand in a hole of a statement.");
    }

    [Fact]
    public void Pages_go_by_key_and_never_by_offset()
    {
        var inCode = from file in Repository.ProductCSharp
                     from literal in file.Text.Literals
                     where Offset().IsMatch(literal.Text)
                     select file.At(literal.Position);
        var inSchema = Repository.Files.Where(f => f.EndsWith(".sql", StringComparison.Ordinal) && Offset().IsMatch(Repository.Text(f)));
        Rule.Holds(inCode.Concat(inSchema), "Page by key: where (at, id) < (@at, @id) order by … limit @n.");
    }

    [Fact]
    public void The_rules_see_what_they_forbid()
    {
        Assert.True(Splices(Assert.Single(SourceText.Read("""var a = $"select * from t where id = '{id}'";""").Literals)));
        Assert.True(Splices(Assert.Single(SourceText.Read("var a = $\"\"\"\n  update t\n  set a = {value}\n  \"\"\";").Literals)));
        Assert.False(Splices(Assert.Single(SourceText.Read("""var a = $"select {Columns} from {Tables.Rows} where id = @id";""").Literals)));
        Assert.False(Splices(Assert.Single(SourceText.Read("""var a = $"Select a workspace, {name}";""").Literals)));
        Assert.Matches(Offset(), "select 1 limit 10 off" + "set @skip");
        Assert.DoesNotMatch(Offset(), "the offset of the text");
    }

    private static bool Splices(Literal literal) =>
        literal.Interpolated && Statement().IsMatch(literal.Text) && literal.Holes.Any(hole => !Constant().IsMatch(hole));

    [GeneratedRegex(@"^\s*(select\b.*\bfrom|insert\s+into|update\s+\S+\s+set|delete\s+from|with\s+\S+\s+as\s*\()|\bwhere\b.*[=<>]", RegexOptions.IgnoreCase | RegexOptions.Singleline)]
    private static partial Regex Statement();

    [GeneratedRegex(@"^[A-Z]\w*(\.[A-Z]\w*)*$")]
    private static partial Regex Constant();

    [GeneratedRegex(@"\boffset\s+(@|\?|:|\d|\{\})", RegexOptions.IgnoreCase)]
    private static partial Regex Offset();
}
