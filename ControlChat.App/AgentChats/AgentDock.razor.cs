using ControlChat.App.Layout;
using ControlChat.App.Sessions.Screens;
using ControlChat.App.SignIn;
using ControlChat.App.Ui;
using ControlChat.Core.Sessions;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace ControlChat.App.AgentChats;

/// <summary>The chat with an agent in the dock. It stays while pages change; what becomes of its session is asked when it is closed.</summary>
public sealed partial class AgentDock : IDisposable
{
    private readonly Lifetime _stop = new();
    private Lifetime _following = new();
    private SessionTalk? _talk;
    private SessionVoice _voice = null!;
    private OpenChat? _hold;
    private AgentRequest? _next;
    private string? _unsaid;
    private bool _working;
    private bool _answering;
    private AgentMemory _memory = null!;
    private bool _asks;
    private AgentView? _shown;
    private ElementReference _question;

    [Inject] private AgentChat Chat { get; set; } = null!;

    [Inject] private AgentSlot Slot { get; set; } = null!;

    [Inject] private AgentCircuit Circuit { get; set; } = null!;

    [Inject] private OpenChats Chats { get; set; } = null!;

    [Inject] private SessionCalls Calls { get; set; } = null!;

    [Inject] private PageContext Beside { get; set; } = null!;

    [Inject] private CircuitPrincipal Who { get; set; } = null!;

    [Inject] private Announcer Announcer { get; set; } = null!;

    [Inject] private NavigationManager Navigation { get; set; } = null!;

    [Inject] private IJSRuntime Js { get; set; } = null!;

    private SessionLook? Look => _talk?.Look;

    private string? Title => Look?.Title ?? (Chat.View as AgentView.Opening)?.Title;

    private PageWorkspace? Talking => Look is { HasEnded: false } at ? new PageWorkspace(at.View.WorkspaceId, at.Title) : null;

    private bool Works => Look?.IsAtWork == true;

    protected override async Task OnInitializedAsync()
    {
        (_voice, _memory) = (new SessionVoice(Announcer), new AgentMemory(Js));
        Chat.Changed += ShowChat;
        Slot.Put += Taken;
        Slot.CloseAsked += CloseAsked;
        Circuit.Returned += Returned;
        if (Slot.IsWaiting) await WorkAsync();
        // In the place of one that failed: its chat goes on here.
        else if (Chat.Talk is not null) await FollowAsync();
        else if (Chat.View is AgentView.Opening && Who.Current is not null) Chat.BreakOff();
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (_shown == Chat.View) return;
        _shown = Chat.View;
        // Where somebody typed is behind the question now.
        if (_shown is AgentView.Choosing { Places.Count: > 0 }) await _question.FocusAsync(preventScroll: true);
    }

    public void Dispose()
    {
        Chat.Changed -= ShowChat;
        Slot.Put -= Taken;
        Slot.CloseAsked -= CloseAsked;
        Circuit.Returned -= Returned;
        // Gone without a word: by a closed browser, as a rule.
        _hold?.Lose();
        Leave();
        _stop.Dispose();
    }

    // One thing at a time: what is wanted meanwhile waits, what is clicked meanwhile was clicked twice.
    private async Task WorkAsync(Func<Task>? first = null)
    {
        if (_working) return;
        _working = true;
        try
        {
            if (first is not null) await first();
            while (!_asks && !_stop.IsOver && Who.Current is not null && Slot.Take() is { } request) await TakeAsync(Resolved(request));
        }
        finally
        {
            _working = false;
        }
    }

    // After a question the page may be another one.
    private AgentRequest Resolved(AgentRequest request) =>
        request is { SessionId: null, Target: null } ? request with { Target = new AgentTarget(Beside.Workspace ?? Talking) } : request;

    private Task TakeAsync(AgentRequest request)
    {
        if (_talk is null || Look is { HasEnded: true }) return OpenAsync(request);
        if (request.SessionId is { } session ? session == _talk.Id : Look is { } here && request.Target?.Workspace?.Id == here.View.WorkspaceId) return Chat.SayAsync(request, _stop.Token);
        // Another workspace's agent: this one's chat is closed for it.
        _next = request;
        return AskCloseAsync();
    }

    private Task OpenAsync(AgentRequest request)
    {
        Release();
        Leave();
        _unsaid = null;
        return Chat.OpenAsync(request, request.Target?.Workspace, _stop.Token);
    }

    // Follows the talk that is shown, and holds its session while it is.
    private async Task FollowAsync()
    {
        if (Chat.Talk is not { } talk || _talk == talk || _stop.IsOver) return;
        Leave();
        (_talk, _following) = (talk, new Lifetime());
        talk.Changed += ShowTalk;
        Hold();
        Slot.Talking = Talking;
        _ = talk.FollowAsync(_following.Token);
        await RememberAsync(talk.Id);
    }

    private void Leave()
    {
        if (_talk is null) return;
        _talk.Changed -= ShowTalk;
        (_talk, Slot.Talking) = (null, null);
        _following.Dispose();
    }

    private void Hold()
    {
        Release();
        _hold = Circuit.Chat = Chats.Open(Calls.Reader, _talk!.Id);
        _hold.Decided += Decided;
        _hold.Moved += ShowTalk;
    }

    private void Release()
    {
        if (_hold is null) return;
        _hold.Decided -= Decided;
        _hold.Moved -= ShowTalk;
        _hold.Release();
        _hold = Circuit.Chat = null;
    }

    private async Task AskCloseAsync()
    {
        if (_hold is null || Look is not { HasEnded: false, MayStop: true })
        {
            await DoneAsync();
            return;
        }
        _hold.Ask();
        _asks = true;
        StateHasChanged();
    }

    private Task EndAsync() => AnswerAsync(async talk =>
    {
        if (await Calls.StopAsync(talk.Id, _stop.Token) is { } problem)
        {
            Announcer.Alert(problem);
            StayWithIt();
            return;
        }
        Announcer.Say(Texts.TheSessionWasEnded);
        await DoneAsync();
    });

    private Task KeepAsync() => AnswerAsync(_ =>
    {
        Announcer.Say(Texts.TheSessionGoesOnYouFind);
        return DoneAsync();
    });

    // A second click is no answer to the chat that comes after this one.
    private async Task AnswerAsync(Func<SessionTalk, Task> answer)
    {
        if (!_asks || _answering || _talk is not { } talk) return;
        _answering = true;
        try
        {
            await answer(talk);
        }
        finally
        {
            _answering = false;
        }
    }

    // Esc. The dialog says it once more when it was closed by an answer.
    private Task Stay()
    {
        if (!_asks || _answering) return Task.CompletedTask;
        StayWithIt();
        return WorkAsync();
    }

    private void StayWithIt()
    {
        _unsaid = _next?.Text ?? _unsaid;
        (_asks, _next) = (false, null);
        _hold?.Stay();
    }

    private async Task ExpandAsync()
    {
        var id = _talk!.Id;
        await DoneAsync();
        Navigation.NavigateTo($"/sessions/{id}");
    }

    // The chat is over here: the next one that is wanted takes its place, or the dock is free.
    private async Task DoneAsync()
    {
        if (_next is { } next) Slot.PutBack(next);
        (_asks, _next) = (false, null);
        Release();
        Leave();
        Chat.Leave();
        if (Slot.IsWaiting)
        {
            await WorkAsync();
            return;
        }
        await RememberAsync(null);
        Slot.Close();
    }

    private Task RememberAsync(string? id) => _memory.RememberAsync(id, Who.Current?.AccountId, _stop.Token);

    private void Decided(ChatEnd end) => Run(async () =>
    {
        var (asked, works) = (_asks, Works);
        Release();
        // A page that was out of reach shows what became of it when it is back.
        if (!asked) return;
        Announcer.Alert(end == ChatEnd.Ended ? Texts.TheSessionWasEndedNobodyAnswered : works ? Texts.TheSessionGoesOnTheAgent : Texts.TheSessionGoesOn);
        await DoneAsync();
    });

    private void Returned() => Run(() =>
    {
        if (_hold is null && Look is { HasEnded: false } && Who.Current is not null) Hold();
        return Task.CompletedTask;
    });

    private void Taken() => Run(() => WorkAsync());

    private void CloseAsked() => Run(AskCloseAsync);

    private void ShowChat() => Run(FollowAsync);

    private void ShowTalk() => Run(async () =>
    {
        _voice.Hear(Look?.View);
        Slot.Talking = Talking;
        // A page that was loaded again may ask for one that is gone.
        if (_talk is { Panel: PanelLook.Empty }) await DoneAsync();
        else if (Look is { HasEnded: true }) await RememberAsync(null);
    });

    private void Run(Func<Task> act) => _ = InvokeAsync(async () =>
    {
        if (_stop.IsOver) return;
        try
        {
            await act();
            StateHasChanged();
        }
        catch (Exception e) when (_stop.IsOver && e is OperationCanceledException)
        {
            // The page is gone.
        }
#pragma warning disable CA1031 // It is shown by the boundary around the dock.
        catch (Exception e)
#pragma warning restore CA1031
        {
            await DispatchExceptionAsync(e);
        }
    });
}
