using Bunit;
using ControlChat.App.Logs;
using ControlChat.App.SignIn;
using ControlChat.Core.Accounts;
using ControlChat.Core.Logs;
using ControlChat.Core.Settings;
using ControlChat.Tests.App.Layout;
using ControlChat.Tests.Core.Settings;
using ControlChat.Tests.Core.Tools.Config;
using ControlChat.Tests.Support;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.Logs;

public sealed class LogsPageTests : IAsyncLifetime
{
    private readonly ShellPage _shell = new();
    private readonly ShelfOfLines _logs = new();

    private ToolBench _bench = null!;

    public async ValueTask InitializeAsync()
    {
        _bench = await ToolBench.OpenAsync();
        var settings = new PersonalSettings(_bench.Database, new SettingBook(HubConfigurationTests.Load("{}"), new SettingsStore()));
        var who = new CircuitPrincipal();
        who.Set(TestPrincipals.Person("acc_1"));
        _shell.Services.AddSingleton(who).AddSingleton<ILogReader>(_logs).AddSingleton(settings);
    }

    public async ValueTask DisposeAsync()
    {
        await ((IAsyncDisposable)_shell).DisposeAsync();
        await _bench.DisposeAsync();
    }

    [Fact]
    public void Nothing_yet_and_nothing_fitting_are_two_looks()
    {
        Assert.Contains("No lines yet", Show().Markup, StringComparison.Ordinal);
        Assert.Contains("Nothing fits", Show("/logs?level=error").Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void A_row_shows_time_level_message_source_and_its_run()
    {
        _logs.Add("first line\nsecond line", "error", run: "run_0123456789");
        var row = Show().Find("tbody tr");
        Assert.Contains("Error", row.TextContent, StringComparison.Ordinal);
        Assert.Equal("first line", row.QuerySelector("a.strong")!.TextContent);
        Assert.Equal("/logs?run_id=run_0123456789", row.QuerySelector("a.mono")!.GetAttribute("href"));
        Assert.Contains("ToolGate", row.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void The_filters_of_the_address_are_the_search_and_can_be_taken_away()
    {
        Show("/logs?text=disk&level=warning&from=1h&run_id=run_1&conversation_id=conv_1");
        Assert.Equal(("disk", "warning", "run_1", "conv_1"), (_logs.Asked.Text, _logs.Asked.Level, _logs.Asked.RunId, _logs.Asked.ConversationId));
        Assert.Equal(_shell.Time.GetUtcNow().AddHours(-1), _logs.Asked.From);
        var page = Show("/logs?text=disk&run_id=run_1&from=90m");
        Assert.Contains(page.FindAll("a.chip.on"), c => c.GetAttribute("href") == "/logs?text=disk&from=90m");
        Assert.Contains(page.FindAll("a.chip.on"), c => c.GetAttribute("href") == "/logs?text=disk&run_id=run_1");
    }

    [Fact]
    public void A_level_or_a_time_that_is_none_is_left_out()
    {
        Show("/logs?level=loud&from=yesterday");
        Assert.Null(_logs.Asked.Level);
        Assert.Null(_logs.Asked.From);
    }

    [Fact]
    public void The_drawer_shows_a_line_in_full_with_ways_to_its_run_and_conversation()
    {
        _logs.Add("it broke\nbadly", "error", run: "run_1", conversation: "conv_1", exception: "System.IO.IOException: no");
        var drawer = Show("/logs?level=error&line=1").Find("aside");
        Assert.Contains("badly", drawer.TextContent, StringComparison.Ordinal);
        Assert.Contains("System.IO.IOException: no", drawer.TextContent, StringComparison.Ordinal);
        Assert.Equal(["/logs?level=error", "/logs?run_id=run_1", "/audit?run_id=run_1", "/c/conv_1"], drawer.QuerySelectorAll("a").Select(a => a.GetAttribute("href")));
        Assert.Contains("No such line", Show("/logs?line=99").Find("aside").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_of_a_line_hides_nothing_and_runs_nothing()
    {
        _logs.Add("<script>alert(1)</script> \u202Eevil");
        var page = Show("/logs?line=1");
        Assert.Empty(page.FindAll("script"));
        Assert.NotEmpty(page.FindAll(".unseen"));
    }

    [Fact]
    public async Task Lines_that_come_wait_behind_a_button()
    {
        _logs.Add("one");
        var page = Show();
        _logs.Add("two");
        await Waiting.UntilAsync(() =>
        {
            _shell.Time.Advance(TimeSpan.FromSeconds(3));
            return page.Markup.Contains("1 new row", StringComparison.Ordinal);
        });
        Assert.Single(page.FindAll("tbody tr"));
        page.FindAll("button").First(b => b.TextContent == "Show").Click();
        page.WaitForAssertion(() => Assert.Equal(["two", "one"], page.FindAll("tbody a.strong").Select(a => a.TextContent)));
    }

    [Fact]
    public void A_log_that_cannot_be_searched_says_so_and_what_still_works()
    {
        _logs.Broken = true;
        var page = Show();
        var note = page.Find("[role=alert]");
        Assert.Contains("The log cannot be searched now. Everything else works.", note.TextContent, StringComparison.Ordinal);
        _logs.Broken = false;
        _logs.Add("back");
        note.QuerySelector("button")!.Click();
        Assert.Equal("back", page.Find("tbody a.strong").TextContent);
    }

    [Fact]
    public void Pages_go_older_and_back_by_their_addresses()
    {
        for (var i = 0; i < 60; i++) _logs.Add($"line {i}");
        var older = Show().Find("a[rel=next]").GetAttribute("href")!;
        Assert.Equal("/logs?cursor=11", older);
        var page = Show(older);
        Assert.Equal("line 9", page.Find("tbody a.strong").TextContent);
        Assert.NotNull(page.Find("a[rel=prev]"));
        Assert.Empty(page.FindAll("a[rel=next]"));
    }

    [Fact]
    public async Task A_page_has_as_many_lines_as_the_person_chose()
    {
        await using (var transaction = await _bench.Database.BeginAsync(default))
        {
            await new SettingsStore().PutAsync(transaction, "Ui:PageSize", "acc_1", "10", "acc_1", default);
            await transaction.CommitAsync(default);
        }
        for (var i = 0; i < 30; i++) _logs.Add($"line {i}");
        Assert.Equal(10, Show().FindAll("tbody tr").Count);
    }

    [Fact]
    public async Task Typing_searches_after_a_pause_and_the_address_follows()
    {
        var page = Show("/logs?level=error");
        var typing = page.Find("input[type=search]").InputAsync(new ChangeEventArgs { Value = " disk full " });
        await Waiting.UntilAsync(() =>
        {
            _shell.Time.Advance(TimeSpan.FromMilliseconds(250));
            return typing.IsCompleted;
        });
        Assert.EndsWith("/logs?text=disk%20full&level=error", _shell.Services.GetRequiredService<NavigationManager>().Uri, StringComparison.Ordinal);
    }

    private IRenderedComponent<LogsPage> Show(string address = "/logs")
    {
        _shell.Services.GetRequiredService<NavigationManager>().NavigateTo(address);
        return _shell.Render<LogsPage>();
    }

    // Lines of a test, answered by the parts of a query the page is about.
    private sealed class ShelfOfLines : ILogReader
    {
        private readonly List<LogRow> _lines = [];

        public bool Broken { get; set; }

        public LogQuery Asked { get; private set; } = new();

        public void Add(string message, string level = "information", string? run = null, string? conversation = null, string? exception = null) =>
            _lines.Add(new LogRow(_lines.Count + 1, new DateTimeOffset(2026, 11, 21, 7, 0, 0, TimeSpan.Zero), level, message, "Event", "ControlChat.Core.Gate.ToolGate", run, conversation, null, null, null, exception));

        public Task<LogPage> SearchAsync(Principal principal, LogQuery query, CancellationToken cancellationToken)
        {
            if (Broken) throw new LogsUnavailableException("The log cannot be searched now.", new IOException());
            Asked = query;
            var fitting = _lines.Where(l => query.Cursor is null || l.Id < long.Parse(query.Cursor, System.Globalization.CultureInfo.InvariantCulture)).OrderByDescending(l => l.Id).Take(query.Limit + 1).ToList();
            var page = fitting.Take(query.Limit).ToList();
            return Task.FromResult(new LogPage(page, fitting.Count > page.Count ? page[^1].Id.ToString(System.Globalization.CultureInfo.InvariantCulture) : null));
        }

        public Task<int> CountNewerAsync(Principal principal, LogQuery query, long id, CancellationToken cancellationToken) => Task.FromResult(_lines.Count(l => l.Id > id));

        public Task<LogRow?> FindAsync(Principal principal, long id, CancellationToken cancellationToken) => Task.FromResult(_lines.Find(l => l.Id == id));
    }
}
