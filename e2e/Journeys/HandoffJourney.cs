using ControlChat.Harness;
using ControlChat.Journeys.Browsing;
using ControlChat.ScriptedModel;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace ControlChat.Journeys;

/// <summary>A task handed over in a conversation to the real CLI, watched, answered and opened in a browser (R56).</summary>
public sealed class HandoffJourney(Browser browser)
{
    private const string Hand = "handoff_to_workspace_agent";
    private static readonly float Patience = 90_000;

    [Fact]
    public async Task R56_an_agent_fetches_a_repository_creates_a_file_and_the_person_opens_what_it_made()
    {
        await using var git = await GitServer.StartAsync();
        await using var model = await ScriptedModelServer.StartAsync();
        model.Handler = request => Answer(request, $"http://{git.Host}/repo.git");
        await using var hub = await HubProcess.StartAsync(new Dictionary<string, string>
        {
            ["Model:Endpoint"] = model.Url,
            ["Model:Name"] = "gpt-own",
            ["Sessions:Codex:Path"] = CodexCli.Path,
            ["Sessions:GitHosts:0"] = git.Host,
        });
        await browser.VisitAsync(hub, async visit =>
        {
            var page = visit.Page;
            await SayAsync(page, "/create river-gauge");
            await Expect(page.Locator(".card.receipt")).ToHaveCountAsync(1);
            await SayAsync(page, "Clone the gauge repository into river-gauge, create a codex.chat there and open it.");
            var card = page.Locator("[data-handoff]");
            await Expect(card).ToBeVisibleAsync(new() { Timeout = Patience });
            await Expect(card.GetByText("Waits for you")).ToBeVisibleAsync(new() { Timeout = Patience });
            await Expect(card.Locator(".asked")).ToContainTextAsync("fetch_repository");
            await RulesAsync(visit, "handoff-fetches");
            await Approving.ApproveAsync(card);
            await Expect(card.Locator(".asked pre", new() { HasTextString = "notes.md" })).ToBeVisibleAsync(new() { Timeout = Patience });
            await Expect(card.Locator(".steps").First).ToContainTextAsync("codex.chat");
            await RulesAsync(visit, "handoff-waits");
            await Approving.ApproveAsync(card);

            await Expect(card).ToContainTextAsync("Delivered 3 of 3.", new() { Timeout = Patience });
            await Expect(card.Locator(".report")).ToContainTextAsync("I fetched the repository and created codex.chat and notes.md.");
            await RulesAsync(visit, "handoff-done");
            await page.ReloadAsync();
            await visit.ReadyAsync();
            await Expect(card).ToContainTextAsync("Delivered 3 of 3.");
            await card.GetByRole(AriaRole.Link, new() { Name = "codex.chat" }).ClickAsync();
            await Expect(page.Locator(".file")).ToContainTextAsync("# A chat about the gauge");
            await page.GoBackAsync();
            await card.GetByRole(AriaRole.Link, new() { Name = "hello.txt" }).ClickAsync();
            await Expect(page.Locator(".file")).ToContainTextAsync("hello");
            await page.GoBackAsync();
            await card.GetByRole(AriaRole.Link, new() { Name = "notes.md" }).ClickAsync();
            await Expect(page.Locator(".prose h3")).ToHaveTextAsync("Notes");
            await RulesAsync(visit, "workspace-file");
            await page.GetByRole(AriaRole.Link, new() { Name = "Source" }).ClickAsync();
            await Expect(page.Locator(".file")).ToContainTextAsync("# Notes");
        });
    }

    [Fact]
    public async Task A_person_stops_an_agent_from_its_card()
    {
        await using var model = await ScriptedModelServer.StartAsync();
        model.Handler = request => request.Tools.Contains(Hand) ? AnswerControl(request) : Reply.Call("exec_command", new { cmd = "sleep 300", yield_time_ms = 30000 });
        await using var hub = await HubProcess.StartAsync(new Dictionary<string, string> { ["Model:Endpoint"] = model.Url, ["Model:Name"] = "gpt-own", ["Sessions:Codex:Path"] = CodexCli.Path });
        await browser.VisitAsync(hub, async visit =>
        {
            var page = visit.Page;
            await SayAsync(page, "/create river-gauge");
            await Expect(page.Locator(".card.receipt")).ToHaveCountAsync(1);
            await SayAsync(page, "/handoff river-gauge to wait");
            var card = page.Locator("[data-handoff]");
            await Expect(card.Locator(".steps").First).ToContainTextAsync("sleep 300", new() { Timeout = Patience });
            await visit.ShotsAsync("handoff-running", "[data-handoff]");
            await card.GetByRole(AriaRole.Button, new() { Name = "Stop" }).ClickAsync();
            await Expect(card.Locator(".outcome")).ToContainTextAsync("Somebody stopped its session.", new() { Timeout = Patience });
            await visit.ShotsAsync("handoff-stopped", "[data-handoff]");
        });
    }

    // The control agent has the hub's tools, the workspace agent a shell.
    private static Reply Answer(ModelRequest request, string repository) => request.Tools.Contains(Hand) ? AnswerControl(request) : request.Results.Count switch
    {
        0 => Reply.CallIn("mcp__workspace", "fetch_repository", new { url = repository, path = "gauge" }),
        1 => Reply.Call("exec_command", new { cmd = "printf '# A chat about the gauge\\n' > codex.chat; ls" }),
        2 => Reply.Call("exec_command", new { cmd = "printf '# Notes\\n\\nOne *line*.\\n' > notes.md", sandbox_permissions = "require_escalated", justification = "to be seen by a person" }),
        _ => Reply.Text("I fetched the repository and created codex.chat and notes.md."),
    };

    private static Reply AnswerControl(ModelRequest request) => request.Results.Count == 0
        ? Reply.Call(Hand, new { workspace_id = "river-gauge", goal = "Fetch the gauge repository into gauge, create codex.chat and notes.md.", artefacts = new[] { "gauge/hello.txt", "codex.chat", "notes.md" } })
        : Reply.Text("The agent is at work.");

    private static async Task RulesAsync(Visit visit, string name)
    {
        await visit.ShotsAsync(name);
        foreach (var width in (int[])[360, 1280])
        {
            await visit.ResizeAsync(width, 800);
            Assert.Empty(await ScreenRules.OverflowAsync(visit.Page));
            Assert.Empty(await ScreenRules.FaintTextAsync(visit.Page));
        }
    }

    private static async Task SayAsync(IPage page, string text)
    {
        var field = page.Locator("main").GetByRole(AriaRole.Textbox, new() { Name = "Message" });
        await field.FillAsync(text);
        await field.PressAsync("Enter");
        await Expect(page.Locator(".msg.me .prose", new() { HasTextString = text }).Last).ToBeVisibleAsync();
    }
}
