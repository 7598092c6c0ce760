using ControlChat.App.Live;
using ControlChat.App.SignIn;
using ControlChat.App.Start;
using ControlChat.App.Ui;
using ControlChat.Core.Bus;
using ControlChat.Core.Gate;
using ControlChat.Core.Tools.Invitations;
using ControlChat.Core.Workspaces;
using Microsoft.AspNetCore.Components;

namespace ControlChat.App.Invitations;

/// <summary>Invitations to the hub for an admin, or to one workspace for its owner.</summary>
public sealed partial class InvitationsPanel : IDisposable
{
    private readonly Lifetime _stop = new();
    private InvitationsState _state = null!;
    private bool _offered;
    private string? _of;
    private bool _inviting;
    private bool _several;
    private string? _fault;

    [Inject] private IToolGate Gate { get; set; } = null!;

    [Inject] private IToolCatalog Tools { get; set; } = null!;

    [Inject] private InvitationLinks Links { get; set; } = null!;

    [Inject] private CircuitPrincipal Who { get; set; } = null!;

    [Inject] private OwnAddresses Own { get; set; } = null!;

    [Inject] private Announcer Announcer { get; set; } = null!;

    [Inject] private NavigationManager Navigation { get; set; } = null!;

    [Inject] private TimeProvider Time { get; set; } = null!;

    [Inject] private IBus Bus { get; set; } = null!;

    /// <summary>Those to one workspace; null: all that the person may see.</summary>
    [Parameter] public Workspace? Workspace { get; set; }

    private bool MayInvite => Tools.Find("invitation.create") is { } tool && Tools.IsOffered(tool)
        && (Workspace is null ? Who.Current?.IsAdmin == true : Workspace is { IsTrashed: false, Role: WorkspaceRole.Owner });

    private bool MayInviteSeveral => Tools.Find("plan.batch") is { } tool && Tools.IsOffered(tool);

    protected override Task OnParametersSetAsync()
    {
        var before = _offered;
        _offered = MayInvite;
        if (!_offered || (before && _of == Workspace?.Id)) return Task.CompletedTask;
        (_of, _state, _inviting, _several) = (Workspace?.Id, new InvitationsState(Gate, Links, () => Who.Required, Time, Workspace?.Id), false, false);
        return LoadAsync();
    }

    protected override void OnAfterRender(bool firstRender)
    {
        if (firstRender) _ = new TopicNews("invitations", Bus, Time).FollowAsync(() => InvokeAsync(NewsAsync), _stop.Token);
    }

    public void Dispose()
    {
        _stop.Dispose();
    }

    private async Task NewsAsync()
    {
        if (_stop.IsOver || Who.Current is null || !_offered) return;
        await LoadAsync();
        StateHasChanged();
    }

    private Task LoadAsync() => _state.LoadAsync(_stop.Token);

    private Task ShowAsync(string? state) => _state.ShowAsync(state, _stop.Token);

    private Task OlderAsync() => _state.OlderAsync(_stop.Token);

    private Task NewerAsync() => _state.NewerAsync(_stop.Token);

    private void Ask() => (_inviting, _fault) = (true, null);

    private async Task InviteAsync(InviteSent sent)
    {
        var outcome = await _state.InviteAsync(sent, _stop.Token);
        _fault = InvitationsState.IsSaidInDialog(outcome) ? outcome.Error!.Message : null;
        if (_fault is not null) return;
        _inviting = false;
        Announce(outcome);
    }

    private async Task RevokeAsync(Invitation invitation) => Announce(await _state.RevokeAsync(invitation, _stop.Token));

    private Task UndoAsync(Workspaces.WorkspaceReceipt receipt) => _state.UndoAsync(receipt, _stop.Token);

    private async Task LinkAsync(Invitation invitation)
    {
        if (await _state.MakeLinkAsync(invitation, _stop.Token)) Announcer.Say(Texts.LinkMade);
        else if (_state.Refusal is { } refusal) Announcer.Alert(Texts.NotDone.With(refusal));
    }

    private void ShowApproval(string id) => Navigation.NavigateTo($"/approvals/{id}");

    private void Announce(Outcome outcome)
    {
        if (outcome.Status == "confirmation_required") Announcer.Alert(Texts.PlanWaits.With(outcome.Plan?.Summary));
        else if (outcome.Error is { } error) Announcer.Alert(Texts.NotDone.With(error.Message));
        else Announcer.Say(Texts.DoneWith.With(outcome.Plan?.Summary));
    }

    private bool MayCopy(Invitation invitation) => Who.Current is { } person && (person.IsAdmin || person.AccountId == invitation.InvitedBy);

    private string Href(string token) => $"{Own.PublicUrl}{InviteEndpoints.Path}#t={token}";

    private static string Whom(Invitation invitation) => invitation.Email ?? Texts.WhoeverHoldsLink;
}
