using System.Text.Json.Nodes;
using ControlChat.Harness;
using ControlChat.Journeys.Browsing;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace ControlChat.Journeys;

/// <summary>A hub on PostgreSQL whose server is away when it starts, and again while it serves.</summary>
public sealed class DatabaseOutageJourney(Browser browser) : IAsyncLifetime
{
    private PostgresHubs _hubs = null!;

    private PostgresServer Server => _hubs.Server;

    public async ValueTask InitializeAsync() => _hubs = await PostgresHubs.StartAsync();

    public ValueTask DisposeAsync() => _hubs.DisposeAsync();

    [Fact]
    public async Task A_hub_waits_for_its_database_and_goes_on_when_it_is_back()
    {
        var settings = await _hubs.SettingsAsync();
        settings["Hub:ConnectionString"] += ";Password=hunter2-hunter2";
        // As a team's hub has it: only the very first admin comes by a link.
        settings.Remove("SignIn:Link");
        Server.Stop();
        var starting = HubProcess.StartAsync(settings, _hubs.Folder("hub"));
        using (var early = HubClient.Anonymous(await RunningAtAsync()))
        {
            var notReady = await early.GetAsync("/health/ready");
            Assert.Equal(503, notReady.Status);
            Assert.Contains("Hub:ConnectionString", notReady.Text, StringComparison.Ordinal);
            Assert.Equal(200, (await early.GetAsync("/health/live")).Status);
        }

        await Server.StartAgainAsync();
        await using var hub = await starting;
        using var person = await HubClient.SignInAsync(hub);
        await ReadyAsync(person);
        var made = await person.CallAsync("workspace.create", new JsonObject { ["title"] = "Before" }, "outage-before");
        Assert.Equal("completed", made.Field("status"));

        Server.Stop();
        var refused = await person.CallAsync("workspace.create", new JsonObject { ["title"] = "During" }, "outage-during");
        Assert.Equal((503, "unavailable"), (refused.Status, refused.Field("code")));
        Assert.Equal(503, (await person.GetAsync("/health/ready")).Status);

        await Server.StartAgainAsync();
        await ReadyAsync(person);
        Assert.Equal("completed", (await person.CallAsync("workspace.create", new JsonObject { ["title"] = "During" }, "outage-during")).Field("status"));
        var repeated = await person.CallAsync("workspace.create", new JsonObject { ["title"] = "Before" }, "outage-before");
        Assert.Equal((true, made.Field("action_id")), (repeated.Json["replayed"]!.GetValue<bool>(), repeated.Field("action_id")));
        Assert.Equal(2, (await person.CallAsync("workspace.list", [])).Json["result"]!["items"]!.AsArray().Count);

        // The one admin has no password yet, so a link is still the only way in.
        Assert.Equal(0, (await hub.RunAsync("login-link")).Code);
        Assert.Equal(0, (await hub.RunAsync("audit", "verify")).Code);
        Assert.Equal(0, await hub.StopAsync());
        Assert.DoesNotContain(hub.Errors.Concat(hub.Output), line => line.Contains("hunter2", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_open_page_says_what_it_could_not_read_and_reads_it_when_the_database_is_back()
    {
        var settings = await _hubs.SettingsAsync();
        settings["Limits:RequestsPerMinute"] = "100000";
        await using var hub = await HubProcess.StartAsync(settings);
        await browser.VisitAsync(hub, async visit =>
        {
            var page = visit.Page;
            await OpenLongAsync(visit, hub);
            visit.Expect("the hub's log: .*(HubUnavailableException|Hub:ConnectionString)");
            Server.Stop();
            await page.EvaluateAsync("() => { document.querySelector('[data-log]').scrollTop = 0; }");
            var dismiss = page.Locator(".toast", new() { HasText = "Earlier messages could not be loaded: the database did not answer." }).GetByRole(AriaRole.Button, new() { Name = "Dismiss" });
            // One that has the focus stays.
            await dismiss.FocusAsync();
            await Expect(page.Locator("[data-earlier]")).ToContainTextAsync("Earlier messages could not be loaded");
            await visit.ShotsAsync("ask-earlier-unread");
            await dismiss.ClickAsync();
            await RenameAsync(visit);

            await page.EvaluateAsync("() => Blazor.navigateTo('/settings')");
            await Expect(page).ToHaveURLAsync(hub.Url + "/settings");
            await page.Keyboard.PressAsync("Control+j");
            var dock = page.Locator("#dock");
            await Expect(dock.GetByRole(AriaRole.Alert)).ToContainTextAsync("The conversation could not be loaded");
            await visit.ShotsAsync("dock-unread");

            await Server.StartAgainAsync();
            using var anybody = HubClient.Anonymous(hub.Url);
            await ReadyAsync(anybody);
            await dock.GetByRole(AriaRole.Button, new() { Name = "Try again" }).ClickAsync();
            await Expect(dock.Locator(".msg").Last).ToBeVisibleAsync();
            await Expect(dock.GetByRole(AriaRole.Alert)).ToHaveCountAsync(0);
        });
    }

    private static async Task OpenLongAsync(Visit visit, HubProcess hub)
    {
        var page = visit.Page;
        var field = page.Locator("main").GetByRole(AriaRole.Textbox, new() { Name = "Message" });
        await field.FillAsync("/help");
        await field.PressAsync("Enter");
        await Expect(page.Locator(".msg")).ToHaveCountAsync(2);
        var path = new Uri(page.Url).AbsolutePath;
        await LongConversation.FillAsync(hub, path["/c/".Length..]);
        await visit.GoAsync(path);
        await Expect(page.Locator("[data-earlier]")).ToHaveCountAsync(1);
    }

    private static async Task RenameAsync(Visit visit)
    {
        var page = visit.Page;
        await page.Locator(".conv-head [data-menu] summary").ClickAsync();
        await page.GetByRole(AriaRole.Menuitem, new() { Name = "Rename", Exact = true }).ClickAsync();
        await page.GetByLabel("Title").FillAsync("Spring cleaning");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(page.Locator(".conv-head").GetByRole(AriaRole.Alert)).ToContainTextAsync("The database did not answer.");
        await visit.ShotsAsync("ask-rename-failed");
        await page.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
    }

    private async Task<string> RunningAtAsync()
    {
        var file = Path.Combine(_hubs.PathOf("hub"), "data", "run.json");
        await UntilAsync(() => Task.FromResult(File.Exists(file)));
        return JsonNode.Parse(await File.ReadAllTextAsync(file))!["url"]!.GetValue<string>();
    }

    private static Task ReadyAsync(HubClient client) => UntilAsync(async () => (await client.GetAsync("/health/ready")).Status == 200);

    private static async Task UntilAsync(Func<Task<bool>> holds)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60), TimeProvider.System);
        while (!await holds()) await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, limit.Token);
    }
}
