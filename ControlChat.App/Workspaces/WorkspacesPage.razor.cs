using System.Text.Json.Nodes;
using ControlChat.App.Layout;
using ControlChat.App.Live;
using ControlChat.App.SignIn;
using ControlChat.App.Ui;
using ControlChat.Core.Bus;
using ControlChat.Core.Gate;
using ControlChat.Core.Workspaces;
using Microsoft.AspNetCore.Components;

namespace ControlChat.App.Workspaces;

/// <summary>The list of workspaces with the open one beside it. The address is the view; every change goes through the gate.</summary>
public sealed partial class WorkspacesPage : IDisposable
{
    private static readonly TimeSpan TypingPause = TimeSpan.FromMilliseconds(250);
    private readonly Lifetime _stop = new();
    private WorkspacesPageState _state = null!;
    private CancellationTokenSource? _typing;
    private WorkspaceForm? _form;
    private PersonAsk? _person;
    private IReadOnlyList<Workspace> _asked = [];
    private string _title = "";
    private string? _fault;

    [Inject] private IToolGate Gate { get; set; } = null!;

    [Inject] private IToolCatalog Tools { get; set; } = null!;

    [Inject] private CircuitPrincipal Who { get; set; } = null!;

    [Inject] private IBus Bus { get; set; } = null!;

    [Inject] private TimeProvider Time { get; set; } = null!;

    [Inject] private NavigationManager Navigation { get; set; } = null!;

    [Inject] private Announcer Announcer { get; set; } = null!;

    [Inject] private IReaderChoices Choices { get; set; } = null!;

    [Inject] private PageContext Beside { get; set; } = null!;

    [Parameter] public string? Id { get; set; }

    [SupplyParameterFromQuery(Name = "text")] private string? Text { get; set; }

    [SupplyParameterFromQuery(Name = "tag")] private string? Tag { get; set; }

    [SupplyParameterFromQuery(Name = "state")] private string? State { get; set; }

    [SupplyParameterFromQuery(Name = "cursor")] private string? Cursor { get; set; }

    private string Heading => Texts.Workspaces;

    private bool HasHosts => Tools.Find("workspace.start_host") is { } tool && Tools.IsOffered(tool);

    private string CloseHref => (_state.Query with { Open = null }).Href;

    private string EmptyText => _state.Query.IsFiltered
        ? Texts.NoWorkspaceFits
        : Texts.WhatWorkspacesHold;

    private IReadOnlyList<LinkTab> StateTabs => [TabOf(null, Texts.All), TabOf(WorkspaceState.Active, Texts.Active), TabOf(WorkspaceState.Archived, Texts.Archived), TabOf(WorkspaceState.Trashed, Texts.Trash)];

    private IReadOnlyList<ActiveFilter> Filters => _state.Query.Tag is { } tag ? [new ActiveFilter(Texts.Tag, tag, (_state.Query.First() with { Tag = null }).Href)] : [];

    protected override void OnInitialized() => _state = new WorkspacesPageState(new WorkspaceCalls(Gate, Who), Time, Choices);

    protected override Task OnParametersSetAsync() => _state.ShowAsync(WorkspacesQuery.Of(Text, Tag, State, Cursor, Id), _stop.Token);

    protected override void OnAfterRender(bool firstRender)
    {
        Beside.Show(this, WorkspaceLook.Chips(_state), WorkspaceLook.OnPage(_state));
        if (firstRender) _ = new TopicNews("workspaces", Bus, Time).FollowAsync(() => InvokeAsync(NewsAsync), _stop.Token);
    }

    public void Dispose()
    {
        Beside.Leave(this);
        _stop.Dispose();
        _typing?.Dispose();
    }

    private async Task NewsAsync()
    {
        if (_stop.IsOver || Who.Current is null) return;
        await _state.RefreshAsync(_stop.Token);
        StateHasChanged();
    }

    private async Task SearchAsync(string? text)
    {
        if (_typing is not null) await _typing.CancelAsync();
        _typing?.Dispose();
        _typing = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        try
        {
            await Task.Delay(TypingPause, Time, _typing.Token);
        }
        catch (OperationCanceledException)
        {
            return;
        }
        Navigation.NavigateTo((_state.Query.First() with { Text = string.IsNullOrWhiteSpace(text) ? null : text.Trim() }).Href, replace: true);
    }

    private void ChooseTag(ChangeEventArgs chosen)
    {
        if (chosen.Value is string { Length: > 0 } tag) Navigation.NavigateTo((_state.Query.First() with { Tag = tag }).Href);
    }

    private Task RetryAsync() => _state.LoadAsync(_stop.Token);

    private void Ask(WorkspaceForm form, IReadOnlyList<Workspace> workspaces) =>
        (_form, _asked, _title, _fault) = (form, workspaces, form == WorkspaceForm.Rename ? workspaces[0].Title : "", null);

    private void CloseDialog() => _form = null;

    private void AskPerson(PersonAsk ask) => (_person, _fault) = (ask, null);

    private async Task SendPersonAsync(PersonSent sent)
    {
        if (_person is not { } ask || _state.Open is not { } open) return;
        var tool = ask.Member is null ? "workspace.add_collaborator" : "workspace.set_role";
        var outcome = await _state.DoAsync(tool, [open.Workspace], id => new JsonObject { ["workspace_id"] = id, ["account"] = sent.Account, ["role"] = sent.Role }, _stop.Token);
        _fault = WorkspacesPageState.IsSaidInDialog(tool, outcome) ? outcome.Error!.Message : null;
        if (_fault is not null) return;
        _person = null;
        Announce(outcome);
    }

    private async Task SendAsync(WorkspaceWordsSent words)
    {
        var outcome = _form switch
        {
            WorkspaceForm.Create => await _state.CreateAsync(words.Title, words.Add, _stop.Token),
            WorkspaceForm.Rename => await _state.DoAsync("workspace.rename", _asked, id => new JsonObject { ["workspace_id"] = id, ["title"] = words.Title }, _stop.Token),
            _ => await _state.DoAsync("workspace.tag", _asked, id => new JsonObject { ["workspace_id"] = id, ["add"] = List(words.Add), ["remove"] = List(words.Remove) }, _stop.Token),
        };
        _fault = outcome.Status == "invalid" ? outcome.Error!.Message : null;
        if (_fault is not null) return;
        CloseDialog();
        Announce(outcome);
    }

    private async Task DoAsync(WorkspaceAsk ask, IReadOnlyList<Workspace> workspaces) =>
        Announce(await _state.DoAsync(ask.Tool, workspaces, ask.Arguments, _stop.Token));

    private Task UndoAsync(WorkspaceReceipt receipt) => _state.UndoAsync(receipt, _stop.Token);

    private void ShowApproval(string id) => Navigation.NavigateTo($"/approvals/{id}");

    private void Announce(Outcome outcome)
    {
        if (outcome.Status == "confirmation_required") Announcer.Alert(Texts.PlanWaits.With(outcome.Plan?.Summary));
        else if (outcome.Error is { } error) Announcer.Alert(Texts.NotDoneWhy.With(error.Message));
        else Announcer.Say(Texts.DoneWith.With(outcome.Plan?.Summary));
    }

    private LinkTab TabOf(string? state, string title) => new(state ?? "all", title, (_state.Query.First() with { State = state }).Href);

    private static JsonArray List(IEnumerable<string> words) => new([.. words.Select(w => (JsonNode)w)]);
}
