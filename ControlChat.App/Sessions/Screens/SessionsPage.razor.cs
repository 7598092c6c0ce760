using ControlChat.App.Layout;
using ControlChat.App.Live;
using ControlChat.App.SignIn;
using ControlChat.App.Ui;
using ControlChat.Core.Bus;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Terminals;
using Microsoft.AspNetCore.Components;

namespace ControlChat.App.Sessions.Screens;

/// <summary>Every session one may see: who is at work where, who waits, and why the others ended. The address is the view.</summary>
public sealed partial class SessionsPage : IDisposable
{
    private readonly Lifetime _stop = new();
    private SessionsPageState _state = null!;
    private IReadOnlyList<SessionPlace> _workspaces = [];
    private AgentReadinessView? _readiness;
    private string? _fault;
    private bool _starts;
    private bool _panics;
    private (string Text, bool Failed)? _said;

    [Inject] private SessionDesk Desk { get; set; } = null!;

    [Inject] private SessionCalls Calls { get; set; } = null!;

    [Inject] private SessionPlaces Workspaces { get; set; } = null!;

    [Inject] private AgentProfiles Profiles { get; set; } = null!;

    [Inject] private IEnumerable<ITerminalPrograms> Terminals { get; set; } = null!;

    [Inject] private IEnumerable<AgentReadiness> Readiness { get; set; } = null!;

    [Inject] private CircuitPrincipal Who { get; set; } = null!;

    [Inject] private IBus Bus { get; set; } = null!;

    [Inject] private TimeProvider Time { get; set; } = null!;

    [Inject] private NavigationManager Navigation { get; set; } = null!;

    [Inject] private Announcer Announcer { get; set; } = null!;

    [Inject] private IReaderChoices Choices { get; set; } = null!;

    [SupplyParameterFromQuery(Name = "whose")] private string? Whose { get; set; }

    [SupplyParameterFromQuery(Name = "state")] private string? State { get; set; }

    [SupplyParameterFromQuery(Name = "workspace")] private string? Workspace { get; set; }

    [SupplyParameterFromQuery(Name = "cursor")] private string? Cursor { get; set; }

    [SupplyParameterFromQuery(Name = "panic")] private string? Panic { get; set; }

    private string? Line => _state.Load is { } load ? LoadForm(load.Slots).With(load.AtWork, load.Slots, load.Waiting, load.Mine, load.MostMine) : null;

    private string LoadForm(int slots) => (slots, Bus.IsShared) switch
    {
        (1, false) => Texts.LoadOne,
        (1, true) => Texts.LoadOneShared,
        (_, false) => Texts.LoadMany,
        (_, true) => Texts.LoadManyShared,
    };

    private IReadOnlyList<string> Programs => Terminals.FirstOrDefault()?.Names ?? [];

    private string EmptyText => _state.Query.Ended ? Texts.ASessionThatHasEndedStays : Texts.ASessionIsAnAgentAt;

    private IReadOnlyList<ActiveFilter> Filters => _state.Query.Workspace is { } workspace
        ? [new ActiveFilter(Texts.Workspace, _state.Items.FirstOrDefault(s => s.View.WorkspaceId == workspace)?.Title ?? workspace, (_state.Query.First() with { Workspace = null }).Href)] : [];

    // Those of this page of the list, to choose one.
    private IReadOnlyList<SessionPlace> Places => [.. _state.Items.Select(s => new SessionPlace(s.View.WorkspaceId, s.Title)).Distinct().OrderBy(p => p.Title, StringComparer.OrdinalIgnoreCase)];

    protected override void OnInitialized() => _state = new SessionsPageState(Desk, () => Who.Required, Choices);

    protected override Task OnParametersSetAsync() => Who.Current is null ? Task.CompletedTask : _state.ShowAsync(SessionsQuery.Of(Whose, State, Workspace, Cursor), _stop.Token);

    protected override void OnAfterRender(bool firstRender)
    {
        if (!firstRender) return;
        _ = new TopicNews(SessionEnding.Changes, Bus, Time).FollowAsync(() => InvokeAsync(NewsAsync), _stop.Token);
        _ = InvokeAsync(LookAtAgentsAsync);
    }

    public void Dispose() => _stop.Dispose();

    private async Task NewsAsync()
    {
        if (_stop.IsOver || Who.Current is null) return;
        await _state.LoadAsync(_stop.Token);
        StateHasChanged();
    }

    private async Task LookAtAgentsAsync()
    {
        // A process without a worker runs no agents.
        if (Readiness.FirstOrDefault() is not { } readiness) return;
        try
        {
            _readiness = await readiness.LookAsync(_stop.Token);
            StateHasChanged();
        }
        catch (OperationCanceledException) when (_stop.IsOver)
        {
            // The page was left.
        }
    }

    private void ChooseWorkspace(ChangeEventArgs chosen)
    {
        if (chosen.Value is string { Length: > 0 } workspace) Navigation.NavigateTo((_state.Query.First() with { Workspace = workspace }).Href);
    }

    private Task RetryAsync() => _state.LoadAsync(_stop.Token);

    private async Task AskStartAsync()
    {
        try
        {
            (_workspaces, var fault) = await Workspaces.ListAsync(_stop.Token);
            if (fault is not null) NotNow(fault);
            else (_fault, _starts) = (null, true);
        }
        catch (HubUnavailableException e)
        {
            NotNow(e.Message);
        }
    }

    private void NotNow(string why) => _said = (Texts.NoSessionCanBeStartedNow.With(why), true);

    private async Task StartAsync(SessionWanted wanted)
    {
        try
        {
            Started(wanted.Program is { } program
                ? await Calls.StartTerminalAsync(wanted.WorkspaceId, wanted.Profile, [program], _stop.Token)
                : await Calls.StartAsync(wanted.WorkspaceId, wanted.Profile, wanted.Message, _stop.Token));
        }
        catch (HubUnavailableException e)
        {
            _fault = e.Message;
        }
    }

    private void Started(Outcome outcome)
    {
        _fault = outcome.Status is "completed" or "confirmation_required" ? null : outcome.Error?.Message ?? Texts.ItCouldNotBeStarted;
        if (_fault is not null) return;
        _starts = false;
        Navigation.NavigateTo(outcome.ApprovalId is { } approval ? $"/approvals/{approval}" : $"/sessions/{(string?)outcome.Result?["id"]}");
    }

    private async Task StopAsync(string id)
    {
        _said = await Calls.StopAsync(id, _stop.Token) is { } problem ? (problem, true) : null;
        if (_said is null) Announcer.Say(Texts.TheSessionWasStopped);
        await _state.LoadAsync(_stop.Token);
    }

    private bool AsksToPanic => _panics || Panic is not null;

    private void ClosePanic()
    {
        _panics = false;
        if (Panic is not null) Navigation.NavigateTo(_state.Query.Href, replace: true);
    }

    private async Task PanicAsync(bool all)
    {
        ClosePanic();
        _said = await Calls.PanicAsync(all, _stop.Token);
        await _state.LoadAsync(_stop.Token);
    }
}
