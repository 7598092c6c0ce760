using System.Text.Json.Nodes;
using ControlChat.Core.Files;
using Xunit;

namespace ControlChat.Tests.Core.Mcp;

/// <summary>Documents by their sections (R104-R111).</summary>
public sealed class DocumentToolTests : IAsyncLifetime
{
    private const string Report = "# Title\r\n\r\nIntro.\r\n\r\n## One\r\n\r\nOld text.\r\n\r\n## Two\r\n\r\n\tkept \u00a0 as it is  \r\n";
    private WorkspaceToolBed _bed = null!;

    public async ValueTask InitializeAsync()
    {
        _bed = await WorkspaceToolBed.OpenAsync();
        _bed.Put("reports/main.md", Report);
    }

    public async ValueTask DisposeAsync() => await _bed.DisposeAsync();

    [Fact]
    public async Task Sections_are_listed_and_read_by_either_name_of_the_tools()
    {
        var listed = await _bed.AnswerAsync("list_sections", new { path = "reports/main.md" });
        Assert.Equal(["# Title", "## One", "## Two"], listed["sections"]!.AsArray().Select(s => s!["heading"]!.GetValue<string>()));
        Assert.True(listed["sections"]![1]!["has_content"]!.GetValue<bool>());
        Assert.True(JsonNode.DeepEquals(listed, await _bed.AnswerAsync("list_report_sections", new { runid = _bed.Workspace, report_id = "main" })));
        var section = await _bed.AnswerAsync("read_section", new { path = "reports/main.md", heading_pattern = "on*" });
        Assert.Equal(("One", "## One\r\n\r\nOld text.\r\n\r\n"), (section["title"]!.GetValue<string>(), section["content"]!.GetValue<string>()));
        Assert.True(JsonNode.DeepEquals(section, await _bed.AnswerAsync("read_report_section", new { runid = _bed.Workspace, report_id = "main", heading_pattern = "One" })));
        var (code, words) = await _bed.RefusalAsync("read_section", new { path = "reports/main.md", heading_pattern = "Three" });
        Assert.Equal("no_section", code);
        Assert.Contains("'Two' (level 2, line 9, occurrence 1)", words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_replaced_section_changes_no_other_byte_and_keeps_what_was_there()
    {
        var answer = await _bed.AnswerAsync("replace_section", new { path = "reports/main.md", heading_pattern = "One", new_content = "New text.\nAnd more." });
        Assert.Equal(Report.Replace("Old text.", "New text.\r\nAnd more.", StringComparison.Ordinal), File.ReadAllText(_bed["reports/main.md"]));
        Assert.True(answer["applied"]!.GetValue<bool>());
        Assert.Contains("@@ -4,7 +4,8 @@\n \n ## One\n \n-Old text.\n+New text.\n+And more.\n \n ## Two\n \n", answer["diff"]!.GetValue<string>(), StringComparison.Ordinal);
        var backups = new BackupFolder(Path.Combine(_bed.Hub.Settings.Paths.Backups, _bed.Workspace), _bed.Hub.Time);
        Assert.Equal(Report, System.Text.Encoding.UTF8.GetString(backups.Read(answer["backup"]!.GetValue<string>())!));
        var again = await _bed.AnswerAsync("replace_report_section", new { runid = _bed.Workspace, report_id = "main", heading_pattern = "One", new_content = "New text.\nAnd more." });
        Assert.False(again["applied"]!.GetValue<bool>());
        Assert.Null(again["backup"]);
    }

    [Fact]
    public async Task The_record_knows_a_write_before_it_begins_and_never_what_was_written()
    {
        _bed.Audit.Entries.Clear();
        await _bed.AnswerAsync("read_workspace_file", new { path = "reports/main.md" });
        await _bed.AnswerAsync("replace_section", new { path = "reports/main.md", heading_pattern = "One", new_content = "Something private." });
        Assert.Equal(["read_workspace_file completed", "replace_section started", "replace_section completed"], _bed.Audit.Entries.Select(e => $"{e.Tool} {e.Outcome}"));
        Assert.All(_bed.Audit.Entries, e => Assert.Equal(("mcp.called", "workspace_agent", "acc_1", _bed.Workspace), (e.Event, e.Actor.Via, e.Actor.Account, e.WorkspaceId)));
        var rows = string.Join('\n', _bed.Audit.Entries.Select(e => e.Data.ToJsonString()));
        Assert.DoesNotContain("private", rows, StringComparison.Ordinal);
        Assert.DoesNotContain("Old text", rows, StringComparison.Ordinal);
        Assert.Equal(18, _bed.Audit.Entries[1].Data["arguments"]!["new_content"]!["characters"]!.GetValue<int>());
        Assert.NotNull(_bed.Audit.Entries[2].Data["backup"]);
    }

    [Fact]
    public async Task Without_the_record_nothing_is_written_and_nothing_is_told()
    {
        await using var bed = await WorkspaceToolBed.OpenAsync(audit: new BrokenAudit());
        bed.Put("a.md", "# A\n\nOld.\n");
        Assert.Equal("unavailable", (await bed.RefusalAsync("replace_section", new { path = "a.md", heading_pattern = "A", new_content = "New." })).Code);
        Assert.Equal("unavailable", (await bed.RefusalAsync("read_workspace_file", new { path = "a.md" })).Code);
        Assert.Equal("# A\n\nOld.\n", File.ReadAllText(bed["a.md"]));
    }

    [Fact]
    public async Task Several_edits_are_made_all_or_none()
    {
        _bed.Put("doc.md", "<!-- toc -->\n<!-- /toc -->\n\n## One\n\na\n\n## Two\n\nb\n");
        object[] edits = [new { kind = "replace_section", heading_pattern = "One", new_content = "A" }, new { kind = "replace_section", heading_pattern = "None", new_content = "B" }];
        var (_, words) = await _bed.RefusalAsync("edit_document", new { path = "doc.md", edits });
        Assert.StartsWith("Edit 2: No heading is 'None'.", words, StringComparison.Ordinal);
        Assert.Contains("\na\n", File.ReadAllText(_bed["doc.md"]), StringComparison.Ordinal);
        await _bed.AnswerAsync("edit_document", new { path = "doc.md", edits = new object[] { edits[0], new { kind = "generate_toc" } } });
        Assert.Equal("<!-- toc -->\n- [One](#one)\n- [Two](#two)\n\n<!-- /toc -->\n\n## One\n\nA\n\n## Two\n\nb\n", File.ReadAllText(_bed["doc.md"]).Replace("<!-- toc -->\n\n", "<!-- toc -->\n", StringComparison.Ordinal));
        Assert.False((await _bed.AnswerAsync("generate_toc", new { path = "doc.md" }))["applied"]!.GetValue<bool>());
        Assert.Equal("invalid", (await _bed.RefusalAsync("edit_document", new { path = "doc.md", edits = new[] { new { kind = "generate_toc", new_content = "x" } } })).Code);
    }

    [Fact]
    public async Task A_run_is_the_tokens_workspace_and_no_other()
    {
        _bed.Put("AGENTS.md", "# Agents\n\nRules.\n");
        Assert.Equal("# Agents", (await _bed.AnswerAsync("list_report_sections", new { runid = _bed.Workspace, report_id = "AGENTS" }))["sections"]![0]!["heading"]!.GetValue<string>());
        Assert.Equal(("denied", "Access denied to run ws_other"), await _bed.RefusalAsync("read_run_file", new { runid = "ws_other", path = "AGENTS.md" }));
        Assert.Equal("denied", (await _bed.RefusalAsync("replace_report_section", new { runid = "ws_other", report_id = "main", heading_pattern = "One", new_content = "x" })).Code);
        Assert.Equal("invalid", (await _bed.RefusalAsync("list_report_sections", new { runid = _bed.Workspace, report_id = "../AGENTS" })).Code);
    }

    [Theory]
    [InlineData("""{"allowed_paths":["reports","data/one.txt"]}""", true)]
    [InlineData("""{"allowed_paths":[]}""", null)]
    [InlineData("""{"goal":"x"}""", false)]
    [InlineData("""{"allowed_paths":"reports"}""", null)]
    [InlineData("""{"allowed_paths":["/etc", 7]}""", null)]
    [InlineData("[", null)]
    public async Task What_a_capsule_leaves_out_is_out_of_reach(string capsule, bool? bounded)
    {
        await using var bed = await WorkspaceToolBed.OpenAsync(capsule);
        foreach (var path in new[] { "reports/main.md", "reports2/main.md", "data/one.txt", "data/two.txt" }) bed.Put(path, "# One\n\nx\n");
        File.CreateSymbolicLink(bed["reports/link.txt"], "../data/two.txt");
        var open = new List<string>();
        foreach (var path in new[] { "reports/main.md", "./reports//main.md", "reports2/main.md", "data/one.txt", "data/two.txt", "reports/link.txt" })
            if ((await bed.CallAsync("read_workspace_file", new { path })).IsCompleted) open.Add(path);
        Assert.Equal(bounded switch { true => 3, false => 6, null => 0 }, open.Count);
        Assert.Equal(bounded is false, (await bed.CallAsync("describe_workspace_contents", new { })).IsCompleted);
        Assert.Equal(bounded is false, (await bed.CallAsync("list_workspace_files", new { })).IsCompleted);
        Assert.Equal(bounded is not null, (await bed.CallAsync("list_workspace_files", new { path = "reports" })).IsCompleted);
        Assert.Equal(bounded is false, (await bed.CallAsync("replace_section", new { path = "reports2/main.md", heading_pattern = "One", new_content = "y" })).IsCompleted);
        if (bounded is true) Assert.Contains("It may see: reports, data/one.txt.", (await bed.RefusalAsync("read_workspace_file", new { path = "data/two.txt" })).Words, StringComparison.Ordinal);
    }

    private sealed class BrokenAudit : ControlChat.Core.Audit.IAuditTrail
    {
        public Task<long> AppendAsync(ControlChat.Core.Hub.IHubTransaction transaction, ControlChat.Core.Audit.AuditEntry entry, CancellationToken cancellationToken) => AppendAsync(entry, cancellationToken);

        public Task<long> AppendAsync(ControlChat.Core.Audit.AuditEntry entry, CancellationToken cancellationToken) => throw new ControlChat.Core.Hub.HubUnavailableException("The database is away.", new IOException());
    }
}
