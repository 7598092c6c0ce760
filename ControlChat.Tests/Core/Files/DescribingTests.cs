using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Files;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Files;

public sealed class DescribingTests : IDisposable
{
    // Behind every change: the times of directories come from the kernel.
    private readonly FakeTime _time = new(TimeProvider.System.GetUtcNow().AddMinutes(1));
    private readonly FileTree _tree;
    private int _changes;

    public DescribingTests() => _tree = new FileTree(_time);

    public void Dispose() => _tree.Dispose();

    [Fact]
    public void Files_are_counted_by_category_with_five_samples_and_never_listed()
    {
        for (var i = 0; i < 30; i++) _tree.Put($"notes/n{i:00}.MD");
        _tree.Put("data/a.csv");
        _tree.Put("run.tar.gz");
        _tree.Put("strange.xyz");
        _tree.Put("Makefile");
        var json = Describe(ContentProfile.Generic);
        Assert.Equal((34, 2), (json["files"]!.GetValue<int>(), json["directories"]!.GetValue<int>()));
        Assert.Equal(["documents", "data", "settings", "archives", "other"], json["categories"]!.AsObject().Select(c => c.Key));
        Assert.Equal(30, json["categories"]!["documents"]!["count"]!.GetValue<int>());
        Assert.Equal(["notes/n00.MD", "notes/n01.MD", "notes/n02.MD", "notes/n03.MD", "notes/n04.MD"], json["categories"]!["documents"]!["sample_files"]!.AsArray().Select(s => s!.GetValue<string>()));
        Assert.Equal(["strange.xyz"], json["categories"]!["other"]!["sample_files"]!.AsArray().Select(s => s!.GetValue<string>()));
    }

    [Fact]
    public void The_hydrology_profile_tells_what_a_run_consists_of()
    {
        foreach (var i in Enumerable.Range(1, 7)) _tree.Put($"climate/hill_{i}.cli");
        _tree.Put("climate/monthlies.txt");
        foreach (var i in Enumerable.Range(1, 3)) _tree.Put($"wepp/output/H{i}.hill.txt");
        _tree.Put("wepp/output/C1.chan.txt");
        _tree.Put("wepp/output/daily.txt");
        _tree.Put("reports/first.md");
        _tree.Put("watershed/watershed.json", """{"delineation_method": "topaz", "subcatchment_count": 12}""");
        _tree.Put("landuse/landuse.json", """{"db_name": "nlcd", "has_burns": true, "domlc": {"1": "42", "2": "42", "3": "71"}}""");
        _tree.Put("soils/soils.json", """{"db_name": 5, "dommukey": [1, 2, 2]}""");
        var categories = Describe(ContentProfile.Hydrology)["categories"]!;
        AssertSame("""{"count":7,"sample_files":["climate/hill_1.cli","climate/hill_2.cli","climate/hill_3.cli","climate/hill_4.cli","climate/hill_5.cli"],"hillslope_count":7,"has_monthlies":true,"sample_ids":["1","2","3","4","5"]}""", categories["climate"]);
        Assert.Equal((3, 1, true), (categories["wepp"]!["hillslope_count"]!.GetValue<int>(), categories["wepp"]!["channel_count"]!.GetValue<int>(), categories["wepp"]!["has_daily_output"]!.GetValue<bool>()));
        AssertSame("""{"count":1,"sample_files":["reports/first.md"],"ids":["first"],"status":null}""", categories["reports"]);
        Assert.Equal(("topaz", 12), (categories["watershed"]!["delineation_method"]!.GetValue<string>(), categories["watershed"]!["subcatchment_count"]!.GetValue<int>()));
        AssertSame("""{"count":1,"sample_files":["landuse/landuse.json"],"db_name":"nlcd","has_burns":true,"dominant_types":["42","71"]}""", categories["landuse"]);
        AssertSame("""["2","1"]""", categories["soils"]!["dominant_mukeys"]);
        Assert.Equal(["reports"], Describe(ContentProfile.Hydrology, "reports")["categories"]!.AsObject().Select(c => c.Key));
    }

    [Fact]
    public void The_answer_is_short_whatever_the_names_are()
    {
        foreach (var extension in new[] { "md", "csv", "py", "toml", "png", "zip", "log", "xyz" })
        {
            var deep = string.Join('/', Enumerable.Repeat(new string('東', 60), 5));
            for (var i = 0; i < 8; i++) _tree.Put($"{deep}/{new string('\u202E', 40)}{i}.{extension}");
        }
        var json = Assert.IsType<ContentDescription.Summary>(_tree.Files.Describe(ContentProfile.Generic)).Json;
        Assert.InRange(Encoding.UTF8.GetByteCount(json), 200, ContentDescription.MostBytes);
        Assert.Equal(8, JsonNode.Parse(json)!["categories"]!.AsObject().Count);
        var wide = new ContentProfile("wide", [.. Enumerable.Range(0, 50).Select(i => new ContentCategory(new string('n', 100) + i, ["**/*.md"]))]);
        Assert.InRange(Encoding.UTF8.GetByteCount(Assert.IsType<ContentDescription.Summary>(_tree.Files.Describe(wide)).Json), 200, ContentDescription.MostBytes);
    }

    [Fact]
    public void A_summary_stands_until_a_directory_or_a_file_it_rests_on_changes()
    {
        Put("watershed/watershed.json", """{"delineation_method": "topaz"}""");
        Put("climate/a.cli", "");
        Assert.True(Scanned());
        Assert.False(Scanned());
        Put("climate/b.cli", "");
        Assert.True(Scanned());
        Assert.False(Scanned());
        Put("watershed/watershed.json", """{"delineation_method": "other"}""");
        Assert.True(Scanned());
        Assert.Equal("other", Describe(ContentProfile.Hydrology)["categories"]!["watershed"]!["delineation_method"]!.GetValue<string>());
        Directory.Delete(_tree["climate"], recursive: true);
        Age(_tree.Root);
        Assert.True(Scanned());
    }

    [Fact]
    public void Of_a_tree_with_many_directories_a_summary_stands_for_five_seconds_and_says_so()
    {
        for (var i = 0; i <= ContentDescriber.MostChecked; i++) _tree.Put($"d{i}/a.md");
        Assert.Equal("may be 5 s old", Describe(ContentProfile.Generic)["checked"]!.GetValue<string>());
        _tree.Put("new.md");
        Assert.Equal(ContentDescriber.MostChecked + 1, Describe(ContentProfile.Generic)["files"]!.GetValue<int>());
        _time.Advance(ContentDescriber.Shelf);
        Assert.Equal(ContentDescriber.MostChecked + 2, Describe(ContentProfile.Generic)["files"]!.GetValue<int>());
    }

    [Fact]
    public void A_tree_that_is_too_deep_is_described_as_far_as_it_goes()
    {
        _tree.Put(string.Join('/', Enumerable.Repeat("d", ContentScan.MostDepth + 3)) + "/a.md");
        _tree.Put("b.md");
        var json = Describe(ContentProfile.Generic);
        Assert.Equal((1, 1), (json["files"]!.GetValue<int>(), json["not_looked_into"]!.GetValue<int>()));
    }

    [Theory]
    [InlineData("*.md", "a.MD", true, "a")]
    [InlineData("H*.hill.txt", "H12.hill.txt", true, "12")]
    [InlineData("*daily*", "x_daily_y.txt", true, "x_")]
    [InlineData("p?.slp", "p1.slp", true, "")]
    [InlineData("p?.slp", "p12.slp", false, "")]
    [InlineData("*", ".hidden", true, ".hidden")]
    [InlineData("a*b*c", "aXbYbZc", true, "X")]
    [InlineData("a*b*c", "aXbYbZ", false, "")]
    [InlineData("*.md", "md", false, "")]
    public void Globs_match_names(string glob, string name, bool matches, string stood)
    {
        Assert.Equal(matches, new NameGlob(glob).Matches(Encoding.UTF8.GetBytes(name), out var found));
        Assert.Equal(stood, Encoding.UTF8.GetString(found));
    }

    [Fact]
    public void A_profile_with_faults_says_where_and_an_unknown_category_says_which_there_are()
    {
        Assert.Throws<JsonException>(() => ContentProfile.Read("""{"name":"x","categories":[{"name":"a","fields":[{"name":"f","kind":"count"}]}]}"""));
        Assert.Throws<JsonException>(() => ContentProfile.Read("""{"name":"x","categories":[{"name":"a","file":"*"}]}"""));
        Assert.Throws<JsonException>(() => ContentProfile.Read("""{"name":"x"}"""));
        Assert.Contains("documents, data", Assert.IsType<ContentDescription.Refused>(_tree.Files.Describe(ContentProfile.Generic, "nosuch")).Refusal.Why, StringComparison.Ordinal);
    }

    private bool Scanned() => Assert.IsType<ContentDescription.Summary>(_tree.Files.Describe(ContentProfile.Hydrology)).Scanned;

    private void Put(string path, string content)
    {
        _tree.Put(path, content);
        Age(_tree[path]);
        Age(Path.GetDirectoryName(_tree[path])!);
    }

    // Two changes within one tick of an older kernel's clock would look like one.
    private void Age(string path) => File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch.AddMinutes(++_changes));

    private JsonNode Describe(ContentProfile profile, string? category = null)
    {
        var json = Assert.IsType<ContentDescription.Summary>(_tree.Files.Describe(profile, category)).Json;
        Assert.InRange(Encoding.UTF8.GetByteCount(json), 0, ContentDescription.MostBytes);
        return JsonNode.Parse(json)!;
    }

    private static void AssertSame(string expected, JsonNode? actual) => Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), actual), actual?.ToJsonString());
}
