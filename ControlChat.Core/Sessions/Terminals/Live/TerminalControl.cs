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
    private bool _wasGiven;
    private bool _wasKept;
    private TerminalViewer? _gone;

    /// <summary>The account that was in control before this process had the terminal; null: nobody was.</summary>
    public string? Before { get; init; }

    public TerminalViewer? Holder { get; private set; }

    public ControlWish? Wish => _wisher is null ? null : new ControlWish(PersonOf(_wisher), _until);

    public static TerminalPerson PersonOf(TerminalViewer viewer) => new(viewer.AccountId, viewer.Name);

    public static bool IsSame(TerminalViewer? one, TerminalViewer other) => one is not null && one.Id == other.Id && one.AccountId == other.AccountId;

    public bool IsHeldBy(TerminalViewer viewer) => IsSame(Holder, viewer);

    /// <summary>
    /// A window is there, for the first time or again. Only the first one of all is given what it did not ask for: others may be in a pocket. The one that
    /// was in control until it was away for too long has it again if nobody took it meanwhile: a network that comes back needs no hand. Which window of the
    /// account of <see cref="Before"/> was in control is not known: until somebody asks for it, any of its windows follows one that left, such as a page that
    /// is loaded again while it comes back.
    /// </summary>
    public ControlChange? OnJoin(TerminalViewer viewer)
    {
        if (IsHeldBy(viewer)) _left = null;
        var follows = _wasKept && viewer.AccountId == Before;
        var isNext = _wasGiven ? follows || IsSame(_gone, viewer) : (Before ?? viewer.AccountId) == viewer.AccountId;
        var isFree = Holder is null || (follows && _left is not null);
        return isFree && viewer.MayControl && isNext ? new ControlChange(viewer, viewer, ControlChange.Joined) : null;
    }

    /// <summary>Whether the window that was in control is gone, and this is another one of its account: by typing it takes over.</summary>
    public bool Succeeds(TerminalViewer viewer) => viewer.MayControl && !IsHeldBy(viewer) && viewer.AccountId == (_left is null ? _gone : Holder)?.AccountId;

    /// <summary>Its last connection is gone.</summary>
    public void OnLeave(TerminalViewer viewer, DateTimeOffset now)
    {
        if (IsHeldBy(viewer)) _left = now;
        if (IsSame(_wisher, viewer)) _wisher = null;
    }

    /// <returns>With a change that does not change who has it: it was asked for just now.</returns>
    public (ControlAnswer Answer, ControlChange? Change) OnTake(TerminalViewer viewer, DateTimeOffset now)
    {
        if (!viewer.MayControl) return (ControlAnswer.Refused, null);
        if (IsHeldBy(viewer)) return (ControlAnswer.Given, null);
        if (Holder is null || Holder.AccountId == viewer.AccountId) return (ControlAnswer.Given, new ControlChange(viewer, viewer, ControlChange.Taken));
        // One after the other: the first who asks is answered first.
        if (_wisher is not null) return (ControlAnswer.Asked, null);
        (_wisher, _until) = (viewer, now + Objection);
        return (ControlAnswer.Asked, new ControlChange(Holder, viewer, ControlChange.Asked));
    }

    /// <returns>As for <see cref="OnTake"/>, when somebody was refused by it.</returns>
    public ControlChange? OnObject(TerminalViewer viewer)
    {
        if (!IsHeldBy(viewer) || _wisher is null) return null;
        _wisher = null;
        return new ControlChange(Holder, viewer, ControlChange.Objected);
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
        _wasKept = change.How switch
        {
            ControlChange.Joined => _wasKept || (Before is not null && !_wasGiven),
            ControlChange.Left => _wasKept,
            _ => false,
        };
        _wasGiven |= change.To is not null;
        _gone = change.How == ControlChange.Left ? change.By : null;
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
    public const string Asked = "asked";
    public const string Objected = "objected";
    public const string Left = "left";
    public const string Lost = "lost_rights";
}
