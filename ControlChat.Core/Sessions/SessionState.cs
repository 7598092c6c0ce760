namespace ControlChat.Core.Sessions;

/// <summary>Where a session is: <c>queued → starting → running ⇄ waiting_for_approval → idle → ended</c>.</summary>
public static class SessionState
{
    public const string Queued = "queued";
    public const string Starting = "starting";
    public const string Running = "running";
    public const string WaitingForApproval = "waiting_for_approval";
    public const string Idle = "idle";

    /// <summary>For ever; see <see cref="SessionEnd"/>.</summary>
    public const string Ended = "ended";

    /// <summary>Whether a worker that holds a session may take it from one state to the other. Starting and ending are steps of their own.</summary>
    internal static bool Leads(string from, string to) => (from, to) switch
    {
        (Starting, Running or Idle) => true,
        (Running, WaitingForApproval or Idle) => true,
        (WaitingForApproval, Running or Idle) => true,
        (Idle, Running) => true,
        _ => false,
    };
}

/// <summary>Why a session ended.</summary>
public static class SessionEnd
{
    public const string Completed = "completed";

    /// <summary>Somebody who may stopped it.</summary>
    public const string Stopped = "stopped";

    /// <summary>Its time was over.</summary>
    public const string Expired = "expired";

    /// <summary>Nothing had happened in it for too long.</summary>
    public const string Idle = "idle";
    public const string Failed = "failed";
    public const string Panic = "panic";

    /// <summary>Its owner lost the right to it.</summary>
    public const string Revoked = "revoked";
    public const string WorkerLost = "worker_lost";

    public static IReadOnlyList<string> All { get; } = [Completed, Stopped, Expired, Idle, Failed, Panic, Revoked, WorkerLost];
}

/// <summary>How a session is talked to.</summary>
public static class SessionMode
{
    public const string Chat = "chat";
    public const string Terminal = "terminal";
}
