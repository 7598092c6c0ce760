using ControlChat.App.Layout;
using ControlChat.App.Sessions.Screens;
using ControlChat.App.Ui;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions;
using ControlChat.Tests.Core.Sessions;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.Sessions.Screens;

/// <summary>What the list of sessions knows, over a real hub's rows. No agent runs: nobody works here.</summary>
public sealed class SessionsPageStateTests
{
    [Fact]
    public async Task The_queue_stands_apart_in_its_order_and_what_ended_on_the_other_page()
    {
        await using var hub = await TestHub.StartAsync(args: ["--mode", "web", "--Sessions:Slots=3", "--Sessions:PerPerson=7"]);
        var database = hub.Services.GetRequiredService<HubDatabase>();
        var (work, _) = await SessionBench.StartedAsync(database, SessionBench.Asked(hub.Person.AccountId));
        var (one, two) = (await SessionBench.QueuedAsync(database, SessionBench.Asked(hub.Person.AccountId)), await SessionBench.QueuedAsync(database, SessionBench.Asked(hub.Person.AccountId)));
        var (over, _) = await SessionBench.StartedAsync(database, SessionBench.Asked(hub.Person.AccountId));
        await SessionBench.EndAsync(database, over.Id);
        await SessionBench.QueuedAsync(database, SessionBench.Asked("acc_other"));
        var state = Of(hub);
        await state.ShowAsync(SessionsQuery.Of(null, null, null, null), default);
        Assert.Equal(PanelLook.Live, state.Look);
        Assert.Equal([work.Id], state.AtWork.Select(s => s.View.Id));
        // Of one millisecond, the ids decide.
        Assert.Equal(new[] { one.Id, two.Id }.Order(StringComparer.Ordinal), state.Queue.Select(s => s.View.Id));
        Assert.Equal(new SessionLoad(1, 3, 3, 3, 7), state.Load);
        Assert.All(state.Items, s => Assert.Equal(hub.Person.Name, s.Owner));
        await state.ShowAsync(SessionsQuery.Of(null, "ended", null, null), default);
        Assert.Equal([over.Id], state.Items.Select(s => s.View.Id));
        await state.ShowAsync(SessionsQuery.Of("all", null, null, null), default);
        Assert.Equal(4, state.Items.Count);
        await state.ShowAsync(SessionsQuery.Of(null, null, "ws_absent", null), default);
        Assert.Equal(PanelLook.Empty, state.Look);
    }

    [Fact]
    public async Task Who_may_only_look_may_not_steer_and_a_stranger_sees_nothing()
    {
        await using var hub = await TestHub.StartAsync(args: ["--mode", "web"]);
        var database = hub.Services.GetRequiredService<HubDatabase>();
        var (session, _) = await SessionBench.StartedAsync(database, SessionBench.Asked("acc_other"));
        var desk = hub.Services.GetRequiredService<SessionDesk>();
        // An admin sees everybody's, and may end it; only who works in the workspace may talk to its agent.
        var look = await desk.FindAsync(hub.Person, session.Id, default);
        Assert.Equal((false, true), (look!.MaySteer, look.MayStop));
        var stranger = TestPrincipals.Person("acc_stranger");
        Assert.Null(await desk.FindAsync(stranger, session.Id, default));
        Assert.Null(await desk.EventsAsync(stranger, session.Id, 0, 10, default));
        Assert.Empty((await desk.ListAsync(stranger, new SessionFilter(), true, default)).Items);
    }

    [Fact]
    public void The_address_is_the_view()
    {
        Assert.Equal("/sessions", SessionsQuery.Of(null, "open", " ", null).Href);
        Assert.Equal("/sessions?whose=all&state=ended&workspace=ws_1&cursor=c%26", SessionsQuery.Of("all", "ended", "ws_1", "c&").Href);
    }

    private static SessionsPageState Of(TestHub hub) => new(hub.Services.GetRequiredService<SessionDesk>(), () => hub.Person, new NoReaderChoices());
}
