using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using ControlChat.Core.Settings;
using Xunit;

namespace ControlChat.Tests.Core.Mcp;

/// <summary>What the tools tell of files, and what they refuse (R97-R103).</summary>
public sealed class FileToolTests : IAsyncLifetime
{
    private WorkspaceToolBed _bed = null!;

    public async ValueTask InitializeAsync() => _bed = await WorkspaceToolBed.OpenAsync();

    public async ValueTask DisposeAsync() => await _bed.DisposeAsync();

    [Fact]
    public async Task A_file_is_read_as_a_whole_and_in_parts()
    {
        _bed.Put("notes/a.txt", "Grüße und mehr");
        var whole = await _bed.AnswerAsync("read_workspace_file", new { path = "notes/a.txt" });
        Assert.Equal(("Grüße und mehr", "utf-8", 16L), (Text(whole, "content"), Text(whole, "encoding"), whole["size"]!.GetValue<long>()));
        Assert.Null(whole["next_offset"]);
        var first = await _bed.AnswerAsync("read_workspace_file", new { path = "notes/a.txt", limit = 5 });
        var rest = await _bed.AnswerAsync("read_workspace_file", new { path = "notes/a.txt", offset = first["next_offset"]!.GetValue<long>() });
        Assert.Equal("Grüße und mehr", Text(first, "content") + Text(rest, "content"));
    }

    [Fact]
    public async Task What_is_larger_than_the_limit_of_now_is_read_in_parts_only()
    {
        _bed.Put("big.txt", new string('x', 3000));
        Assert.Equal(3000, Text(await _bed.AnswerAsync("read_workspace_file", new { path = "big.txt" }), "content").Length);
        _bed.Hub.Settings.Current = new HubOptions { Files = new FilesSection { MaxBytes = 2000 } };
        var (code, words) = await _bed.RefusalAsync("read_workspace_file", new { path = "big.txt" });
        Assert.Equal("too_large", code);
        Assert.Contains("3000 bytes, more than the 2000", words, StringComparison.Ordinal);
        Assert.Equal("too_large", (await _bed.RefusalAsync("read_run_file", new { runid = _bed.Workspace, path = "big.txt" })).Code);
        Assert.Equal("too_large", (await _bed.RefusalAsync("list_sections", new { path = "big.txt" })).Code);
        Assert.Equal(2000, Text(await _bed.AnswerAsync("read_workspace_file", new { path = "big.txt", offset = 0 }), "content").Length);
    }

    [Theory]
    [InlineData("absent.txt", "not_found", "present.txt")]
    [InlineData("folder", "invalid", "list it")]
    [InlineData("picture.png", "not_text", "a PNG image")]
    [InlineData("latin.txt", "not_text", "Latin-1")]
    [InlineData("sparse.bin", "not_text", "1073741824 bytes")]
    [InlineData("../../etc/passwd", "denied", "never goes up")]
    [InlineData("/etc/passwd", "denied", "relative to the workspace")]
    [InlineData("folder/../../x", "denied", "never goes up")]
    [InlineData("out", "denied", "outside")]
    [InlineData("out/passwd", "denied", "outside")]
    [InlineData("pipe", "invalid", "not a file")]
    [InlineData("a\0b", "invalid", "zero byte")]
    public async Task What_cannot_be_read_says_why(string path, string code, string words)
    {
        _bed.Put("presents.txt", "here");
        _bed.Put("present.txt", "here");
        _bed.Put("picture.png", [0x89, .. "PNG\r\n\x1a\n"u8, 0, 0, 0]);
        _bed.Put("latin.txt", Encoding.Latin1.GetBytes("Größe"));
        Directory.CreateDirectory(_bed["folder"]);
        File.CreateSymbolicLink(_bed["out"], "/etc");
        using (var sparse = File.Create(_bed["sparse.bin"])) sparse.SetLength(1L << 30);
        Shell("mkfifo pipe");
        var refusal = await _bed.RefusalAsync("read_workspace_file", new { path });
        Assert.Equal(code, refusal.Code);
        Assert.Contains(path == "absent.txt" ? "present.txt" : words, refusal.Words, StringComparison.Ordinal);
        Assert.DoesNotContain("root:", refusal.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Names_that_play_tricks_are_listed_so_that_they_can_be_read()
    {
        Shell(@"printf one > 'a
b'; printf two > ""$(printf 'x\xffy')""; printf three > 'back\slash'; printf four > ""$(printf '\342\200\256txt')""; printf five > '--version'");
        var listed = (await _bed.AnswerAsync("list_workspace_files", new { }))["items"]!.AsArray().Select(i => Text(i!, "path")).ToList();
        Assert.Equal(5, listed.Count);
        Assert.All(listed, name => Assert.DoesNotContain(name, char.IsControl));
        var texts = new List<string>();
        foreach (var name in listed) texts.Add(Text(await _bed.AnswerAsync("read_workspace_file", new { path = name }), "content"));
        Assert.Equal(["five", "four", "one", "three", "two"], texts.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Forty_thousand_files_are_counted_with_a_few_samples_and_listed_by_pages()
    {
        Directory.CreateDirectory(_bed["many"]);
        for (var i = 0; i < 40_000; i++) File.Create(_bed[$"many/f{i:D5}.txt"]).Dispose();
        var described = await _bed.AnswerAsync("describe_workspace_contents", new { });
        Assert.Equal(40_000, described["categories"]!["documents"]!["count"]!.GetValue<int>());
        Assert.Equal(5, described["categories"]!["documents"]!["sample_files"]!.AsArray().Count);
        Assert.InRange(Encoding.UTF8.GetByteCount(described.ToJsonString()), 1, 2048);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        string? cursor = null;
        do
        {
            var page = await _bed.AnswerAsync("list_workspace_files", cursor is null ? new { path = "many", limit = 1000 } : new { path = "many", limit = 1000, cursor });
            Assert.Equal(40_000, page["total"]!.GetValue<int>());
            seen.UnionWith(page["items"]!.AsArray().Select(i => Text(i!, "path")));
            cursor = page["next_cursor"]?.GetValue<string>();
        }
        while (cursor is not null);
        Assert.Equal(40_000, seen.Count);
    }

    [Fact]
    public async Task A_workspace_says_by_a_file_what_it_consists_of()
    {
        _bed.Put("climate/hill_1.cli", "x");
        Assert.Equal("generic", Text(await _bed.AnswerAsync("describe_workspace_contents", new { }), "profile"));
        _bed.Put(".controlchat/contents.json", """{"use":"hydrology"}""");
        var described = await _bed.AnswerAsync("describe_run_contents", new { runid = _bed.Workspace, category = "climate" });
        Assert.Equal(("hydrology", 1), (Text(described, "profile"), described["categories"]!["climate"]!["hillslope_count"]!.GetValue<int>()));
        _bed.Put(".controlchat/contents.json", """{"name":"own","categories":[{"name":"hills","files":["climate/*"]}]}""");
        Assert.Equal(1, (await _bed.AnswerAsync("describe_workspace_contents", new { }))["categories"]!["hills"]!["count"]!.GetValue<int>());
        _bed.Put(".controlchat/contents.json", "{");
        Assert.Contains("is no profile", (await _bed.RefusalAsync("describe_workspace_contents", new { })).Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_tool_takes_what_its_schema_does_not_name()
    {
        foreach (var tool in _bed.Tools.All)
        {
            var outcome = await _bed.CallAsync(tool.Definition.Name, new { surprise = 1 });
            Assert.Equal((tool.Definition.Name, "unknown_field"), (tool.Definition.Name, outcome.Code));
        }
        Assert.Equal("invalid", (await _bed.RefusalAsync("read_workspace_file", new { path = 1 })).Code);
        Assert.Equal("invalid", (await _bed.RefusalAsync("list_workspace_files", new { limit = 0 })).Code);
        Assert.Equal("invalid", (await _bed.RefusalAsync("read_workspace_file", new[] { 1 })).Code);
        Assert.Null(await _bed.Tools.CallAsync(await _bed.CallerAsync(), "no_such_tool", default, default));
    }

    private void Shell(string command)
    {
        using var shell = Process.Start(new ProcessStartInfo("sh", ["-c", command]) { WorkingDirectory = _bed.Root })!;
        shell.WaitForExit();
        Assert.Equal(0, shell.ExitCode);
    }

    private static string Text(JsonNode from, string name) => from[name]!.GetValue<string>();
}
