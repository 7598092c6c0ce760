using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ControlChat.Harness;
using ControlChat.Journeys.Browsing;
using ControlChat.ScriptedModel;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace ControlChat.Journeys;

/// <summary>Agents as a person uses them: the real Codex CLI, a scripted model behind the hub's relay, one slot for two sessions.</summary>
public sealed partial class SessionsJourney(Browser browser)
{
    private static readonly LocatorAssertionsToBeVisibleOptions _patient = new() { Timeout = 60_000 };

    [Fact]
    public async Task A_person_starts_steers_and_stops_agents_and_reads_what_they_did()
    {
        await using var model = await ScriptedModelServer.StartAsync();
        await using var hub = await HubProcess.StartAsync(new Dictionary<string, string>
        {
            ["Model:Endpoint"] = model.Url,
            ["Model:Name"] = "gpt-own",
            ["OPENAI_API_KEY"] = "sk-test-hubs-own-key",
            ["Sessions:Codex:Path"] = CodexCli.Path,
            ["Sessions:Slots"] = "1",
            ["Sessions:PerPerson"] = "5",
        });
        await CreateWorkspaceAsync(hub);
        await browser.VisitAsync(hub, async visit =>
        {
            await EmptyAsync(visit);
            var first = await StartAsync(visit, model);
            await TalkAsync(visit, model);
            await ApproveAsync(visit, model);
            await QueueAsync(visit);
            await PanicAsync(visit, model, first);
            await ReadAsync(visit, first);
        });
    }

    private static async Task EmptyAsync(Visit visit)
    {
        await visit.GoAsync("/sessions");
        await Expect(visit.Page.GetByText("No agent is at work")).ToBeVisibleAsync();
        await Expect(visit.Page.Locator("[aria-busy=true]")).ToHaveCountAsync(0);
        await visit.ShotsAsync("sessions-empty");
    }

    private static async Task<string> StartAsync(Visit visit, ScriptedModelServer model)
    {
        var page = visit.Page;
        model.Enqueue(Reply.Text("I looked around. The workspace is **empty**, so there is nothing to change yet."));
        await page.GetByRole(AriaRole.Button, new() { Name = "New session" }).First.ClickAsync();
        await page.GetByLabel("First message, if you want to say one now").FillAsync("Have a look around and tell me what there is.");
        await visit.ShotsAsync("sessions-start");
        await page.GetByRole(AriaRole.Button, new() { Name = "Start", Exact = true }).ClickAsync();
        await Expect(page).ToHaveURLAsync(SessionAddress());
        await Expect(page.Locator(".msg.me").First).ToContainTextAsync("Have a look around");
        await Expect(page.Locator(".msg:not(.me)").Last).ToContainTextAsync("nothing to change yet", new() { Timeout = 60_000 });
        await Expect(page.Locator(".msg strong, .msg b").Filter(new() { HasText = "empty" })).ToHaveCountAsync(1);
        return page.Url.Split('/')[^1];
    }

    private static async Task TalkAsync(Visit visit, ScriptedModelServer model)
    {
        var page = visit.Page;
        model.Enqueue(
            Reply.Call("exec_command", new { cmd = "printf '# Gauges\\n\\nOne a river.\\n' > notes.md; cat notes.md; sleep 0.4" }),
            Reply.Text("I wrote `notes.md`:\n\n- one gauge a river\n- <img src=x onerror=alert(1)> is only text"));
        await Composer(page).FillAsync("Write down one line about gauges.");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator(".msg.me").Last).ToContainTextAsync("Write down one line");
        await Expect(page.Locator(".msg:not(.me)").Last).ToContainTextAsync("is only text", new() { Timeout = 60_000 });
        await Expect(page.Locator(".msg img")).ToHaveCountAsync(0);
        await page.Locator("details.tool summary").First.ClickAsync();
        await Expect(page.Locator("details.tool .asked")).ToContainTextAsync("One a river.");
        await visit.ShotsAsync("session-chat");
    }

    private static async Task ApproveAsync(Visit visit, ScriptedModelServer model)
    {
        var page = visit.Page;
        model.Enqueue(
            Reply.Call("exec_command", new { cmd = "echo out > out.txt; sleep 0.4", sandbox_permissions = "require_escalated", justification = "The build needs the network." }),
            Reply.Text("It is done."));
        await Composer(page).FillAsync("Now build it.");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByText("Waits for approval").Locator("visible=true").First).ToBeVisibleAsync(_patient);
        await Expect(page.Locator("[data-approve]")).ToBeVisibleAsync(_patient);
        await visit.ShotsAsync("session-approval", "[data-approve]");
        await Approving.ApproveAsync(page.Locator("main"));
        await Expect(page.Locator(".msg:not(.me)").Last).ToContainTextAsync("It is done.", new() { Timeout = 60_000 });
        await Expect(page.Locator(".log .decision").Last).ToContainTextAsync("Accepted by you", new() { Timeout = 30_000 });
    }

    private static async Task QueueAsync(Visit visit)
    {
        var page = visit.Page;
        await visit.GoAsync("/sessions");
        await page.GetByRole(AriaRole.Button, new() { Name = "New session" }).First.ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Start", Exact = true }).ClickAsync();
        await Expect(page).ToHaveURLAsync(SessionAddress());
        await Expect(page.GetByText("In the queue, position 1").Locator("visible=true").First).ToBeVisibleAsync(_patient);
        await visit.GoAsync("/sessions");
        await Expect(page.Locator(".slot[data-item]")).ToHaveCountAsync(1);
        await Expect(page.Locator("[data-list=queue] li")).ToHaveCountAsync(1);
        await Expect(page.Locator("[data-list=queue] .pos")).ToHaveTextAsync("1");
        await visit.ShotsAsync("sessions-live");
    }

    private static async Task PanicAsync(Visit visit, ScriptedModelServer model, string first)
    {
        var page = visit.Page;
        var name = "journey-" + Guid.NewGuid().ToString("n");
        model.Enqueue(Reply.Call("exec_command", new { cmd = $"exec -a {name} sleep 600", yield_time_ms = 30000 }));
        await visit.GoAsync($"/sessions/{first}");
        await Composer(page).FillAsync("Sleep a while.");
        await page.Keyboard.PressAsync("Enter");
        Assert.True(await Soon.HoldsAsync(async () => await LivingAsync(name) > 0, TimeSpan.FromSeconds(60)));
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Interrupt" })).ToBeVisibleAsync(_patient);
        await visit.ShotsAsync("session-running");
        await visit.GoAsync("/sessions");
        await page.GetByRole(AriaRole.Button, new() { Name = "Panic stop" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).Locator("visible=true")).ToBeFocusedAsync();
        await visit.ShotsAsync("sessions-panic");
        await page.GetByRole(AriaRole.Button, new() { Name = "End my sessions" }).ClickAsync();
        await Expect(page.GetByText("No agent is at work")).ToBeVisibleAsync(_patient);
        Assert.True(await Soon.HoldsAsync(async () => await LivingAsync(name) == 0, TimeSpan.FromSeconds(30)), "the agent's process lives on");
    }

    private static async Task ReadAsync(Visit visit, string first)
    {
        var page = visit.Page;
        await visit.GoAsync("/sessions?state=ended");
        await Expect(page.Locator("[data-list=sessions] tr[data-item]")).ToHaveCountAsync(2);
        await visit.ShotsAsync("sessions-ended");
        await visit.GoAsync($"/sessions/{first}");
        await Expect(page.GetByText("Session ended. Start another one to go on.")).ToBeVisibleAsync();
        await Expect(page.GetByText("panic stop").Locator("visible=true").First).ToBeVisibleAsync();
        await visit.ShotsAsync("session-ended");
        await visit.GoAsync($"/sessions/{first}?view=transcript");
        await Expect(page.Locator("[data-list=records] li").First).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Verify" }).ClickAsync();
        await Expect(page.Locator(".note.ok")).ToContainTextAsync("each as it was written", new() { Timeout = 30_000 });
        await visit.ShotsAsync("session-transcript");
        await page.GetByLabel("Search this transcript").FillAsync("GAUGES");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page).ToHaveURLAsync(new Regex("text=GAUGES"));
        await Expect(page.Locator("[data-list=records]")).ToContainTextAsync("One a river.");
        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Link, new() { Name = "Markdown" }).ClickAsync());
        Assert.Contains("## Turn 2", await File.ReadAllTextAsync(await download.PathAsync()), StringComparison.Ordinal);
    }

    private static ILocator Composer(IPage page) => page.GetByRole(AriaRole.Textbox, new() { Name = "Message to the agent" });

    private static async Task CreateWorkspaceAsync(HubProcess hub)
    {
        var (code, token, errors) = await hub.RunAsync("token", "create", "--name", "journey", "--scopes", "read,write");
        Assert.True(code == 0, errors);
        using var client = HubClient.WithToken(hub.Url, token.Trim());
        var made = await client.CallAsync("workspace.create", new JsonObject { ["title"] = "river-gauge-api" });
        Assert.True(made.Status == 200, made.Text);
    }

    private static async Task<int> LivingAsync(string name)
    {
        using var found = Process.Start(new ProcessStartInfo("pgrep", ["-c", "-f", name]) { RedirectStandardOutput = true })!;
        var count = await found.StandardOutput.ReadToEndAsync();
        await found.WaitForExitAsync();
        return int.Parse(count.Trim(), System.Globalization.CultureInfo.InvariantCulture);
    }

    [GeneratedRegex("/sessions/ags_[0-9a-f]+$")]
    private static partial Regex SessionAddress();
}
