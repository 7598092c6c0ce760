using ControlChat.App.Layout;
using ControlChat.App.Sessions.Screens;
using ControlChat.Core.Bus;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions;

namespace ControlChat.App.AgentChats;

/// <summary>
/// Finds the agent a person wants to talk to: the session they have in a workspace already, or a new one. Beginning one passes the
/// gate, which says who may. Plain C#, no renderer.
/// </summary>
internal sealed class AgentChat(SessionDesk desk, SessionCalls calls, SessionPlaces places, IBus bus, TimeProvider time)
{
    private int _turn;

    /// <summary>Raised on any thread when there is something else to show.</summary>
    public event Action? Changed;

    public AgentView View { get; private set; } = new AgentView.Opening(null);

    public SessionTalk? Talk => (View as AgentView.Talking)?.Talk;

    /// <param name="request">What is wanted.</param>
    /// <param name="where">Whose agent; null: the person chooses.</param>
    /// <param name="cancellationToken">The chat is gone.</param>
    public async Task OpenAsync(AgentRequest request, PageWorkspace? where, CancellationToken cancellationToken)
    {
        var turn = ++_turn;
        if (request.SessionId is { } session) await GoOnAsync(turn, session, request, cancellationToken);
        else if (where is not null) await BeginAsync(turn, new SessionPlace(where.Id, where.Title ?? where.Id), request, false, cancellationToken);
        else await ChooseAsync(turn, request, cancellationToken);
    }

    /// <summary>Goes on with the session the person has there, or begins one.</summary>
    public Task BeginAsync(SessionPlace place, AgentRequest wish, CancellationToken cancellationToken) => BeginAsync(++_turn, place, wish, false, cancellationToken);

    /// <summary>Once more what was refused.</summary>
    public Task AgainAsync(AgentView.Refused refused, CancellationToken cancellationToken) => refused.Place is { } place
        ? BeginAsync(++_turn, place, refused.Wish, refused.MayHaveBegun, cancellationToken) : OpenAsync(refused.Wish, null, cancellationToken);

    /// <summary>Says it in the chat that is open.</summary>
    public Task SayAsync(AgentRequest wish, CancellationToken cancellationToken) =>
        Talk is { } talk && wish.Text is { } text ? talk.SendAsync(text, wish.Id, cancellationToken) : Task.CompletedTask;

    /// <summary>Nobody waits for what is under way any more.</summary>
    public void Leave() => (_turn, View) = (_turn + 1, new AgentView.Opening(null));

    /// <summary>What was under way is not any more, and nothing came of it.</summary>
    public void BreakOff() => Show(++_turn, new AgentView.Refused(Texts.ItWasBrokenOff, null, new AgentRequest(null), Again: false));

    private async Task BeginAsync(int turn, SessionPlace place, AgentRequest wish, bool mayHaveBegun, CancellationToken cancellationToken)
    {
        Show(turn, new AgentView.Opening(place.Title));
        var begins = mayHaveBegun;
        try
        {
            // A start whose answer was lost is asked for once more: what was said with it is not said twice.
            if (!mayHaveBegun && await FindAsync(place.Id, cancellationToken) is { } open)
            {
                await GoOnAsync(turn, open, wish, cancellationToken);
                return;
            }
            begins = true;
            Show(turn, await BegunAsync(await calls.StartBesideAsync(place.Id, wish.Text, wish.Id, cancellationToken), place, wish, cancellationToken));
        }
        catch (HubUnavailableException)
        {
            Show(turn, new AgentView.Refused(Texts.TheHubsDatabaseDoesNotAnswer, place, wish, Again: true) { MayHaveBegun = begins });
        }
    }

    private async Task ChooseAsync(int turn, AgentRequest wish, CancellationToken cancellationToken)
    {
        Show(turn, new AgentView.Opening(null));
        try
        {
            var (items, fault) = await places.ListAsync(cancellationToken);
            if (fault is not null) Show(turn, new AgentView.Refused(fault, null, wish, Again: true));
            else if (items is [var only]) await BeginAsync(turn, only, wish, false, cancellationToken);
            else Show(turn, new AgentView.Choosing(items, wish));
        }
        catch (HubUnavailableException e)
        {
            Show(turn, new AgentView.Refused(e.Message, null, wish, Again: true));
        }
    }

    // The newest that is a person's own chat: a task that was handed over belongs to its conversation.
    private async Task<string?> FindAsync(string workspaceId, CancellationToken cancellationToken)
    {
        var board = await desk.ListAsync(calls.Reader, new SessionFilter(null, workspaceId, Open: true), all: false, cancellationToken);
        return board.Items.FirstOrDefault(s => s.View is { Mode: SessionMode.Chat, ConversationId: null })?.View.Id;
    }

    private async Task GoOnAsync(int turn, string id, AgentRequest wish, CancellationToken cancellationToken)
    {
        var talk = TalkOf(id);
        await talk.LoadAsync(cancellationToken);
        Show(turn, new AgentView.Talking(talk));
        if (wish.Text is { } text) await talk.SendAsync(text, wish.Id, cancellationToken);
    }

    private async Task<AgentView> BegunAsync(Outcome outcome, SessionPlace place, AgentRequest wish, CancellationToken cancellationToken)
    {
        if (outcome is { Status: "completed", Result: { } session })
        {
            var talk = TalkOf((string)session["id"]!);
            await talk.LoadAsync(cancellationToken);
            return new AgentView.Talking(talk);
        }
        if (outcome.ApprovalId is { } approval) return new AgentView.Waiting(approval);
        // The hub keeps its answer to this one: another try is another wish.
        var next = wish with { Id = Ids.New("req") };
        return new AgentView.Refused(outcome.Error?.Message ?? Texts.ItCouldNotBeStarted, place, next, outcome.Status is "unavailable" or "rate_limited" or "frozen" or "conflict");
    }

    private SessionTalk TalkOf(string id) => new(id, desk, calls, bus, time);

    // What comes late, after something else was wanted, is not shown.
    private void Show(int turn, AgentView view)
    {
        if (turn != _turn) return;
        View = view;
        Changed?.Invoke();
    }
}
