using System.Text.Json;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Tokens;
using ControlChat.Tests.Core.Sessions;
using Xunit;

namespace ControlChat.Tests.Core.Mcp;

/// <summary>Whom the door to the workspace tools lets in, and until when.</summary>
public sealed class WorkspaceGateTests : IAsyncLifetime
{
    private WorkspaceToolBed _bed = null!;

    public async ValueTask InitializeAsync()
    {
        _bed = await WorkspaceToolBed.OpenAsync();
        _bed.Put("a.md", "# A\n\nText.\n");
    }

    public async ValueTask DisposeAsync() => await _bed.DisposeAsync();

    [Fact]
    public async Task A_good_token_is_let_in_and_a_bad_one_hears_the_words_of_the_contract()
    {
        var token = (await _bed.TokenAsync())!;
        Assert.Equal(_bed.Session.Id, Assert.IsType<WorkspaceEntry.Allowed>(await _bed.Gate.EnterAsync(token, default)).Caller.Session.Id);
        Assert.Equal("No agent token found", await WordsAsync(null));
        Assert.Equal("No agent token found", await WordsAsync(""));
        foreach (var bad in new[] { "x", token[..^4] + "AAAA", token + "x", "cct_" + new string('a', 43), token.Split('.')[0] + ".." }) Assert.Equal("Token validation failed", await WordsAsync(bad));
        _bed.Hub.Time.Advance(AgentTokens.Life);
        Assert.Equal("Token validation failed", await WordsAsync(token));
    }

    [Fact]
    public async Task Every_call_counts_for_who_the_agent_acts_for_and_made_up_names_as_one()
    {
        Assert.True((await _bed.CallAsync("read_workspace_file", new { path = "a.md" })).IsCompleted);
        Assert.False((await _bed.CallAsync("read_workspace_file", new { path = "none.md" })).IsCompleted);
        foreach (var name in new[] { "made_up", "made_up_too" }) Assert.Null(await _bed.Tools.CallAsync(await _bed.CallerAsync(), name, default, default));

        var counted = _bed.Usage.Take(100).GroupBy(t => (t.Key.Account, t.Key.Kind, t.Key.Name)).Select(g => (g.Key.Account, g.Key.Kind, g.Key.Name, g.Sum(t => t.Sum.Calls), g.Sum(t => t.Sum.Errors))).Order();
        Assert.Equal([("acc_1", "agent_tool", "read_workspace_file", 2L, 1L), ("acc_1", "agent_tool", "unknown", 2L, 2L)], counted);
    }

    [Fact]
    public async Task The_token_is_worth_nothing_after_the_sessions_end()
    {
        var token = await _bed.TokenAsync();
        await SessionBench.EndAsync(_bed.Hub.Database, _bed.Session.Id);
        Assert.Equal("Token validation failed", await WordsAsync(token));
    }

    [Theory]
    [InlineData("update workspaces set state = 'archived'")]
    [InlineData("delete from workspace_members")]
    [InlineData("update workspace_members set role = 'viewer'")]
    [InlineData("update accounts set closed_at = hub_now()")]
    public async Task Who_may_no_more_may_no_more_at_the_next_request(string loss)
    {
        var token = await _bed.TokenAsync();
        Assert.IsType<WorkspaceEntry.Allowed>(await _bed.Gate.EnterAsync(token, default));
        await _bed.Hub.WriteAsync(t => t.ExecuteAsync(loss, null, default));
        Assert.Equal("revoked", Assert.IsType<WorkspaceEntry.Refused>(await _bed.Gate.EnterAsync(token, default)).Reason);
    }

    [Theory]
    [InlineData("hub")]
    [InlineData("workspace")]
    [InlineData("agent")]
    public async Task A_stop_switch_stops_every_tool_and_not_the_connection(string scope)
    {
        await _bed.Hub.WriteAsync(t => t.ExecuteAsync("insert into freezes (id, scope, target, reason, set_by, set_at) values ('frz_1', @scope, @target, 'Drill.', 'acc_1', hub_now())",
            new { scope, target = scope switch { "workspace" => _bed.Workspace, "agent" => "workspace_agent", _ => null } }, default));
        var refused = await _bed.CallAsync("read_workspace_file", new { path = "a.md" });
        Assert.Equal("frozen", refused.Status);
        Assert.Contains("Drill.", refused.Words, StringComparison.Ordinal);
        Assert.Equal("frozen", (await _bed.CallAsync("replace_section", new { path = "a.md", heading_pattern = "A", new_content = "x" })).Status);
        Assert.Equal("# A\n\nText.\n", File.ReadAllText(_bed["a.md"]));
        await _bed.Hub.WriteAsync(t => t.ExecuteAsync("update freezes set lifted_at = hub_now()", null, default));
        Assert.True((await _bed.CallAsync("read_workspace_file", new { path = "a.md" })).IsCompleted);
    }

    [Theory]
    [InlineData("replace_section")]
    [InlineData("replace_report_section")]
    public async Task A_stop_switch_of_one_tool_stops_it_by_all_its_names_and_no_other(string target)
    {
        var caller = await _bed.CallerAsync();
        await FreezeToolAsync(target);
        // Whoever came in before it was set is stopped too.
        var refused = await _bed.CallAsync("replace_section", new { path = "a.md", heading_pattern = "A", new_content = "x" }, caller);
        Assert.Equal(("frozen", "frozen"), (refused.Status, refused.Code));
        Assert.Contains($"tool {target} is stopped. Drill.", refused.Words, StringComparison.Ordinal);
        Assert.Equal("frozen", (await _bed.CallAsync("replace_report_section", new { runid = _bed.Workspace, report_id = "AGENTS", heading_pattern = "A", new_content = "x" }, caller)).Status);
        Assert.Equal("# A\n\nText.\n", File.ReadAllText(_bed["a.md"]));
        Assert.True((await _bed.CallAsync("read_section", new { path = "a.md", heading_pattern = "A" }, caller)).IsCompleted);
        await _bed.Hub.WriteAsync(t => t.ExecuteAsync("update freezes set lifted_at = hub_now()", null, default));
        Assert.True((await _bed.CallAsync("replace_section", new { path = "a.md", heading_pattern = "A", new_content = "x" }, caller)).IsCompleted);
    }

    [Fact]
    public async Task A_tool_at_work_ends_when_its_switch_is_set()
    {
        var begun = new TaskCompletionSource();
        var calling = _bed.Gate.CallAsync(await _bed.CallerAsync(), new WorkspaceCall("slow", AgentScopes.FilesRead, false, default), async stop =>
        {
            begun.SetResult();
            await Task.Delay(Timeout.Infinite, stop);
            return [];
        }, default);
        await begun.Task;
        await FreezeToolAsync("slow");
        _bed.Hub.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("frozen", (await calling.WaitAsync(TimeSpan.FromSeconds(30))).Status);
    }

    [Fact]
    public async Task A_session_has_the_tools_that_its_profile_names()
    {
        var caller = await _bed.CallerAsync();
        Assert.Equal(_bed.Tools.All, _bed.Tools.OfferedTo(caller));
        Profile("tools: [files, replace_report_section]");
        Assert.Equal(
            ["describe_run_contents", "describe_workspace_contents", "list_run_files", "list_workspace_files", "read_run_file", "read_workspace_file", "replace_report_section", "replace_section"],
            _bed.Tools.OfferedTo(caller).Select(t => t.Definition.Name).Order());
        Assert.True((await _bed.CallAsync("replace_section", new { path = "a.md", heading_pattern = "A", new_content = "x" }, caller)).IsCompleted);
        var refused = await _bed.CallAsync("read_section", new { path = "a.md", heading_pattern = "A" }, caller);
        Assert.Equal(("denied", "tool_not_offered"), (refused.Status, refused.Code));
        Assert.Contains("replace_section", refused.Words, StringComparison.Ordinal);
        Assert.Equal("tool_not_offered", (await _bed.CallAsync("read_report_section", new { runid = _bed.Workspace, report_id = "a", heading_pattern = "A" }, caller)).Code);
        Assert.Contains(_bed.Audit.Entries, e => e is { Event: "tool.denied", Tool: "read_section" });
        // One that is not there any more has none.
        Profile("tools: []", name: "another");
        Assert.Equal(_bed.Tools.All, _bed.Tools.OfferedTo(caller));
        Assert.Empty(_bed.Tools.OfferedTo(caller with { Session = caller.Session with { Profile = "gone" } }));
    }

    [Fact]
    public void Every_tool_is_in_one_module()
    {
        var named = ControlChat.Core.Mcp.McpServices.Modules.Values.SelectMany(t => t).Order();
        Assert.Equal(_bed.Tools.All.Select(t => t.Definition.Tool).Distinct().Order(), named);
        Assert.DoesNotContain(ControlChat.Core.Mcp.McpServices.Modules.Keys, _bed.Tools.Has);
    }

    [Fact]
    public async Task A_token_that_reads_writes_nothing()
    {
        var reader = await _bed.CallerAsync(AgentScopes.FilesRead);
        Assert.True((await _bed.CallAsync("read_workspace_file", new { path = "a.md" }, reader)).IsCompleted);
        foreach (var tool in _bed.Tools.All.Where(t => !t.Definition.IsReadOnly))
            Assert.Equal("scope_missing", (await _bed.CallAsync(tool.Definition.Name, new { }, reader)).Code);
        var writer = await _bed.CallerAsync(AgentScopes.DocumentsWrite);
        Assert.Equal("scope_missing", (await _bed.CallAsync("read_workspace_file", new { path = "a.md" }, writer)).Code);
    }

    [Fact]
    public async Task Too_many_calls_wait_and_leave_few_rows()
    {
        var caller = await _bed.CallerAsync();
        var outcomes = new List<string>();
        for (var i = 0; i < WorkspaceGate.CallsAtOnce + 50; i++) outcomes.Add((await _bed.CallAsync("read_workspace_file", new { path = "a.md" }, caller)).Status);
        Assert.Equal(WorkspaceGate.CallsAtOnce, outcomes.Count(o => o == "completed"));
        Assert.Equal(50, outcomes.Count(o => o == "rate_limited"));
        Assert.Equal(("tool.denied", "rate_limited", "tools"), Single("tool.denied"));
        _bed.Hub.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("completed", (await _bed.CallAsync("read_workspace_file", new { path = "a.md" })).Status);
    }

    [Fact]
    public async Task A_thousand_refused_tokens_are_one_row()
    {
        for (var i = 0; i < 1000; i++) await _bed.Gate.EnterAsync("x.y.z", default);
        Assert.Equal(("tool.denied", "denied", "tools"), Single("tool.denied"));
    }

    [Fact]
    public async Task Arguments_stand_on_the_record_without_secrets_and_bounded()
    {
        await _bed.CallAsync("read_workspace_file", new { path = "notes?password=hunter2222&x=1 " + new string('y', 2000) });
        var arguments = _bed.Audit.Entries[^1].Data["arguments"]!.ToJsonString();
        Assert.DoesNotContain("hunter2222", arguments, StringComparison.Ordinal);
        Assert.InRange(arguments.Length, 1, 700);
        await _bed.Tools.CallAsync(await _bed.CallerAsync(), "read_workspace_file", JsonElement.Parse("""{"path":"\ud800"}"""), default);
        Assert.Contains("not canonical", _bed.Audit.Entries[^1].Data["arguments"]!.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tool_that_breaks_shows_a_reference_and_nothing_of_the_machine()
    {
        var outcome = await _bed.Gate.CallAsync(await _bed.CallerAsync(), new WorkspaceCall("x", AgentScopes.FilesRead, false, default), _ => throw new IOException("/secret/place"), default);
        Assert.Matches(@"^The tool failed \(ref [0-9a-f]{8}\)\.$", outcome.Words);
        Assert.Equal("failed", _bed.Audit.Entries[^1].Outcome);
        Assert.Equal("unavailable", (await _bed.Gate.CallAsync(await _bed.CallerAsync(), new WorkspaceCall("x", AgentScopes.FilesRead, false, default), _ => throw new HubUnavailableException("away", new IOException()), default)).Status);
    }

    private (string Event, string Outcome, string Asked) Single(string name)
    {
        var row = Assert.Single(_bed.Audit.Entries, e => e.Event == name);
        return (row.Event, row.Outcome, row.Data["asked"]!.GetValue<string>());
    }

    private async Task<string> WordsAsync(string? token) => Assert.IsType<WorkspaceEntry.Refused>(await _bed.Gate.EnterAsync(token, default)).Words;

    private void Profile(string line, string? name = null)
    {
        var folder = Path.Combine(_bed.Hub.Settings.Paths.DataDirectory, "profiles");
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "own.md"), $"---\nname: {name ?? _bed.Session.Profile}\n{line}\n---\nWork.\n");
    }

    private Task<int> FreezeToolAsync(string tool) => _bed.Hub.WriteAsync(t => t.ExecuteAsync(
        "insert into freezes (id, scope, target, reason, set_by, set_at) values ('frz_1', 'tool', @tool, 'Drill.', 'acc_1', hub_now())", new { tool }, default));
}
