using System.Text.Json.Nodes;
using ControlChat.Core.Files;
using ControlChat.Core.Sessions.Tokens;
using ControlChat.Core.Settings;
using ControlChat.ScriptedModel;
using ControlChat.Tests.App.Sessions;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.Mcp;

/// <summary>The real CLI in a session: it reads by itself, and a person decides what it writes.</summary>
public sealed class CodexToolsTests
{
    private const string Server = "mcp__workspace";
    private const string Readme = "# Place\n\nWhat it is.\n\n## Status\n\nOld.\n\n## Rest\n\n\tkept\n";

    [Fact]
    public async Task An_agent_reads_by_itself_and_writes_what_a_person_accepts()
    {
        await using var hub = await SessionHub.StartAsync();
        await File.WriteAllTextAsync(Path.Combine(hub.Directory, "README.md"), Readme);
        object replace = new { path = "README.md", heading_pattern = "Status", new_content = "All is well." };
        hub.Bench.Model.Enqueue(
            Reply.CallIn(Server, "read_workspace_file", new { path = "README.md" }), Reply.CallIn(Server, "replace_section", replace), Reply.CallIn(Server, "replace_section", replace), Reply.Text("It is done."));
        var id = await hub.BeginAsync("Write the status.");
        await AnswerAsync(hub, id, "decline");
        Assert.Equal(Readme, await File.ReadAllTextAsync(Path.Combine(hub.Directory, "README.md")));
        Assert.Contains("What it is.", hub.Bench.Model.Requests[1].Request.Raw, StringComparison.Ordinal);
        await AnswerAsync(hub, id, "accept");
        await hub.SaidAsync(id, "It is done.");
        Assert.Equal(Readme.Replace("Old.", "All is well.", StringComparison.Ordinal), await File.ReadAllTextAsync(Path.Combine(hub.Directory, "README.md")));
        var paths = hub.Hub.Services.GetRequiredService<HubPaths>();
        var backups = new BackupFolder(Path.Combine(paths.Backups, hub.Workspace), TimeProvider.System);
        Assert.True(WorkspacePath.TryRead("README.md", out var path, out _));
        Assert.Equal(Readme, System.Text.Encoding.UTF8.GetString(backups.Read(Assert.Single(backups.Of(path)))!));
        var token = await hub.Hub.Services.GetRequiredService<AgentTokens>().IssueAsync(id, AgentScopes.All, default);
        (await hub.Hub.Browser.DeleteAsync(new Uri($"/api/v1/sessions/{id}", UriKind.Relative))).Dispose();
        using var ended = new HttpRequestMessage(HttpMethod.Post, McpBench.Path) { Content = new StringContent(McpBench.Initialize().ToJsonString(), System.Text.Encoding.UTF8, "application/json") };
        ended.Headers.Authorization = new("Bearer", token);
        using var refused = await hub.Hub.Anonymous.SendAsync(ended);
        Assert.Equal(401, (int)refused.StatusCode);
        // Neither the agent nor its model has seen the token or the handle.
        Assert.All(hub.Bench.Model.Requests, r => Assert.DoesNotContain("eyJ", r.Request.Raw, StringComparison.Ordinal));
        Assert.All(hub.Bench.Model.Requests, r => Assert.DoesNotContain("cch_", r.Request.Raw, StringComparison.Ordinal));
    }

    private static async Task AnswerAsync(SessionHub hub, string id, string answer)
    {
        var approval = await Waiting.ForAsync(async () => (await TestHub.JsonAsync(hub.Hub.Browser, "/api/v1/approvals?status=pending"))["items"]!.AsArray().SingleOrDefault(), TimeSpan.FromSeconds(60), $"{id} asks");
        Assert.Equal(("agent_tool", id), (approval["kind"]!.GetValue<string>(), approval["session_id"]!.GetValue<string>()));
        var subject = approval["subject"]!;
        Assert.Equal(("workspace", "replace_section"), (subject["server"]!.GetValue<string>(), subject["tool"]!.GetValue<string>()));
        Assert.True(JsonNode.DeepEquals(new JsonObject { ["path"] = "README.md", ["heading_pattern"] = "Status", ["new_content"] = "All is well." }, subject["arguments"]), subject.ToJsonString());
        var path = $"/api/v1/approvals/{approval["id"]!.GetValue<string>()}";
        var token = (await TestHub.JsonAsync(hub.Hub.Browser, path))["confirm_token"]!.GetValue<string>();
        Assert.Equal(200, (await TestHub.PostAsync(hub.Hub.Browser, path + "/approve", new { confirm_token = token, answer })).Status);
    }
}
