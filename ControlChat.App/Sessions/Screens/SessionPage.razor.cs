using ControlChat.App.Layout;
using ControlChat.App.SignIn;
using ControlChat.App.Ui;
using ControlChat.Core.Bus;
using ControlChat.Core.Sessions;
using Microsoft.AspNetCore.Components;

namespace ControlChat.App.Sessions.Screens;

/// <summary>One session: the talk with its agent, and its transcript.</summary>
public sealed partial class SessionPage : IDisposable
{
    private Lifetime _stop = new();
    private SessionTalk _talk = null!;
    private SessionVoice _voice = null!;
    private IDisposable? _watch;
    private bool _panics;
    private (string Text, bool Failed)? _said;

    [Inject] private SessionDesk Desk { get; set; } = null!;

    [Inject] private SessionCalls Calls { get; set; } = null!;

    [Inject] private CircuitPrincipal Who { get; set; } = null!;

    [Inject] private IBus Bus { get; set; } = null!;

    [Inject] private TimeProvider Time { get; set; } = null!;

    [Inject] private ISessionWatch Pages { get; set; } = null!;

    [Inject] private PageContext Beside { get; set; } = null!;

    [Inject] private Announcer Announcer { get; set; } = null!;

    [Parameter] public string Id { get; set; } = "";

    [SupplyParameterFromQuery(Name = "view")] private string? View { get; set; }

    [SupplyParameterFromQuery(Name = "text")] private string? Text { get; set; }

    [SupplyParameterFromQuery(Name = "after")] private string? After { get; set; }

    private string Title => _talk.Look?.Title ?? Texts.Session;

    private string? Line => _talk.Look switch
    {
        null => null,
        { View.Command: { Count: > 0 } command } => Texts.TerminalOf.With(VisibleText.Of(command[0])),
        { View: var view } => SessionWords.Of(view).Word,
    };

    private bool IsTerminal => _talk.Look?.View.Mode == SessionMode.Terminal;

    private SessionTab Tab => SessionTabs.Of(View, _talk.Look?.View.Mode ?? SessionMode.Chat);

    protected override async Task OnParametersSetAsync()
    {
        if (_talk is not null && _talk.Id == Id) return;
        Leave();
        _stop = new Lifetime();
        _voice = new SessionVoice(Announcer);
        _said = null;
        _talk = new SessionTalk(Id, Desk, Calls, Bus, Time);
        _talk.Changed += Show;
        if (Who.Current is null) return;
        // Subscribed before it is read, where there is a circuit to be told.
        if (RendererInfo.IsInteractive)
        {
            _watch = Pages.Watch(Id);
            _ = _talk.FollowAsync(_stop.Token);
        }
        else await _talk.LoadAsync(_stop.Token);
    }

    protected override void OnAfterRender(bool firstRender) => Beside.Show(this, [], _talk.Look is { } look ? new PageWorkspace(look.View.WorkspaceId, look.Title) : null);

    public void Dispose()
    {
        Beside.Leave(this);
        Leave();
    }

    private void Leave()
    {
        if (_talk is null) return;
        _talk.Changed -= Show;
        _watch?.Dispose();
        _stop.Dispose();
    }

    private void Show() => _ = InvokeAsync(() =>
    {
        _voice.Hear(_talk.Look?.View);
        StateHasChanged();
    });

    private Task RetryAsync() => _talk.LoadAsync(_stop.Token);

    private async Task StopAsync()
    {
        _said = await Calls.StopAsync(Id, _stop.Token) is { } problem ? (problem, true) : null;
    }

    private async Task PanicAsync()
    {
        _panics = false;
        _said = await Calls.PanicOneAsync(Id, _stop.Token) is { } problem ? (problem, true) : (Texts.TheSessionWasEnded, false);
    }
}
