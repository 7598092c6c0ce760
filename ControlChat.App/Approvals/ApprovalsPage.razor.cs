using ControlChat.App.Approvals.Cards;
using ControlChat.App.Layout;
using ControlChat.App.Ui;
using ControlChat.Core.Gate;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace ControlChat.App.Approvals;

/// <summary>The inbox of decisions and, beside it, the plan that is looked at. <c>approval_url</c> leads here.</summary>
public sealed partial class ApprovalsPage : IDisposable
{
    private const string Pending = "pending";
    private readonly Dictionary<string, string> _names = [];
    private readonly Dictionary<string, string> _workspaces = [];
    private InboxQuery _query = new(null, null, null, null);
    private ApprovalsPageState _state = null!;
    private (Requester By, int Count)? _asking;
    private string? _first;

    [Parameter] public string? Id { get; set; }

    [SupplyParameterFromQuery(Name = "status")] private string? Status { get; set; }

    [SupplyParameterFromQuery(Name = "mine")] private string? Mine { get; set; }

    [SupplyParameterFromQuery(Name = "for")] private string? For { get; set; }

    [SupplyParameterFromQuery(Name = "cursor")] private string? Cursor { get; set; }

    [Inject] private ApprovalDesk Desk { get; set; } = null!;

    [Inject] private CardRecord Record { get; set; } = null!;

    [Inject] private Announcer Announcer { get; set; } = null!;

    [Inject] private NavigationManager Navigation { get; set; } = null!;

    [Inject] private IReaderChoices Choices { get; set; } = null!;

    [Inject] private IJSRuntime Js { get; set; } = null!;

    /// <summary>What the address names; without it the first that waits, and that one stays when the list moves.</summary>
    private string? Shown => Id ?? _first;

    private string Line => _state.Waiting == 0 ? Texts.NothingWaitsForYou : Texts.CountWaiting.With(_state.Waiting);

    protected override void OnInitialized()
    {
        _state = new ApprovalsPageState(Desk, Choices);
        _state.Changed += Show;
        _state.Arrived += Announce;
    }

    protected override async Task OnParametersSetAsync()
    {
        var query = InboxQuery.Of(Status, Mine, Cursor, Id, For);
        if (query with { Id = null } != _query with { Id = null }) _first = null;
        _query = query;
        await _state.ShowAsync(query);
        await NameAsync();
        _first ??= _state.Groups.SelectMany(g => g.Items).FirstOrDefault(a => !_query.IsOpen || a is { Status: Pending, MayDecide: true })?.Id;
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender) return;
        _state.Follow();
        if (await Js.AskAsync<string>("controlchat.approvals.looked") is { } since && DateTimeOffset.TryParse(since, System.Globalization.CultureInfo.InvariantCulture, out var at)) _state.Since = at;
        await _state.LoadAsync();
    }

    public void Dispose()
    {
        _state.Changed -= Show;
        _state.Arrived -= Announce;
        _state.Dispose();
    }

    private void Show() => _ = InvokeAsync(async () =>
    {
        await NameAsync();
        StateHasChanged();
    });

    private async Task NameAsync()
    {
        foreach (var id in _state.Groups.SelectMany(g => g.Items).Select(a => a.DecidedBy).OfType<string>().Distinct().Where(id => !_names.ContainsKey(id)).ToList())
            _names[id] = await Record.PersonAsync(id, CancellationToken.None);
        if (Desk.Reader is not { } reader) return;
        foreach (var id in _state.Groups.SelectMany(g => g.Items).Select(a => a.WorkspaceId).OfType<string>().Distinct().Where(id => !_workspaces.ContainsKey(id)).ToList())
            _workspaces[id] = await Desk.Facts.WorkspaceAsync(reader, id, CancellationToken.None);
    }

    private void Announce(IReadOnlyList<Approval> arrived)
    {
        if (arrived is not [var approval])
        {
            Announcer.Alert(Texts.ManyArrived.With(arrived.Count));
            return;
        }
        var minutes = Math.Max(1, (int)Math.Round((approval.ExpiresAt - Desk.Time.GetUtcNow()).TotalMinutes));
        Announcer.Alert(approval.Plan is { } plan
            ? Texts.PlanWaits.With(VisibleText.Of(plan.Summary), string.Join(", ", PlanWords.Scopes(plan)), minutes)
            : Texts.AgentWaits.With(VisibleText.Of(AgentWords.Title(approval, _workspaces)), minutes));
    }

    private void Open(string approvalId) => Navigation.NavigateTo((_query with { Status = null, Cursor = null, Id = approvalId }).Href);

    private void Later(string approvalId) => Desk.PutOff(approvalId, true);

    private async Task DeclineAllAsync()
    {
        if (_asking is not { } asked) return;
        _asking = null;
        await _state.DeclineAllAsync(asked.By);
    }

    private static string Chip(bool on) => on ? "chip on" : "chip";

    private static string With(InboxQuery query) => (query with { Cursor = null, Id = null }).Href;
}
