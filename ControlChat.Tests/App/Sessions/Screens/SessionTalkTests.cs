using System.Text.Json.Nodes;
using ControlChat.App.Sessions.Screens;
using ControlChat.App.SignIn;
using ControlChat.App.Ui;
using ControlChat.Core.Bus;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions;
using ControlChat.Core.Workspaces;
using ControlChat.Tests.Core.Sessions;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.Sessions.Screens;

/// <summary>One session's page without a renderer, over a real hub's rows and bus, by a clock that is moved. Nobody works here but the test.</summary>
public sealed class SessionTalkTests
{
    private static readonly SessionStore _sessions = new();
    private readonly FakeTime _time = new();

    [Fact]
    public async Task An_agent_that_works_and_is_silent_for_30_s_is_said_to_be()
    {
        await using var hub = await TestHub.StartAsync(_time, ["--mode", "web"]);
        var session = await BeginAsync(hub, SessionState.Running);
        var talk = Talk(hub, session.Id);
        await SayAsync(hub, session.Id, "working");
        await talk.LoadAsync(default);
        Assert.True(talk.IsThinking);
        Assert.Null(talk.SilentSince);
        _time.Sleep(TimeSpan.FromSeconds(29));
        Assert.Null(talk.SilentSince);
        _time.Sleep(TimeSpan.FromSeconds(2));
        Assert.NotNull(talk.SilentSince);
        await SayAsync(hub, session.Id, "here I am");
        await talk.LoadAsync(default);
        Assert.Null(talk.SilentSince);
    }

    [Fact]
    public async Task An_agent_that_waits_for_a_message_is_not_silent()
    {
        await using var hub = await TestHub.StartAsync(_time, ["--mode", "web"]);
        var session = await BeginAsync(hub, SessionState.Idle);
        var talk = Talk(hub, session.Id);
        await talk.LoadAsync(default);
        _time.Sleep(TimeSpan.FromMinutes(5));
        Assert.Null(talk.SilentSince);
        Assert.False(talk.IsThinking);
    }

    [Fact]
    public async Task What_happens_and_what_grows_comes_by_itself()
    {
        await using var hub = await TestHub.StartAsync(args: ["--mode", "web"]);
        var session = await BeginAsync(hub, SessionState.Running);
        using var stop = new CancellationTokenSource(TimeSpan.FromMinutes(1), TimeProvider.System);
        var talk = Talk(hub, session.Id, TimeProvider.System);
        var following = talk.FollowAsync(stop.Token);
        await Waiting.UntilAsync(() => talk.Panel == PanelLook.Live);
        await SayAsync(hub, session.Id, "stored");
        await Waiting.UntilAsync(() => Items(talk).OfType<SessionItem.Notice>().Any(n => n.Text == "stored"));
        await hub.Services.GetRequiredService<IBus>().PostAsync(Topics.Stream(session.Id), BusMessage.New("""{"type":"agent_message_delta","data":{"message_id":"m1","offset":0,"text":"grow"}}"""), default);
        await Waiting.UntilAsync(() => Items(talk).OfType<SessionItem.Answer>().Any(a => a is { Text: "grow", Growing: true }));
        Assert.False(talk.IsThinking);
        await SessionBench.EndAsync(hub.Services.GetRequiredService<HubDatabase>(), session.Id);
        await Waiting.UntilAsync(() => talk.Look!.HasEnded && Items(talk)[^1] is SessionItem.Ended);
        await stop.CancelAsync();
        await following;
    }

    [Fact]
    public async Task A_message_is_there_at_once_and_stays_when_it_was_not_taken()
    {
        await using var hub = await TestHub.StartAsync(args: ["--mode", "web"]);
        var session = await BeginAsync(hub, SessionState.Idle);
        var talk = Talk(hub, session.Id, TimeProvider.System);
        await talk.LoadAsync(default);
        var shown = new List<bool?>();
        talk.Changed += () => shown.Add(Items(talk).OfType<SessionItem.Said>().LastOrDefault(s => s.Text == "Go on.")?.Sent);
        Assert.Null(await talk.SendAsync("Go on.", "req-said-123", default));
        Assert.Equal([false, true], shown);
        await SessionBench.EndAsync(hub.Services.GetRequiredService<HubDatabase>(), session.Id);
        var problem = await talk.SendAsync("Too late.", "req-late-123", default);
        Assert.NotNull(problem);
        Assert.Equal(problem, Items(talk).OfType<SessionItem.Said>().Single(s => s.Text == "Too late.").Problem);
        talk.Discard("req-late-123");
        Assert.DoesNotContain(Items(talk), i => i.Key == "req-late-123");
    }

    [Fact]
    public async Task A_session_one_may_not_see_is_one_there_is_not()
    {
        await using var hub = await TestHub.StartAsync(args: ["--mode", "web"]);
        var talk = Talk(hub, "ags_absent", TimeProvider.System);
        await talk.LoadAsync(default);
        Assert.Equal(PanelLook.Empty, talk.Panel);
    }

    private static List<SessionItem> Items(SessionTalk talk) => [.. talk.Items];

    private SessionTalk Talk(TestHub hub, string id, TimeProvider? time = null)
    {
        var circuit = new CircuitPrincipal();
        circuit.Set(hub.Person);
        var calls = new SessionCalls(hub.Services.GetRequiredService<IToolGate>(), hub.Services.GetRequiredService<SessionCommands>(), circuit, TimeProvider.System);
        return new SessionTalk(id, hub.Services.GetRequiredService<SessionDesk>(), calls, hub.Services.GetRequiredService<IBus>(), time ?? _time);
    }

    private static async Task<Session> BeginAsync(TestHub hub, string state)
    {
        var database = hub.Services.GetRequiredService<HubDatabase>();
        var workspace = Ids.New(WorkspaceId.Prefix);
        await database.WriteAsync(async t =>
        {
            await new WorkspaceStore().InsertAsync(t, workspace, "Place", [], hub.Person.AccountId, null, default);
            return true;
        });
        var (session, _) = await SessionBench.StartedAsync(database, SessionBench.Asked(hub.Person.AccountId, workspace));
        await database.WriteAsync(t => _sessions.MoveAsync(t, session.Id, session.Fence, SessionState.Starting, state, default));
        return session;
    }

    private static Task<long> SayAsync(TestHub hub, string id, string text) =>
        hub.Services.GetRequiredService<HubDatabase>().WriteAsync(t => _sessions.AppendAsync(t, id, null, [new SessionEvent(SessionEvents.System, new JsonObject { ["text"] = text })], default));
}
