using AngleSharp.Dom;
using Bunit;
using ControlChat.App.Audit;
using ControlChat.App.Layout;
using ControlChat.App.SignIn;
using ControlChat.App.Ui;
using ControlChat.Core;
using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;
using ControlChat.Tests.App.Layout;
using ControlChat.Tests.Support;
using Dapper;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.Audit;

public sealed class AuditPageTests : IAsyncDisposable
{
    private readonly ShellPage _page = new();
    private readonly TempFolder _folder = new();
    private string _admin = "";

    [Fact]
    public async Task Rows_stand_newest_first_with_who_what_and_outcome()
    {
        await StartAsync();
        await AppendAsync(2);
        await AppendAsync(1, "tool.denied", "plan_stale");

        var page = Show();

        var rows = page.FindAll("tbody tr");
        Assert.Equal(["3", "2", "1"], rows.Select(r => r.Children[0].TextContent.Trim()));
        Assert.Equal(["08:00:00", "Mara", "workspace.rename", "Rename a to row 1", "Stale"], rows[0].Children.Skip(1).Select(c => c.TextContent.Trim()));
        Assert.Equal("Applied", rows[1].Children[5].TextContent.Trim());
        Assert.Contains("2 applied, 1 denied or failed", page.Find("svg[role=img]").GetAttribute("aria-label"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_open_row_shows_its_change_its_people_and_its_chain()
    {
        await StartAsync();
        await AppendAsync(1);

        var page = Show(open: 1);

        var drawer = page.Find("aside.drawer");
        Assert.Equal("Audit row 1", drawer.GetAttribute("aria-label"));
        Assert.Contains("-title: a", drawer.TextContent, StringComparison.Ordinal);
        Assert.Contains("+title: row 1", drawer.TextContent, StringComparison.Ordinal);
        Assert.Contains("Mara asked", drawer.TextContent, StringComparison.Ordinal);
        Assert.Contains("Not signed yet", drawer.TextContent, StringComparison.Ordinal);
        Assert.Contains("0000 0000 … 0000", drawer.TextContent, StringComparison.Ordinal);
        Assert.Equal("/c/conv_1", Link(page, "Open message").GetAttribute("href"));
        Assert.Equal("/audit", page.Find("aside a[aria-label=Close]").GetAttribute("href"));
    }

    [Fact]
    public async Task Filters_come_from_the_address_and_each_can_be_taken_off()
    {
        await StartAsync();
        await AppendAsync(2);
        await AppendAsync(1, "tool.denied", "denied");

        var page = Show("?outcome=denied&tool=workspace.rename&utc=1");

        Assert.Equal("3", Assert.Single(page.FindAll("tbody tr")).Children[0].TextContent.Trim());
        Assert.Equal(["/audit?tool=workspace.rename&utc=1", "/audit?outcome=denied&utc=1"], page.FindAll("a.chip.on").Select(c => c.GetAttribute("href")));
        Assert.Equal("/api/v1/audit/export?format=csv&tool=workspace.rename&outcome=denied", Link(page, "CSV").GetAttribute("href"));
        Assert.Equal("/audit?outcome=denied&tool=workspace.rename".Length, Link(page, "UTC").GetAttribute("href")!.Length);
        page.Find("select[aria-label=Event]").Change("tool.denied");
        page.WaitForAssertion(() => Assert.Contains("event=tool.denied", Navigation.Uri, StringComparison.Ordinal));
        Navigation.NavigateTo("/audit?outcome=completed");
        page.WaitForAssertion(() => Assert.Equal(2, page.FindAll("tbody tr").Count));
    }

    [Fact]
    public async Task Typing_searches_after_a_pause()
    {
        await StartAsync();
        await AppendAsync(3);
        var page = Show();

        page.Find("input[type=search]").Input("row 2");
        _page.Time.Advance(TimeSpan.FromSeconds(1));

        page.WaitForAssertion(() => Assert.Single(page.FindAll("tbody tr")));
        Assert.EndsWith("/audit?text=row%202", Navigation.Uri, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Older_and_newer_pages_are_addresses_and_meet()
    {
        await StartAsync();
        await AppendAsync(120);
        var page = Show();
        Assert.Null(Pager(page, "prev"));

        Navigation.NavigateTo(Pager(page, "next")!);
        page.WaitForAssertion(() => Assert.Equal(("70", "21"), Ends(page)));
        Navigation.NavigateTo(Pager(page, "next")!);
        page.WaitForAssertion(() => Assert.Equal(("20", "1"), Ends(page)));
        Assert.Null(Pager(page, "next"));
        Navigation.NavigateTo(Pager(page, "prev")!);
        page.WaitForAssertion(() => Assert.Equal(("70", "21"), Ends(page)));
        Navigation.NavigateTo(Pager(page, "prev")!);
        page.WaitForAssertion(() => Assert.Equal(("120", "71"), Ends(page)));
        Navigation.NavigateTo("/audit");
        page.WaitForAssertion(() => Assert.Null(Pager(page, "prev")));
    }

    [Fact]
    public async Task New_rows_wait_until_they_are_asked_for()
    {
        await StartAsync();
        await AppendAsync(1);
        var state = State();
        await state.ShowAsync(new AuditView(), new AuditViewer(_admin, true), default);
        await AppendAsync(2);

        await state.NewsAsync(default);
        Assert.Equal((1, 2), (state.Items.Count, state.NewRows));

        await state.LoadAsync(default);
        Assert.Equal((3, 0), (state.Items.Count, state.NewRows));
    }

    [Fact]
    public async Task Verify_now_says_how_far_the_record_is_proven()
    {
        await StartAsync();
        await AppendAsync(3);
        var page = Show();
        Assert.Contains("Not verified since the hub started", page.Markup, StringComparison.Ordinal);

        await page.Find("button.b.small").ClickAsync(new());

        page.WaitForAssertion(() => Assert.Contains("Verified to row 3", page.Markup, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_record_that_was_changed_is_said_in_red_and_cannot_be_dismissed()
    {
        await StartAsync();
        await AppendAsync(3);
        Tamper("drop trigger audit_update; update audit set body = replace(body, 'row 2', 'row 9') where seq = 2");
        var page = Show(open: 3);

        await page.Find("button.b.small").ClickAsync(new());

        page.WaitForAssertion(() => Assert.Contains("Row 2 does not match.", page.Find("[role=alert]").TextContent, StringComparison.Ordinal));
        Assert.Empty(page.FindAll("[role=alert] button"));
        Assert.Contains("In doubt since row 2", page.Find("aside").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_member_sees_their_own_rows_and_no_others()
    {
        await StartAsync();
        await AppendAsync(2);
        SignIn("acc_member", "member");

        var page = Show(open: 1);

        Assert.Contains("Nothing on the record yet", page.Markup, StringComparison.Ordinal);
        Assert.Contains("Row 1 is not here", page.Find("aside").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_has_as_many_rows_as_the_person_chose_both_ways()
    {
        await StartAsync();
        await AppendAsync(25);
        var state = State(rows: 10);
        foreach (var (view, first) in new[] { (new AuditView(), 25L), (new AuditView { Cursor = "16" }, 15L), (new AuditView { After = 5 }, 15L) })
        {
            await state.ShowAsync(view, new AuditViewer(_admin, true), default);
            Assert.Equal((10, first), (state.Items.Count, state.Items[0].Seq));
        }
    }

    [Fact]
    public async Task The_open_row_is_what_the_docked_ask_may_send_by_its_number_alone()
    {
        await StartAsync();
        await AppendAsync(1);
        Show(open: 1);
        Assert.Equal("""{"selected":[{"page":"audit","row":1}]}""", _page.Services.GetRequiredService<PageContext>().ToSend()!.ToJsonString());
    }

    [Fact]
    public async Task A_record_that_does_not_answer_is_said_and_can_be_tried_again()
    {
        await StartAsync();
        await AppendAsync(1);
        await using var blocked = new BlockedDatabase();
        var state = State(database: blocked);

        await state.ShowAsync(new AuditView(), new AuditViewer(_admin, true), default);
        Assert.Equal(PanelLook.Failed, state.Look);

        blocked.Real = _page.Services.GetRequiredService<HubDatabase>();
        await state.LoadAsync(default);
        Assert.Equal(PanelLook.Live, state.Look);
    }

    public async ValueTask DisposeAsync()
    {
        await _page.DisposeAsync();
        _folder.Dispose();
    }

    private NavigationManager Navigation => _page.Services.GetRequiredService<NavigationManager>();

    private async Task StartAsync()
    {
        var settings = HubConfiguration.Load(
            new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { ["Hub:DataDirectory"] = _folder["data"] }).Build(), _folder.Path, _ => null);
        Directory.CreateDirectory(settings.Paths.DataDirectory);
        _page.Services.AddSettings(settings).AddSingleton(settings.Paths).AddSingleton<IAccountRecord, AccountRecord>().AddSingleton<ISignInPolicy, SignInPolicy>().AddSingleton<HubAddress>();
        _page.Services.AddSingleton<CircuitPrincipal>().AddControlChatCore();
        await _page.Services.GetRequiredService<HubDatabase>().MigrateAsync(default);
        _admin = (await _page.Services.GetRequiredService<AccountDirectory>().EnsureOwnerAsync("Mara", default)).Id;
        SignIn(_admin, "admin");
    }

    private void SignIn(string account, string role) =>
        _page.Services.GetRequiredService<CircuitPrincipal>().Set(new Principal(account, "x", role, "ses_1", null, null, TokenScopes.All, _page.Time.GetUtcNow()));

    private AuditPageState State(int rows = 50, HubDatabase? database = null) => new(
        database ?? _page.Services.GetRequiredService<HubDatabase>(), _page.Services.GetRequiredService<AuditReader>(), _page.Services.GetRequiredService<AuditVerification>(),
        _page.Services.GetRequiredService<AccountDirectory>(), _page.Services.GetRequiredService<ApiTokens>(), _page.Time, new ChosenRows(rows));

    private async Task AppendAsync(int rows, string what = "tool.applied", string outcome = "completed")
    {
        await using var transaction = await _page.Services.GetRequiredService<HubDatabase>().BeginAsync(default);
        for (var i = 1; i <= rows; i++)
        {
            await _page.Services.GetRequiredService<IAuditTrail>().AppendAsync(transaction, new AuditEntry(what, outcome, new(_admin, null, "ses_1", "ui"))
            {
                Tool = "workspace.rename",
                ConversationId = "conv_1",
                Data = new()
                {
                    ["summary"] = $"Rename a to row {i}",
                    ["effects"] = new System.Text.Json.Nodes.JsonArray(new System.Text.Json.Nodes.JsonObject { ["op"] = "update", ["resource"] = "workspace/ws_1", ["field"] = "title", ["before"] = "a", ["after"] = $"row {i}" }),
                },
            }, default);
        }
        await transaction.CommitAsync(default);
    }

    private void Tamper(string sql)
    {
        using var connection = SqliteLibrary.Open(Path.Combine(_folder["data"], "hub.db"));
        connection.Execute(sql);
    }

    private IRenderedComponent<AuditPage> Show(string query = "", long? open = null)
    {
        Navigation.NavigateTo("/audit" + (open is null ? "" : $"/{open}") + query);
        var page = _page.Render<AuditPage>(p => p.Add(x => x.Seq, open));
        page.WaitForState(() => !page.Markup.Contains("aria-busy", StringComparison.Ordinal));
        return page;
    }

    private static IElement Link(IRenderedComponent<AuditPage> page, string text) => page.FindAll("a").First(a => a.TextContent.Trim().EndsWith(text, StringComparison.Ordinal));

    private static string? Pager(IRenderedComponent<AuditPage> page, string rel) => page.FindAll($"a[rel={rel}]") is [var link, ..] ? link.GetAttribute("href") : null;

    private static (string First, string Last) Ends(IRenderedComponent<AuditPage> page) =>
        page.FindAll("tbody tr") is var rows ? (rows[0].Children[0].TextContent.Trim(), rows[^1].Children[0].TextContent.Trim()) : default;
}
