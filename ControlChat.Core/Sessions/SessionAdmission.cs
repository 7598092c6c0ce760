namespace ControlChat.Core.Sessions;

/// <summary>What a session's handle opens now.</summary>
public abstract record SessionAdmission
{
    private SessionAdmission()
    {
    }

    public sealed record Allowed(Session Session) : SessionAdmission;

    /// <param name="Reason">One of <see cref="SessionRefusal"/>.</param>
    /// <param name="Session">Null when there is none.</param>
    /// <param name="Words">For who asked, and for the record.</param>
    public sealed record Refused(string Reason, Session? Session, string Words) : SessionAdmission;
}

/// <summary>Why a handle opens nothing.</summary>
public static class SessionRefusal
{
    /// <summary>No session has this handle.</summary>
    public const string Unknown = "unknown";
    public const string Ended = "ended";

    /// <summary>Its time is over; whoever ends it has not come by yet.</summary>
    public const string Expired = "expired";

    /// <summary>The workspace is out of use, or the owner may not work in it any more.</summary>
    public const string Revoked = "revoked";

    /// <summary>A stop switch is set; the session goes on when it is lifted.</summary>
    public const string Frozen = "frozen";
}
