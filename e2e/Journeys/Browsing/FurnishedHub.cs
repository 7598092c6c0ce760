using System.Text.Json.Nodes;
using ControlChat.Faults;
using ControlChat.Harness;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace ControlChat.Journeys.Browsing;

/// <summary>A hub with something on every page: what the rules of all pages are judged on.</summary>
public sealed class FurnishedHub : IAsyncDisposable
{
    private const string Mara = "mara@halden.example";
    private readonly Bed _bed;

    private FurnishedHub(Bed bed) => _bed = bed;

    public string Workspace { get; private set; } = "";

    public string Conversation { get; private set; } = "";

    /// <summary>Pages alone, without what opens over them.</summary>
    public IReadOnlyList<Place> Pages { get; private set; } = [];

    public IReadOnlyList<Place> Overlays { get; private set; } = [];

    public HubProcess Hub => _bed.Hub;

    public static async Task<FurnishedHub> MakeAsync()
    {
        var furnished = new FurnishedHub(await Bed.MakeAsync(("Sessions:Codex:Path", "/nowhere/codex"), ("SignIn:Password", "true"), ("Sessions:Terminal:Commands:0", "bash"), ("Sessions:IdleTerminal", "01:00:00")));
        try
        {
            await furnished.FurnishAsync();
            return furnished;
        }
        catch
        {
            await furnished.DisposeAsync();
            throw;
        }
    }

    /// <summary>A visit of the hub's person, by a link of its own.</summary>
    public Task VisitAsync(Browser browser, VisitOptions options, Func<Visit, Task> steps) => Task.Run(async () =>
    {
        ArgumentNullException.ThrowIfNull(browser);
        var (code, link, errors) = await Hub.RunAsync("login-link", "--account", (await _bed.Person.GetAsync("/api/v1/me")).Json["account"]!["id"]!.GetValue<string>());
        Assert.True(code == 0, errors);
        await browser.VisitAsync(new Site(Hub.Url, new Uri(link.Trim()), Hub.Tail, Hub.Broken), steps, options);
    });

    public ValueTask DisposeAsync() => _bed.DisposeAsync();

    private async Task FurnishAsync()
    {
        foreach (var title in (string[])["river-gauge-api", "snowpack-ensemble-with-a-name-that-is-long", "lidar-tiles-north"]) await _bed.CreateWorkspaceAsync(title);
        Workspace = await _bed.CreateWorkspaceAsync("wind-farm-siting");
        await _bed.Person.CallAsync("workspace.tag", new JsonObject { ["workspace_id"] = Workspace, ["add"] = new JsonArray("2026", "siting") });
        var made = await Hub.RunAsync("account", "create", "--email", Mara, "--name", "Mara Kowalski", "--role", "member");
        Assert.True(made.Code == 0, made.Errors);
        await _bed.Person.CallAsync("workspace.add_collaborator", new JsonObject { ["workspace_id"] = Workspace, ["account"] = Mara, ["role"] = "viewer" });
        var approval = await _bed.AskAsync("workspace.archive", new JsonObject { ["workspace_id"] = Workspace });
        await _bed.AskAsync("workspace.delete", new JsonObject { ["workspace_id"] = Workspace });
        var done = await _bed.AskAsync("workspace.archive", new JsonObject { ["workspace_id"] = await _bed.CreateWorkspaceAsync("demo-march") });
        Assert.Equal(200, (await _bed.ApproveAsync(done)).Status);
        await TalkAsync();
        var session = await SessionAsync();
        var terminal = await TerminalAsync();
        Pages = [.. ((string[])["/", "/workspaces", $"/workspaces/{Workspace}", $"/c/{Conversation}", "/approvals", $"/approvals/{approval.Id}", $"/approvals/{done.Id}", "/approvals?status=decided",
            "/sessions", "/sessions?state=ended", $"/sessions/{session}", $"/sessions/{session}?view=transcript", $"/sessions/{terminal}", $"/sessions/{terminal}?view=transcript", $"/sessions/{terminal}?view=details", "/audit", "/audit/3", $"/history?resource=workspace/{Workspace}", "/usage", "/usage?by=tool", "/usage?by=person", "/logs", "/logs?line=1",
            "/settings", "/settings/hub", "/settings/keys", "/settings/sign-in", "/settings/people", "/settings/servers", "/settings/operator", "/operations", "/policy", "/not-found"]).Select(path => new Place(path))];
        Overlays = OverlaysOf(approval.Id);
    }

    /// <summary>A conversation with plans in the states they come to.</summary>
    private async Task TalkAsync()
    {
        Conversation = (await _bed.Person.PostAsync("/api/v1/conversations", new JsonObject())).Field("id")!;
        foreach (var text in (string[])["/create flood-model", "List my workspaces", "/help", "/help"]) await SayAsync(text);
        Assert.Equal(200, (await _bed.ApproveAsync(await PlannedAsync("/archive flood-model"))).Status);
        Assert.Equal(200, (await _bed.Person.PostAsync($"/api/v1/approvals/{(await PlannedAsync("/delete lidar-tiles-north")).Id}/decline", new JsonObject { ["reason"] = "wait for the audit" })).Status);
        var stale = await PlannedAsync("/delete river-gauge-api");
        var moved = (await _bed.Person.CallAsync("workspace.list", new JsonObject { ["text"] = "river-gauge-api" })).Json["result"]!["items"]![0]!["id"]!.GetValue<string>();
        await _bed.Person.CallAsync("workspace.rename", new JsonObject { ["workspace_id"] = moved, ["title"] = "river-gauge" });
        Assert.Equal(409, (await _bed.ApproveAsync(stale)).Status);
        await PlannedAsync("/delete flood-model");
    }

    private Task<HubAnswer> SayAsync(string text) =>
        _bed.Person.PostAsync($"/api/v1/conversations/{Conversation}/messages", new JsonObject { ["text"] = text, ["request_id"] = $"furnish-{Guid.CreateVersion7():N}" });

    private async Task<Opened> PlannedAsync(string text)
    {
        var before = await PendingAsync();
        await SayAsync(text);
        string[] now = [];
        Assert.True(await Soon.HoldsAsync(async () => (now = [.. (await PendingAsync()).Except(before)]).Length == 1, TimeSpan.FromSeconds(30)), $"no plan came of {text}");
        return await _bed.OpenAsync(now[0]);
    }

    private async Task<string[]> PendingAsync() => [.. (await _bed.Person.GetAsync("/api/v1/approvals?status=pending")).Json["items"]!.AsArray().Select(item => item!["id"]!.GetValue<string>())];

    // There is no agent here: it ends at once, and says why.
    private async Task<string> SessionAsync()
    {
        var session = (await _bed.Person.PostAsync("/api/v1/sessions", new JsonObject
        {
            ["request_id"] = $"furnish-{Guid.CreateVersion7():N}",
            ["workspace_id"] = Workspace,
            ["mode"] = "chat",
            ["initial_message"] = "Have a look at the river gauges.",
        })).Field("id")!;
        Assert.True(await Soon.HoldsAsync(async () => (await _bed.Person.GetAsync($"/api/v1/sessions/{session}")).Field("state") == "ended", TimeSpan.FromSeconds(60)));
        return session;
    }

    // It says something in every look that text has there, and waits.
    private async Task<string> TerminalAsync()
    {
        var folder = Path.Combine(Hub.WorkspacesRoot, Workspace);
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "looks.sh"), "for look in 0 1 2 3 4 7; do for colour in 39 30 31 32 33 34 35 36 37 90 91 96; do printf '\\e[%d;%dmtext\\e[0m ' $look $colour; done; echo; done; exec sleep 3600\n");
        var begun = await _bed.Person.PostAsync("/api/v1/sessions", new JsonObject
        {
            ["request_id"] = $"furnish-{Guid.CreateVersion7():N}",
            ["workspace_id"] = Workspace,
            ["mode"] = "terminal",
            ["command"] = new JsonArray("bash", "looks.sh"),
        });
        Assert.True(begun.Status == 202, begun.Text);
        var terminal = begun.Field("id")!;
        Assert.True(await Soon.HoldsAsync(async () => (await _bed.Person.GetAsync($"/api/v1/sessions/{terminal}/transcript?format=md")).Text.Contains("text text", StringComparison.Ordinal), TimeSpan.FromSeconds(60)),
            (await _bed.Person.GetAsync($"/api/v1/sessions/{terminal}")).Text);
        return terminal;
    }

    private IReadOnlyList<Place> OverlaysOf(string approval) =>
    [
        new("/workspaces", "palette", async visit =>
        {
            await visit.Page.Keyboard.PressAsync("Control+k");
            await visit.Page.Keyboard.TypeAsync("w");
            await Expect(visit.Page.Locator("#palette [role=option]").Nth(1)).ToBeVisibleAsync();
        }),
        new("/workspaces", "shortcuts", visit => KeyAsync(visit, "?", "#shortcuts[open]")),
        new("/workspaces", "more", visit => ClickAsync(visit, ".tabbar [data-opens=more]", "#more[open]"), Narrow: true),
        new($"/c/{Conversation}", "conversations", visit => ClickAsync(visit, ".topbar [data-opens=threads-sheet]", "#threads-sheet[open] .thread"), Narrow: true),
        new($"/c/{Conversation}", "menu", visit => ClickAsync(visit, ".conv-head summary", ".conv-head [role=menuitem]")),
        new($"/c/{Conversation}", "rename", async visit =>
        {
            await ClickAsync(visit, ".conv-head summary", ".conv-head [role=menuitem]");
            await ClickAsync(visit, ".conv-head [role=menuitem]", ".conv-head form");
        }),
        new($"/c/{Conversation}", "declining", visit => ClickAsync(visit, "[data-waits] .plan button:text-is('Decline')", "[data-waits] .plan button:has-text('Decline this plan')")),
        new($"/c/{Conversation}", "commands", async visit =>
        {
            // Last of its conversation: what is typed stays there as a draft.
            await visit.Page.Locator("main textarea").FillAsync("/");
            await Expect(visit.Page.GetByRole(AriaRole.Listbox, new() { Name = "Commands" })).ToBeVisibleAsync();
        }),
        new("/workspaces", "new workspace", visit => DialogAsync(visit, "New workspace")),
        new($"/workspaces/{Workspace}", "rename workspace", visit => DialogAsync(visit, "Rename")),
        new($"/workspaces/{Workspace}", "add person", visit => DialogAsync(visit, "Add person")),
        new($"/workspaces/{Workspace}", "history", visit => ClickAsync(visit, "[aria-label='History of the title']", "dialog[open] .trail > li")),
        new($"/workspaces/{Workspace}", "as it was", AsItWasAsync),
        new($"/workspaces/{Workspace}", "sync", visit => DialogAsync(visit, "Configure sync")),
        new("/sessions", "new session", visit => DialogAsync(visit, "New session")),
        new("/sessions", "panic stop", visit => DialogAsync(visit, "Panic stop")),
        new("/settings/people", "limits", visit => DialogAsync(visit, "Limits of Mara Kowalski")),
        new("/settings/people", "password link", visit => DialogAsync(visit, "Make a password link for Mara Kowalski")),
        new("/settings/people", "close account", visit => DialogAsync(visit, "Close Mara Kowalski")),
        new("/approvals", "decline all", visit => ClickAsync(visit, ".inbox .group button", "dialog[open]")),
        new($"/approvals/{approval}", "palette over a plan", visit => KeyAsync(visit, "Control+k", "#palette[open] [role=option]")),
        new("/settings", "connection lost", visit => ShowAsync(visit, "document.getElementById('components-reconnect-modal').classList.replace('components-reconnect-hide', 'components-reconnect-show'); document.querySelector('#connection-title').textContent = 'Connection lost. Trying again in 4 s.'; document.getElementById('components-reconnect-modal').showModal()")),
        new("/settings", "page stopped", visit => ShowAsync(visit, "document.getElementById('blazor-error-ui').style.display = 'flex'")),
        // Last of all: the browser remembers that it is open.
        new("/workspaces", "dock", visit => KeyAsync(visit, "Control+j", "#dock textarea")),
    ];

    private static async Task AsItWasAsync(Visit visit)
    {
        await DialogAsync(visit, "As it was on");
        await visit.Page.Locator("dialog[open]").GetByRole(AriaRole.Button, new() { Name = "Show" }).ClickAsync();
        await Expect(visit.Page.Locator("dialog[open] .past dt").First).ToBeVisibleAsync();
    }

    private static async Task KeyAsync(Visit visit, string key, string there)
    {
        await visit.Page.Keyboard.PressAsync(key);
        await Expect(visit.Page.Locator(there).First).ToBeVisibleAsync();
    }

    private static async Task ClickAsync(Visit visit, string what, string there)
    {
        await visit.Page.Locator(what).Locator("visible=true").First.ClickAsync();
        await Expect(visit.Page.Locator(there).First).ToBeVisibleAsync();
    }

    private static async Task DialogAsync(Visit visit, string button)
    {
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).Locator("visible=true").First.ClickAsync();
        await Expect(visit.Page.Locator("dialog[open] h2")).ToBeVisibleAsync();
    }

    private static async Task ShowAsync(Visit visit, string script) => await visit.Page.EvaluateAsync($"() => {{ {script}; }}");
}
