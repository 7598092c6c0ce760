using ControlChat.App.Approvals.Cards;
using ControlChat.App.Ui;
using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;

namespace ControlChat.App.Approvals;

/// <summary>
/// One approval on one card. The confirm token stays with it: a click names what is meant, this holds the right to it.
/// A decision that has begun runs to its end whatever becomes of the circuit.
/// </summary>
internal sealed partial class ApprovalCardState(string approvalId, ApprovalDesk desk, ILogger logger) : IDisposable
{
    /// <summary>Approve does nothing for this long after the card appeared or moved.</summary>
    public static readonly TimeSpan Inert = TimeSpan.FromMilliseconds(600);

    private readonly Lifetime _closed = new();
    private readonly HeldToken _token = new(approvalId, desk, logger);
    private CardMemory _memory = new();
    private Approval? _approval;
    private DateTimeOffset _since;
    private string? _trouble;
    private bool _signInAgain;
    private bool _deciding;
    private bool _follows;

    /// <summary>Raised on any thread.</summary>
    public event Action? Changed;

    /// <summary>Null until loaded, and when there is none.</summary>
    public CardView? View { get; private set; }

    /// <summary>Loaded, and there is no such approval for this reader.</summary>
    public bool Missing { get; private set; }

    /// <summary>The hub could not be asked.</summary>
    public bool Failed { get; private set; }

    /// <summary>The decision that was begun last; it ends by itself.</summary>
    public Task Work { get; private set; } = Task.CompletedTask;

    public void Follow()
    {
        desk.Feed.Changed += Moved;
        desk.PutOffChanged += PutOffElsewhere;
        desk.PutCard(approvalId);
        _follows = true;
    }

    /// <summary>Reads what there is. Nothing is opened yet: a page that is only rendered ahead needs no token.</summary>
    public async Task LoadAsync()
    {
        if (desk.Reader is not { } reader)
        {
            (Missing, View) = (true, null);
            return;
        }
        try
        {
            var approval = await desk.Approvals.FindAsync(reader, approvalId, _closed.Token);
            (Missing, Failed) = (approval is null, false);
            if (approval is not null) await ShowAsync(reader, approval);
        }
        catch (HubUnavailableException e)
        {
            LogNotLoaded(approvalId, e);
            Failed = true;
        }
        catch (OperationCanceledException)
        {
            // the card is gone
        }
        Changed?.Invoke();
    }

    /// <summary>The card can be seen and clicked from now on: takes the token, starts the time in which Approve does nothing.</summary>
    public async Task OpenAsync()
    {
        _since = desk.Time.GetUtcNow();
        if (desk.Reader is { } reader && View?.Phase is CardPhase.Pending or CardPhase.Frozen) await _token.TakeAsync(reader!);
    }

    /// <summary>The card was moved under the pointer by something else than its reader.</summary>
    public void Shifted() => _since = desk.Time.GetUtcNow();

    /// <param name="veto">Steps left out.</param>
    /// <param name="typed">What was typed where the plan asks for it.</param>
    /// <returns>False when the click does not count: too early, too late, or not filled in.</returns>
    public bool Approve(IReadOnlyList<int> veto, string? typed)
    {
        if (View?.Approval.Plan is not { } plan) return false;
        if (plan.TypedConfirmation is { } wanted && !string.Equals(wanted, typed, StringComparison.Ordinal)) return false;
        return Approve(new ApproveRequest(null, veto, typed));
    }

    /// <summary>Yes to an agent.</summary>
    /// <inheritdoc cref="Approve(IReadOnlyList{int}, string?)" path="/returns"/>
    public bool Accept(AgentClick click) => View?.Subject is not null && Approve(new ApproveRequest(null) { Answer = "accept", Content = click.Content });

    private bool Approve(ApproveRequest request)
    {
        if (_deciding || View?.Phase is not CardPhase.Pending || desk.Reader is not { } reader) return false;
        if (desk.Time.GetUtcNow() - _since < Inert) return false;
        Begin(async () => Take(await ApproveNowAsync(reader, request)));
        return true;
    }

    public void Decline(string? reason)
    {
        var words = string.IsNullOrWhiteSpace(reason) ? null : reason.Trim();
        Refuse(reader => desk.Approvals.DeclineAsync(reader, approvalId, words, CancellationToken.None));
    }

    /// <summary>No to an agent, and its turn ends.</summary>
    public void CancelTurn() => Refuse(reader => desk.Approvals.CancelTurnAsync(reader, approvalId, CancellationToken.None));

    private void Refuse(Func<Principal, Task<ApprovalDecision>> decide)
    {
        if (_deciding || desk.Reader is not { } reader || View?.Phase is not (CardPhase.Pending or CardPhase.Frozen or CardPhase.SecondPerson or CardPhase.Later)) return;
        Begin(async () => Take(await decide(reader)));
    }

    /// <summary>A fresh plan for the same arguments; <see cref="CardView.FreshId"/> leads to it.</summary>
    public void Replan()
    {
        if (_deciding || desk.Reader is not { } reader) return;
        Begin(async () => Take(await desk.Approvals.ReplanAsync(reader, approvalId, new CallOrigin("ui"), CancellationToken.None)), quiet: true);
    }

    public void PutOff(bool off)
    {
        desk.PutOff(approvalId, off);
        PutOffElsewhere(approvalId);
    }

    /// <summary>Takes back what was applied, or plans the way back where that asks.</summary>
    public void Undo()
    {
        if (View is not { Undo: { Offered: true, Busy: false }, Phase: CardPhase.Applied { Outcome.ActionId: not null } or CardPhase.Stopped { Outcome.ActionId: not null } } view || desk.Reader is not { } reader) return;
        var action = view.Phase is CardPhase.Applied applied ? applied.Outcome.ActionId! : ((CardPhase.Stopped)view.Phase).Outcome.ActionId!;
        View = view with { Undo = view.Undo with { Busy = true } };
        Begin(async () =>
        {
            var look = await new ActionUndo(desk).UndoAsync(reader, action, CancellationToken.None);
            if (View is not null) View = View with { Undo = look };
        }, quiet: true);
    }

    /// <summary>Plans the steps that a stopped batch did not do, as a new plan; <see cref="CardView.FreshId"/> leads to it.</summary>
    public void PlanRest()
    {
        if (_deciding || View is not { Phase: CardPhase.Stopped, FreshId: null } || desk.Reader is not { } reader) return;
        Begin(async () =>
        {
            var decision = await desk.Approvals.PlanRestAsync(reader, approvalId, CancellationToken.None);
            if (decision is ApprovalDecision.Refused refused) _trouble = refused.Message;
            if (decision is ApprovalDecision.Fresh fresh && View is not null) View = View with { FreshId = fresh.Approval.Id };
        }, quiet: true);
    }

    public void Dispose()
    {
        desk.Feed.Changed -= Moved;
        desk.PutOffChanged -= PutOffElsewhere;
        if (_follows) desk.TakeCard(approvalId);
        _follows = false;
        _closed.Dispose();
    }

    private void Moved(ApprovalsMoved moved)
    {
        // Nothing happens to what was decided and carried out, unless it is told.
        if (moved.IsLook && _approval is { Status: not "pending", Outcome: not null }) return;
        var back = View?.Undo.PlanId;
        if (back is not null && !moved.IsLook && moved.Touches(back)) View = View! with { Undo = UndoLook.None };
        if (moved.Touches(approvalId) || (back is not null && moved.Touches(back)) || (View?.FreshId is { } next && !moved.IsLook && moved.Touches(next))) _ = LoadAsync();
    }

    private void PutOffElsewhere(string id)
    {
        var off = desk.IsPutOff(approvalId);
        if (id != approvalId || _memory.PutOff == off) return;
        _memory = _memory with { PutOff = off };
        Shifted();
        Refresh();
    }

    /// <param name="quiet">The card keeps its face meanwhile.</param>
    private void Begin(Func<Task> decide, bool quiet = false)
    {
        (_deciding, _trouble, _signInAgain) = (true, null, false);
        _memory = _memory with { Sent = !quiet };
        Refresh();
        // On a thread of its own and without the circuit's token: what was clicked is done, seen or not.
        Work = Task.Run(() => DecideAsync(decide, quiet));
    }

    private async Task DecideAsync(Func<Task> decide, bool quiet)
    {
        try
        {
            await decide();
        }
        catch (HubUnavailableException e)
        {
            LogNotDecided(approvalId, e);
            _trouble = Texts.DatabaseSilentLookAgain;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            LogNotDecided(approvalId, e);
            _trouble = Texts.ClickNotCarriedOut;
        }
        _deciding = false;
        _memory = _memory with { Sent = false };
        if (_closed.IsOver) return;
        if (quiet && _trouble is null) Changed?.Invoke();
        else await LoadAsync();
    }

    private async Task<ApprovalDecision> ApproveNowAsync(Principal reader, ApproveRequest request)
    {
        var token = await _token.FreshAsync(reader);
        // Set before, so that a change seen meanwhile is known as this card's own.
        _memory = _memory with { DecidedHere = true };
        return await desk.Approvals.ApproveAsync(reader, approvalId, request with { ConfirmToken = token }, CancellationToken.None);
    }

    private void Take(ApprovalDecision decision)
    {
        _memory = _memory with { DecidedHere = decision is ApprovalDecision.Done or ApprovalDecision.Declined or ApprovalDecision.Stale };
        switch (decision)
        {
            case ApprovalDecision.Fresh fresh:
                if (View is not null) View = View with { FreshId = fresh.Approval.Id };
                break;
            case ApprovalDecision.Refused { Code: "confirm_token_invalid" }:
                _token.Drop();
                _trouble = Texts.ConfirmationRenewed;
                break;
            case ApprovalDecision.Refused { Code: "already_decided" or "expired" }:
                break;
            case ApprovalDecision.Refused { Code: "frozen" }:
                break;
            case ApprovalDecision.Refused refused:
                (_trouble, _signInAgain) = (refused.Message, refused.Code == "step_up_required");
                break;
        }
        if (decision is not ApprovalDecision.Refused) _token.Drop();
    }

    private async Task ShowAsync(Principal reader, Approval approval)
    {
        _approval = approval;
        var progress = approval is { Status: "consumed", Outcome: null } ? await desk.Facts.ProgressAsync(reader, approvalId, _closed.Token) : null;
        var freezes = approval.Status == "pending" ? await desk.Facts.StoppingAsync(reader, approval, _closed.Token) : [];
        _memory = _memory with { PutOff = desk.IsPutOff(approvalId), Progress = progress, Freezes = freezes };
        var names = await desk.Facts.NamesAsync(reader, approval, freezes.Select(f => f.SetBy), _closed.Token);
        var phase = CardPhases.Of(approval, _memory, desk.Time.GetUtcNow());
        if (phase.GetType() != View?.Phase.GetType()) Shifted();
        var view = new CardView(approval, phase, names, reader.AccountId) { InPlace = _memory.SeenPending, Trouble = _trouble, SignInAgain = _signInAgain, FreshId = View?.FreshId };
        View = await AddAsync(reader, view);
        if (phase is CardPhase.Pending or CardPhase.Frozen) _memory = _memory with { SeenPending = true };
    }

    private async Task<CardView> AddAsync(Principal reader, CardView view) => view.Phase switch
    {
        CardPhase.Applied { Outcome.ActionId: { } action } => view with { Undo = await UndoLookAsync(reader, action) },
        CardPhase.Stopped stopped => view with
        {
            FreshId = (await desk.Approvals.FindRestAsync(reader, approvalId, _closed.Token))?.Id,
            Undo = stopped.Outcome.ActionId is { } action ? await UndoLookAsync(reader, action) : UndoLook.None,
        },
        CardPhase.Superseded stale => view with
        {
            Movers = await desk.Facts.MoversAsync(reader, view.Approval.Plan!, stale.Difference.Select(d => d!["resource"]!.GetValue<string>()), _closed.Token),
        },
        _ => view,
    };

    private async Task<UndoLook> UndoLookAsync(Principal reader, string action) =>
        View?.Undo is { } look && (look.Busy || look.PlanId is not null) ? look : await desk.Facts.UndoAsync(reader, action, _closed.Token);

    /// <summary>The same approval, seen again with what is remembered now.</summary>
    private void Refresh()
    {
        if (View is not null && _approval is not null) View = View with { Phase = CardPhases.Of(_approval, _memory, desk.Time.GetUtcNow()), Trouble = _trouble, SignInAgain = _signInAgain };
        Changed?.Invoke();
    }

    /// <summary>Its time is over while it is looked at.</summary>
    public Task ExpiredAsync() => LoadAsync();

    [LoggerMessage(Level = LogLevel.Warning, Message = "Approval {ApprovalId} could not be read for its card")]
    private partial void LogNotLoaded(string approvalId, Exception fault);

    [LoggerMessage(Level = LogLevel.Error, Message = "A click on approval {ApprovalId} failed")]
    private partial void LogNotDecided(string approvalId, Exception fault);
}
