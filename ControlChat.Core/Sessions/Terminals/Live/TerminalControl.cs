namespace ControlChat.Core.Sessions.Terminals.Live;

/// <summary>
/// Who types into a terminal: the rules alone, without rows and without a clock of their own. What <c>On…</c> and <see cref="Due"/> answer becomes true by
/// <see cref="Apply"/>. Not safe for several threads.
/// </summary>
internal sealed class TerminalControl
{
    /// <summary>How long the window that left stays in control, for itself alone.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromSeconds(15);

    /// <summary>How long a holder may object.</summary>
    public static readonly TimeSpan Objection = TimeSpan.FromSeconds(10);

    private DateTimeOffset? _left;
    private TerminalViewer? _wisher;
    private DateTimeOffset _until;

    public TerminalViewer? Holder { get; private set; }

    public ControlWish? Wish => _wisher is null ? null : new ControlWish(PersonOf(_wisher), _until);

    public static TerminalPerson PersonOf(TerminalViewer viewer) => new(viewer.AccountId, viewer.Name);

    public static bool IsSame(TerminalViewer? one, TerminalViewer other) => one is not null && one.Id == other.Id && one.AccountId == other.AccountId;

    public bool IsHeldBy(TerminalViewer viewer) => IsSame(Holder, viewer);

    /// <summary>A window is there, for the first time or again.</summary>
    public ControlChange? OnJoin(TerminalViewer viewer)
    {
        if (IsHeldBy(viewer)) _left = null;
        return Holder is null && viewer.MayControl ? new ControlChange(viewer, viewer, ControlChange.Joined) : null;
    }

    /// <summary>Its last connection is gone.</summary>
    public void OnLeave(TerminalViewer viewer, DateTimeOffset now)
    {
        if (IsHeldBy(viewer)) _left = now;
        if (IsSame(_wisher, viewer)) _wisher = null;
    }

    public (ControlAnswer Answer, ControlChange? Change) OnTake(TerminalViewer viewer, DateTimeOffset now)
    {
        if (!viewer.MayControl) return (ControlAnswer.Refused, null);
        if (IsHeldBy(viewer)) return (ControlAnswer.Given, null);
        if (Holder is null || Holder.AccountId == viewer.AccountId) return (ControlAnswer.Given, new ControlChange(viewer, viewer, ControlChange.Taken));
        // One after the other: the first who asks is answered first.
        if (_wisher is null) (_wisher, _until) = (viewer, now + Objection);
        return (ControlAnswer.Asked, null);
    }

    /// <returns>Whether somebody was refused by it.</returns>
    public bool OnObject(TerminalViewer viewer)
    {
        if (!IsHeldBy(viewer) || _wisher is null) return false;
        _wisher = null;
        return true;
    }

    public ControlChange? OnGiveBack(TerminalViewer viewer) => IsHeldBy(viewer) ? new ControlChange(_wisher, viewer, ControlChange.GivenBack) : null;

    /// <summary>Its holder may type here no more.</summary>
    public ControlChange? OnLost(TerminalViewer viewer) => IsHeldBy(viewer) ? new ControlChange(_wisher, viewer, ControlChange.Lost) : null;

    /// <summary>What time brought.</summary>
    public ControlChange? Due(DateTimeOffset now)
    {
        if (_wisher is not null && Holder is not null && (now >= _until || now - _left >= Kept)) return new ControlChange(_wisher, _wisher, ControlChange.Unanswered);
        return Holder is not null && now - _left >= Kept ? new ControlChange(null, Holder, ControlChange.Left) : null;
    }

    /// <param name="isHere">Whether the one in control has a connection.</param>
    public void Apply(ControlChange change, bool isHere, DateTimeOffset now)
    {
        (Holder, _left) = (change.To, change.To is null || isHere ? null : now);
        if (Holder is null || (_wisher is not null && _wisher.AccountId == Holder.AccountId)) _wisher = null;
    }
}

/// <summary>Control goes from one to another.</summary>
/// <param name="To">Null: nobody has it.</param>
/// <param name="By">Whose doing it is.</param>
/// <param name="How">One of the words here, for the record.</param>
internal sealed record ControlChange(TerminalViewer? To, TerminalViewer By, string How)
{
    public const string Joined = "joined";
    public const string Taken = "taken";
    public const string Unanswered = "unanswered";
    public const string GivenBack = "given_back";
    public const string Left = "left";
    public const string Lost = "lost_rights";
}
