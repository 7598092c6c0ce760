using System.Text.Json;
using ControlChat.App.Ui;
using ControlChat.App.Workspaces;
using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Tools.Invitations;

namespace ControlChat.App.Invitations;

/// <summary>What the panel of invitations knows. Lists and changes go through the gate; a link is kept only until it is put away. Plain C#, no renderer.</summary>
/// <param name="gate">Lists, makes and revokes.</param>
/// <param name="links">Makes links, for a person in a browser.</param>
/// <param name="who">Who looks.</param>
/// <param name="time">When things came of.</param>
/// <param name="workspaceId">Those to one workspace only; null: all that the person may see.</param>
public sealed class InvitationsState(IToolGate gate, InvitationLinks links, Func<Principal> who, TimeProvider time, string? workspaceId)
{
    private const int Rows = 20;
    private const int MostReceipts = 3;
    private static readonly CallOrigin Page = new("ui");
    private readonly Stack<string?> _newer = new();
    private readonly List<WorkspaceReceipt> _receipts = [];
    private string? _cursor;

    public PanelLook Look { get; private set; } = PanelLook.Loading;

    public OutcomeError? Fault { get; private set; }

    /// <summary><c>pending|accepted|ended</c>.</summary>
    public string Shown { get; private set; } = InvitationState.Pending;

    public IReadOnlyList<Invitation> Items { get; private set; } = [];

    public bool HasNewer => _newer.Count > 0;

    public string? NextCursor { get; private set; }

    /// <summary>What was asked for here, newest first.</summary>
    public IReadOnlyList<WorkspaceReceipt> Receipts => _receipts;

    /// <summary>The link that was just made: shown once.</summary>
    public (string Token, Invitation For)? Link { get; private set; }

    /// <summary>Why no link was made.</summary>
    public string? Refusal { get; private set; }

    /// <summary>No link was made because the sign-in is not recent.</summary>
    public bool NeedsFreshSignIn { get; private set; }

    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        var outcome = await CallAsync("invitation.list", new { state = Shown, workspace_id = workspaceId, limit = Rows, cursor = _cursor }, cancellationToken);
        if (outcome.Result is { } result)
            (Items, NextCursor, Fault) = (result["items"].Deserialize<Invitation[]>(Json.Wire)!, (string?)result["next_cursor"], null);
        else
            Fault = outcome.Error ?? new OutcomeError(outcome.Status, Texts.ListDidNotCome);
        Look = Fault is not null ? PanelLook.Failed : Items.Count == 0 ? PanelLook.Empty : PanelLook.Live;
    }

    public Task ShowAsync(string? state, CancellationToken cancellationToken)
    {
        Shown = state is InvitationState.Accepted or InvitationState.Ended ? state : InvitationState.Pending;
        _newer.Clear();
        _cursor = null;
        return LoadAsync(cancellationToken);
    }

    public Task OlderAsync(CancellationToken cancellationToken)
    {
        if (NextCursor is null) return Task.CompletedTask;
        _newer.Push(_cursor);
        _cursor = NextCursor;
        return LoadAsync(cancellationToken);
    }

    public Task NewerAsync(CancellationToken cancellationToken)
    {
        if (!_newer.TryPop(out var before)) return Task.CompletedTask;
        _cursor = before;
        return LoadAsync(cancellationToken);
    }

    /// <returns>What came of it; what is wrong with the words is for the dialog to say, and kept nowhere.</returns>
    public async Task<Outcome> InviteAsync(InviteSent sent, CancellationToken cancellationToken)
    {
        var outcome = await CallAsync("invitation.create", sent.Arguments(workspaceId), cancellationToken);
        return IsSaidInDialog(outcome) ? outcome : await KeepAsync(outcome, cancellationToken);
    }

    public async Task<Outcome> RevokeAsync(Invitation invitation, CancellationToken cancellationToken) =>
        await KeepAsync(await CallAsync("invitation.revoke", new { invitation_id = invitation.Id }, cancellationToken), cancellationToken);

    public async Task UndoAsync(WorkspaceReceipt receipt, CancellationToken cancellationToken)
    {
        var outcome = await CallAsync("undo", new { action_id = receipt.Outcome.ActionId }, cancellationToken);
        if (outcome.Status == "completed") receipt.UndoneAt = time.GetUtcNow();
        else await KeepAsync(outcome, cancellationToken);
    }

    public void Close(WorkspaceReceipt receipt) => _receipts.Remove(receipt);

    /// <summary>Makes a link for the person to copy.</summary>
    public async Task<bool> MakeLinkAsync(Invitation invitation, CancellationToken cancellationToken)
    {
        (Link, Refusal, NeedsFreshSignIn) = (null, null, false);
        try
        {
            switch (await links.MakeAsync(who(), invitation.Id, cancellationToken))
            {
                case InvitationLinkResult.Made made:
                    Link = (made.Token, made.Invitation);
                    return true;
                case InvitationLinkResult.Refused refused:
                    Refusal = refused.Message;
                    break;
            }
        }
        catch (StaleSignInException)
        {
            NeedsFreshSignIn = true;
        }
        catch (Exception e) when (e is HubUnavailableException or UnauthorizedAccessException)
        {
            Refusal = e.Message;
        }
        return false;
    }

    public void PutAway() => Link = null;

    public static bool IsSaidInDialog(Outcome outcome) => outcome.Status is "invalid" or "not_found" or "conflict";

    private async Task<Outcome> KeepAsync(Outcome outcome, CancellationToken cancellationToken)
    {
        _receipts.Insert(0, new WorkspaceReceipt(outcome, time.GetUtcNow()));
        if (_receipts.Count > MostReceipts) _receipts.RemoveAt(MostReceipts);
        await LoadAsync(cancellationToken);
        return outcome;
    }

    private Task<Outcome> CallAsync(string tool, object arguments, CancellationToken cancellationToken) =>
        gate.InvokeAsync(who(), new ToolCall(tool, Ids.New("req"), JsonSerializer.SerializeToElement(arguments, Json.Wire), Page), cancellationToken);
}
