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
    /// <summary>Raised on any thread when there is something else to show.</summary>
    public event Action? Changed;

    public AgentView View { get; private set; } = new AgentView.Opening(null);

    public SessionTalk? Talk => (View as AgentView.Talking)?.Talk;

    /// <param name="request">What is wanted.</param>
    /// <param name="here">The workspace on the page; null: none.</param>
    /// <param name="cancellationToken">The chat is gone.</param>
    public async Task OpenAsync(AgentRequest request, PageWorkspace? here, CancellationToken cancellationToken)
    {
        if (request.SessionId is { } session) Show(new AgentView.Talking(TalkOf(session)));
        else if (here is not null) await BeginAsync(new SessionPlace(here.Id, here.Title ?? here.Id), request.Text, cancellationToken);
        else await ChooseAsync(request.Text, cancellationToken);
    }

    /// <summary>Goes on with the session the person has there, or begins one.</summary>
    public async Task BeginAsync(SessionPlace place, string? text, CancellationToken cancellationToken)
    {
        Show(new AgentView.Opening(place.Title));
        try
        {
            if (await FindAsync(place.Id, cancellationToken) is { } open) await GoOnAsync(open, text, cancellationToken);
            else Show(Begun(await calls.StartAsync(place.Id, null, text, cancellationToken), place, text));
        }
        catch (HubUnavailableException)
        {
            Show(new AgentView.Refused("The hub's database does not answer.", place, text, Again: true));
        }
    }

    /// <summary>Says it in the chat that is open.</summary>
    public Task SayAsync(string text, CancellationToken cancellationToken) => Talk is { } talk ? talk.SendAsync(text, Ids.New("req"), cancellationToken) : Task.CompletedTask;

    private async Task ChooseAsync(string? text, CancellationToken cancellationToken)
    {
        Show(new AgentView.Opening(null));
        try
        {
            var (items, fault) = await places.ListAsync(cancellationToken);
            if (fault is not null) Show(new AgentView.Refused(fault, null, text, Again: true));
            else if (items is [var only]) await BeginAsync(only, text, cancellationToken);
            else Show(new AgentView.Choosing(items, text));
        }
        catch (HubUnavailableException e)
        {
            Show(new AgentView.Refused(e.Message, null, text, Again: true));
        }
    }

    // The newest that is a person's own chat: a task that was handed over belongs to its conversation.
    private async Task<string?> FindAsync(string workspaceId, CancellationToken cancellationToken)
    {
        var board = await desk.ListAsync(calls.Reader, new SessionFilter(null, workspaceId, Open: true), all: false, cancellationToken);
        return board.Items.FirstOrDefault(s => s.View is { Mode: SessionMode.Chat, ConversationId: null })?.View.Id;
    }

    private async Task GoOnAsync(string id, string? text, CancellationToken cancellationToken)
    {
        var talk = TalkOf(id);
        await talk.LoadAsync(cancellationToken);
        Show(new AgentView.Talking(talk));
        if (text is not null) await talk.SendAsync(text, Ids.New("req"), cancellationToken);
    }

    private AgentView Begun(Outcome outcome, SessionPlace place, string? text) => outcome switch
    {
        { Status: "completed", Result: { } session } => new AgentView.Talking(TalkOf((string)session["id"]!)),
        { ApprovalId: { } approval } => new AgentView.Waiting(approval),
        _ => new AgentView.Refused(outcome.Error?.Message ?? "It could not be started.", place, text, outcome.Status is "unavailable" or "rate_limited" or "frozen" or "conflict"),
    };

    private SessionTalk TalkOf(string id) => new(id, desk, calls, bus, time);

    private void Show(AgentView view)
    {
        View = view;
        Changed?.Invoke();
    }
}
