using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ControlChat.Harness;
using ControlChat.Journeys.Browsing;
using ControlChat.ScriptedModel;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace ControlChat.Journeys;

/// <summary>The smoke test of the README ("Try it with an agent"), step by step, with the real CLI and a scripted model.</summary>
public sealed partial class SmokeJourney(Browser browser)
{
    private const string Server = "mcp__workspace";
    private const string Readme = "---\ntitle: Gauge\n---\n\n# Gauge\n\n## Introduction\n\nOld words.\n\n## Use\n\n\tkept\n";
    private const string Words = "The gauge measures the river.";
    private const float Patience = 60_000;

    [Fact]
    public async Task R171_an_agent_lists_reads_and_replaces_a_section_and_reaches_nothing_else()
    {
        await using var model = await ScriptedModelServer.StartAsync();
        await using var hub = await HubProcess.StartAsync(new Dictionary<string, string> { ["Model:Endpoint"] = model.Url, ["Model:Name"] = "gpt-own", ["Sessions:Codex:Path"] = CodexCli.Path });
        var (mine, other) = await CreateAsync(hub);
        var folder = Directory.CreateDirectory(Path.Combine(hub.WorkspacesRoot, mine)).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "README.md"), Readme);
        await File.WriteAllTextAsync(Path.Combine(folder, "config.toml"), "station = \"Rhine 7\"\n");
        await browser.VisitAsync(hub, async visit =>
        {
            var page = visit.Page;
            // 1
            await visit.GoAsync("/sessions");
            await page.GetByRole(AriaRole.Button, new() { Name = "New session" }).First.ClickAsync();
            await page.GetByLabel("Workspace", new() { Exact = true }).SelectOptionAsync(new SelectOptionValue { Value = mine });
            await page.GetByRole(AriaRole.Button, new() { Name = "Start", Exact = true }).ClickAsync();
            await Expect(page).ToHaveURLAsync(SessionAddress());
            await Expect(page.GetByText("Agent session initialized. You can start chatting.")).ToBeVisibleAsync(new() { Timeout = Patience });
            // 2 to 4
            await SayAsync(page, model, "List the files here.", "list_workspace_files", new { }, "There are README.md and config.toml.");
            await SayAsync(page, model, "Read config.toml.", "read_workspace_file", new { path = "config.toml" }, "The station is Rhine 7.");
            await SayAsync(page, model, "Show the sections of README.md.", "list_sections", new { path = "README.md" }, "Gauge, Introduction, Use.");
            Assert.Contains("Rhine 7", model.Transcript, StringComparison.Ordinal);
            // 5
            await ReplaceAsync(page, model);
            await page.GetByRole(AriaRole.Button, new() { Name = "Decline" }).ClickAsync();
            await page.GetByRole(AriaRole.Button, new() { Name = "Decline this request" }).ClickAsync();
            await SaidAsync(page, "Done or not.");
            Assert.Equal(Readme, await File.ReadAllTextAsync(Path.Combine(folder, "README.md")));
            // 6
            await ReplaceAsync(page, model);
            await Approving.ApproveAsync(page.Locator("main"));
            await SaidAsync(page, "Done or not.");
            Assert.Equal(Readme.Replace("Old words.", Words, StringComparison.Ordinal), await File.ReadAllTextAsync(Path.Combine(folder, "README.md")));
            var change = page.GetByRole(AriaRole.Group, new() { Name = "Changed document" });
            await Expect(change).ToHaveCountAsync(1);
            await Expect(change.Locator(".m")).ToHaveTextAsync("-Old words.");
            await Expect(change).ToContainTextAsync("What was there before is kept as");
            await visit.ShotsAsync("smoke-replaced", "[aria-label='Changed document']");
            // 7
            await SayAsync(page, model, "Read a file of the other workspace.", "read_run_file", new { runid = other, path = "README.md" }, "I may not.");
            Assert.Contains($"Access denied to run {other}", model.Transcript, StringComparison.Ordinal);
            // 8
            await page.GetByRole(AriaRole.Button, new() { Name = "Stop session" }).ClickAsync();
            await Expect(page.GetByText("Session ended. Start another one to go on.")).ToBeVisibleAsync(new() { Timeout = Patience });
            Assert.True(await Soon.HoldsAsync(() => Task.FromResult(ProcessList.With(Path.Combine(hub.DataDirectory, "agents")).Count == 0)), "the agent lives on");
        });
    }

    private static async Task SayAsync(IPage page, ScriptedModelServer model, string text, string tool, object arguments, string answer)
    {
        model.Enqueue(Reply.CallIn(Server, tool, arguments), Reply.Text(answer));
        await TypeAsync(page, text);
        await SaidAsync(page, answer);
        await Expect(page.Locator("details.tool").Last).ToContainTextAsync(tool);
    }

    private static async Task ReplaceAsync(IPage page, ScriptedModelServer model)
    {
        model.Enqueue(Reply.CallIn(Server, "replace_section", new { path = "README.md", heading_pattern = "Introduction", new_content = Words }), Reply.Text("Done or not."));
        await TypeAsync(page, "Replace the introduction of README.md.");
        await Expect(page.Locator("[data-approve]")).ToBeVisibleAsync(new() { Timeout = Patience });
        await Expect(page.Locator("[data-decision]").Last).ToContainTextAsync(Words);
    }

    private static async Task TypeAsync(IPage page, string text)
    {
        await page.GetByRole(AriaRole.Textbox, new() { Name = "Message to the agent" }).FillAsync(text);
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator(".msg.me").Last).ToContainTextAsync(text);
    }

    private static Task SaidAsync(IPage page, string text) => Expect(page.Locator(".msg").Last).ToContainTextAsync(text, new() { Timeout = Patience });

    private static async Task<(string Mine, string Other)> CreateAsync(HubProcess hub)
    {
        var (code, token, errors) = await hub.RunAsync("token", "create", "--name", "smoke", "--scopes", "read,write");
        Assert.True(code == 0, errors);
        using var client = HubClient.WithToken(hub.Url, token.Trim());
        var made = new List<string>();
        foreach (var title in new[] { "gauge", "other" })
        {
            var answer = await client.CallAsync("workspace.create", new JsonObject { ["title"] = title });
            Assert.True(answer.Status == 200, answer.Text);
            made.Add(answer.Json["plan"]!["effects"]![0]!["resource"]!.GetValue<string>()["workspace/".Length..]);
        }
        return (made[0], made[1]);
    }

    [GeneratedRegex("/sessions/ags_[0-9a-f]+$")]
    private static partial Regex SessionAddress();
}
