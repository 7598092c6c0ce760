using Bunit;
using ControlChat.App.Sessions.Screens;
using ControlChat.App.SignIn;
using ControlChat.App.Ui;
using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Bus;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Terminals;
using ControlChat.Core.Sessions.Terminals.Archives;
using ControlChat.Core.Sessions.Transcripts;
using ControlChat.Core.Settings;
using ControlChat.Core.Telemetry;
using ControlChat.Core.Webhooks;
using ControlChat.Core.Workspaces;
using ControlChat.Tests.App.Layout;
using ControlChat.Tests.Core.Sessions;
using ControlChat.Tests.Support;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using SessionPage = ControlChat.App.Sessions.Screens.SessionPage;

namespace ControlChat.Tests.App.Sessions.Screens;

/// <summary>The pages of sessions while the hub's database does not answer: what is shown stays, and a click that could not be kept says so.</summary>
public sealed class SessionPagesAwayTests : IAsyncLifetime
{
    private TestHub _hub = null!;
    private ShellPage _page = null!;
    private FaultyDatabase _database = null!;
    private Session _session = null!;

    public async ValueTask InitializeAsync()
    {
        _hub = await TestHub.StartAsync(args: ["--mode", "web"]);
        var real = Get<HubDatabase>();
        var workspace = Ids.New(WorkspaceId.Prefix);
        await real.WriteAsync(async t =>
        {
            await new WorkspaceStore().InsertAsync(t, workspace, "Place", [], _hub.Person.AccountId, null, default);
            return true;
        });
        (_session, _) = await SessionBench.StartedAsync(real, SessionBench.Asked(_hub.Person.AccountId, workspace));
        foreach (var (from, to) in new[] { (SessionState.Starting, SessionState.Idle), (SessionState.Idle, SessionState.Running) })
            await real.WriteAsync(t => new SessionStore().MoveAsync(t, _session.Id, _session.Fence, from, to, default));
        _database = new FaultyDatabase(real);
        _page = Page();
    }

    public async ValueTask DisposeAsync()
    {
        await _page.DisposeAsync();
        await _hub.DisposeAsync();
    }

    [Fact]
    public void Stopping_a_session_from_its_page_leaves_the_page_and_says_why_not()
    {
        var page = _page.Render<SessionPage>(p => p.Add(v => v.Id, _session.Id));
        page.WaitForAssertion(() => Assert.NotNull(page.Find("[aria-label='Stop session']")));
        Away();
        page.Find("[aria-label='Stop session']").Click();
        page.WaitForAssertion(() => Assert.Contains("Not stopped: the hub's database does not answer", page.Find("[data-ui=said]").TextContent, StringComparison.Ordinal));
        Assert.NotNull(page.Find("[aria-label='Stop session']"));
        page.Find("[data-stop]").Click();
        page.WaitForAssertion(() => Assert.Contains("Not interrupted: the hub's database does not answer", Said, StringComparison.Ordinal));
        Assert.NotNull(page.Find("[data-list=messages]"));
    }

    [Fact]
    public async Task Checking_a_transcript_says_that_it_could_not_be_checked()
    {
        var look = await Get<SessionDesk>().FindAsync(_hub.Person, _session.Id, default);
        var tab = _page.Render<TranscriptTab>(p => p.Add(v => v.Look, look));
        Away();
        tab.FindAll("button").Single(b => b.TextContent.Contains("Verify", StringComparison.Ordinal)).Click();
        tab.WaitForAssertion(() => Assert.Contains("The transcript could not be checked", tab.Markup, StringComparison.Ordinal));
        Assert.Contains("could not be checked", Said, StringComparison.Ordinal);
        Back();
        tab.FindAll("button").Single(b => b.TextContent.Contains("Verify", StringComparison.Ordinal)).Click();
        tab.WaitForAssertion(() => Assert.NotNull(tab.Find(".note.ok")));
        Assert.DoesNotContain("could not be checked", tab.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void The_list_of_sessions_stays_whatever_is_clicked()
    {
        var page = _page.Render<SessionsPage>();
        page.WaitForAssertion(() => Assert.Contains("Place", page.Markup, StringComparison.Ordinal));
        Away();
        page.FindAll("button").First(b => b.TextContent.Contains("New session", StringComparison.Ordinal)).Click();
        page.WaitForAssertion(() => Assert.Contains("No session can be started now", page.Find("[data-ui=said]").TextContent, StringComparison.Ordinal));
        page.FindAll("button").First(b => b.GetAttribute("aria-label")?.StartsWith("Stop", StringComparison.Ordinal) == true).Click();
        page.WaitForAssertion(() => Assert.Contains("Not stopped: the hub's database does not answer", page.Find("[data-ui=said]").TextContent, StringComparison.Ordinal));
        Assert.Contains("Place", page.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_panic_stop_that_could_not_be_kept_says_so()
    {
        var calls = _page.Services.GetRequiredService<SessionCalls>();
        Away();
        Assert.Equal(("Not stopped: the hub's database does not answer. Try again.", true), await calls.PanicAsync(all: true, default));
        Back();
        var (said, failed) = await calls.PanicAsync(all: true, default);
        Assert.Matches(@"^Stopped 1 session in \d\.\d s\.$", said);
        Assert.False(failed);
    }

    private string Said => _page.Services.GetRequiredService<Announcer>().Assertive;

    private void Away() => _database.OnRead = _database.OnBegin = () => new HubUnavailableException("The database is away.", new TimeoutException());

    private void Back() => _database.OnRead = _database.OnBegin = null;

    private T Get<T>() where T : notnull => _hub.Services.GetRequiredService<T>();

    private ShellPage Page()
    {
        var page = new ShellPage();
        var circuit = new CircuitPrincipal();
        circuit.Set(_hub.Person);
        var commands = new SessionCommands(_database, Get<IPrincipals>(), Get<SessionStore>(), Get<SessionAccess>(), Get<SessionEnding>(), Get<ITerminals>(), Get<WebhookOutbox>());
        page.Services
            .AddSingleton(circuit)
            .AddSingleton(commands)
            .AddSingleton<IToolGate>(new AwayGate(Get<IToolGate>(), _database))
            .AddSingleton(Get<AgentProfiles>())
            .AddSingleton(Get<ISessionWatch>())
            .AddSingleton(Get<IBus>())
            .AddSingleton(Get<IHubSettings>())
            .AddSingleton(new SessionDesk(_database, Get<IPrincipals>(), Get<SessionStore>(), Get<SessionAccess>(), commands, Get<ITerminals>(), Get<AccountLimits>(), Get<IHubSettings>()))
            .AddSingleton(new SessionSearch(_database, Get<SessionStore>()))
            .AddSingleton(new SessionTranscripts(_database, Get<IPrincipals>(), Get<SessionStore>(), Get<SessionAccess>(), Get<Redactor>(), Get<IAuditTrail>(), Get<TranscriptRecorder>(), Get<RecordPlaces>()))
            .AddScoped<SessionPlaces>()
            .AddScoped<SessionCalls>();
        page.SetRendererInfo(new RendererInfo("Server", true));
        return page;
    }

    private sealed class AwayGate(IToolGate real, FaultyDatabase database) : IToolGate
    {
        public Task<Outcome> InvokeAsync(Principal principal, ToolCall call, CancellationToken cancellationToken) =>
            database.OnBegin?.Invoke() is { } fault ? Task.FromException<Outcome>(fault) : real.InvokeAsync(principal, call, cancellationToken);

        public Task<Outcome> ApplyPlanAsync(Principal principal, string planId, string? requestId, CallOrigin origin, CancellationToken cancellationToken) =>
            real.ApplyPlanAsync(principal, planId, requestId, origin, cancellationToken);

        public Task<PlanDetail?> FindPlanAsync(Principal principal, string planId, CancellationToken cancellationToken) => real.FindPlanAsync(principal, planId, cancellationToken);
    }
}
