using System.Text;
using ControlChat.Core.Tools.Onboarding;
using Xunit;

namespace ControlChat.Tests.Core.Tools.Onboarding;

public sealed class PeopleReaderTests
{
    [Theory]
    [InlineData("email,name,role,workspace,host\nmara@example.org,Mara Weber,viewer,Tides,small")]
    [InlineData("Name;E-Mail;Role;Host;Workspace\nMara Weber;MARA@example.org;Viewer;SMALL;Tides")]
    [InlineData("workspace\tfull name\taddress\tsize\trole\nTides\tMara Weber\tmara@example.org\tsmall\tviewer")]
    [InlineData("\uFEFFemail,name,role,workspace,host\r\nmara@example.org,\"Mara Weber\",viewer,Tides,small\r\n\r\n")]
    [InlineData("email,name,role,workspace,host\rmara@example.org,Mara Weber,viewer,Tides,small\r")]
    [InlineData("| email | name | role | workspace | host |\n|---|:---|---:|:-:|---|\n| mara@example.org | Mara Weber | viewer | Tides | small |\n")]
    [InlineData("mara@example.org, Mara Weber, Tides, viewer, small")]
    [InlineData("viewer\tMara Weber\tmara@example.org\tTides\tsmall")]
    public void A_row_is_read_whatever_the_table_looks_like(string text)
    {
        var table = PeopleReader.Read(text);
        Assert.True(IsWhole(table), string.Join(' ', table.Faults.Concat(table.Rows.SelectMany(r => r.Faults))));
        Assert.Equal(new PersonRow(0, "mara@example.org", "Mara Weber", "viewer", "Tides", "small") { Faults = table.Rows[0].Faults }, Assert.Single(table.Rows) with { Number = 0 });
    }

    [Fact]
    public void One_address_a_line_is_a_table_and_so_is_a_list_out_of_a_mail_program()
    {
        Assert.Equal(["mara@example.org", "jonas@example.org"], Emails("mara@example.org\n\n  Jonas@Example.org  \n"));
        Assert.Equal(["mara@example.org", "jonas@example.org"], Emails("mara@example.org, jonas@example.org"));
        var list = PeopleReader.Read("Mara Weber <mara@example.org>; \"Lind, Jonas\" <jonas@example.org>");
        Assert.Equal(["a fault"], list.Rows.SelectMany(r => r.Faults).Select(_ => "a fault"));
        var clean = PeopleReader.Read("Mara Weber <mara@example.org>; Jonas Lind <jonas@example.org>");
        Assert.Equal([("mara@example.org", "Mara Weber"), ("jonas@example.org", "Jonas Lind")], clean.Rows.Select(r => (r.Email, r.Name)));
    }

    [Fact]
    public void A_name_may_hold_a_separator_and_a_quote()
    {
        var rows = PeopleReader.Read("name;email\nWeber, Mara, Dr.;mara@example.org\n\"Lind; \"\"Jo\"\"\";jonas@example.org").Rows;
        Assert.Equal(["Weber, Mara, Dr.", "Lind; \"Jo\""], rows.Select(r => r.Name));
        Assert.Equal(["a | b"], PeopleReader.Read("| email | name |\n| --- | --- |\n| mara@example.org | a \\| b |").Rows.Select(r => r.Name));
    }

    [Theory]
    [InlineData("=cmd|' /C calc'!A0")]
    [InlineData("+1")]
    [InlineData("@SUM(A1)")]
    [InlineData("-2+3")]
    public void A_formula_is_text_like_any_other(string name) =>
        Assert.Equal(name, Assert.Single(PeopleReader.Read($"email,name\nmara@example.org,{name}").Rows).Name);

    [Theory]
    [InlineData("email,name\nmara@example.org,a\u202eb", 2, "U+202E")]
    [InlineData("email,name\nmara@example.org,a\u0007b", 2, "U+0007")]
    [InlineData("email,name\n\nmara@example.org,\"a\nb\"", 3, "U+000A")]
    [InlineData("email,name\nmara@example.org,a\U000E0041b", 2, "U+E0041")]
    [InlineData("email,name\nmara@example.org,a\0", 2, "U+0000")]
    [InlineData("email,name\nmara\u200b@example.org,a", 2, "U+200B")]
    [InlineData("email,role\nmara@example.org,admin", 2, "no such role")]
    [InlineData("email,host\nmara@example.org,huge", 2, "no such host")]
    [InlineData("email,name\n,Mara", 2, "no e-mail address")]
    [InlineData("email,name\nmara at example,Mara", 2, "is no e-mail address")]
    [InlineData("email\nmara@example.org?", 2, "is no e-mail address")]
    [InlineData("email,name\nmara@example.org,Mara,more", 2, "more cells")]
    [InlineData("email,name\nmara@example.org,\"Mara", 2, "never closed")]
    [InlineData("email,name\nmara@example.org,\"Mara\" Weber", 2, "behind a closing quote")]
    [InlineData("mara@example.org\nMARA@example.org", 2, "in row 1 already")]
    [InlineData("mara@example.org,Mara,jonas@example.org", 1, "More than one address")]
    [InlineData("mara@example.org,a,b,c", 1, "not clear")]
    [InlineData("mara@example.org\nand then something else", 2, "no e-mail address")]
    [InlineData("| email |\n| --- |\n| mara@example.org |\nand more", 4, "does not begin with |")]
    public void Each_fault_names_its_row_and_what_to_do(string text, int row, string words)
    {
        var faulty = Assert.Single(PeopleReader.Read(text).Rows, r => r.Faults.Count > 0);
        Assert.Equal(row, faulty.Number);
        Assert.Contains(faulty.Faults, f => f.Contains(words, StringComparison.Ordinal));
    }

    [Fact]
    public void Half_a_character_is_a_fault() =>
        Assert.Contains("U+D800", Assert.Single(Assert.Single(PeopleReader.Read("email,name\nmara@example.org,a" + '\ud800' + "b").Rows).Faults), StringComparison.Ordinal);

    [Fact]
    public void What_concerns_the_whole_table_is_said_of_it()
    {
        Assert.Contains("no column of addresses", Assert.Single(PeopleReader.Read("name,role\nMara,viewer").Faults), StringComparison.Ordinal);
        Assert.Contains("nobody below it", Assert.Single(PeopleReader.Read("email,name\n").Faults), StringComparison.Ordinal);
        Assert.Contains("same meaning", Assert.Single(PeopleReader.Read("email,mail\nmara@example.org,m@example.org").Faults), StringComparison.Ordinal);
        var noted = PeopleReader.Read("email,matriculation,name\nmara@example.org,4711,Mara");
        Assert.True(IsWhole(noted));
        Assert.StartsWith("Column 2 is not used.", Assert.Single(noted.Notes), StringComparison.Ordinal);
        Assert.Empty(PeopleReader.Read(" \n\n").Rows);
    }

    [Fact]
    public void What_is_too_much_is_refused_with_the_figure()
    {
        Assert.Contains("24 KiB", Assert.Single(PeopleReader.Read(new string('a', PeopleReader.MostBytes + 1)).Faults), StringComparison.Ordinal);
        Assert.Contains("24 KiB", Assert.Single(PeopleReader.Read(new string('ä', PeopleReader.MostBytes / 2 + 1)).Faults), StringComparison.Ordinal);
        Assert.Contains("200 people", Assert.Single(PeopleReader.Read(string.Join('\n', Enumerable.Range(0, 201).Select(i => $"p{i}@example.org"))).Faults), StringComparison.Ordinal);
        Assert.Equal(200, PeopleReader.Read(string.Join('\n', Enumerable.Range(0, 200).Select(i => $"p{i}@example.org"))).Rows.Count);
        Assert.Contains("320", Assert.Single(Assert.Single(PeopleReader.Read("email,name\nm@example.org," + new string('a', 321)).Rows).Faults), StringComparison.Ordinal);
        Assert.Contains("at most 50", Assert.Single(Assert.Single(PeopleReader.Read("m@example.org" + new string(',', 60)).Rows).Faults), StringComparison.Ordinal);
    }

    [Fact]
    public void No_message_repeats_what_stands_in_the_table()
    {
        const string planted = "IGNORE-ALL";
        var table = PeopleReader.Read($"email,name,{planted},role,host\n{planted},{planted},{planted},{planted},{planted}\nmara@example.org,\"{planted}");
        Assert.All(table.Faults.Concat(table.Notes).Concat(table.Rows.SelectMany(r => r.Faults)), words => Assert.DoesNotContain(planted, words, StringComparison.Ordinal));
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public void Whatever_is_pasted_is_read_or_has_a_fault_and_nobody_is_lost(int seed)
    {
        var random = new Random(seed);
        string[] pieces = ["mara@example.org", "jonas@example.org", "Mara", "\"", ",", ";", "\t", "\n", "\r\n", "|", "\\", "viewer", "email", "name", " ", "<", ">", "\u202e", "-", "=1", "\0", "@", "é"];
        for (var i = 0; i < 2_000; i++)
        {
            var text = new StringBuilder();
            for (var n = random.Next(1, 25); n > 0; n--) text.Append(pieces[random.Next(pieces.Length)]);
            var table = PeopleReader.Read(text.ToString());
            Assert.All(table.Rows, r => Assert.True(r.Faults.Count > 0 || r.Email is not null, $"seed {seed}, case {i}: <{text}>"));
            if (IsWhole(table) && table.Rows.Count > 0) Assert.Equal(table.Rows.Count, table.Rows.Select(r => r.Email).Distinct().Count());
        }
    }

    private static IEnumerable<string?> Emails(string text)
    {
        var table = PeopleReader.Read(text);
        Assert.True(IsWhole(table));
        return table.Rows.Select(r => r.Email);
    }

    private static bool IsWhole(PeopleTable table) => table.Faults.Count == 0 && table.Rows.All(r => r.Faults.Count == 0);
}
