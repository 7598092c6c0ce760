using ControlChat.Core.Conversations;

namespace ControlChat.App.Ask;

/// <summary>How the work on one message stands, for this page.</summary>
public sealed class AskRun
{
    /// <summary>No event for this long is said to the reader.</summary>
    public static readonly TimeSpan Slow = TimeSpan.FromSeconds(30);

    internal AskRun(string id, DateTimeOffset at) => (Id, Since, LastAt) = (id, at, at);

    public string Id { get; }

    /// <summary>When it was asked, then when it started.</summary>
    public DateTimeOffset Since { get; internal set; }

    /// <summary>When the last sign of life came.</summary>
    public DateTimeOffset LastAt { get; private set; }

    public DateTimeOffset? EndedAt { get; private set; }

    public AskPhase Phase { get; private set; } = AskPhase.Queued;

    public EventError? Error { get; private set; }

    /// <summary>Who stopped it, by account.</summary>
    public string? StoppedBy { get; private set; }

    /// <summary>Text of it is coming in.</summary>
    public bool Answering { get; internal set; }

    /// <summary>When the text that is coming in began.</summary>
    public DateTimeOffset AnsweringSince { get; internal set; }

    /// <summary>Plans that wait for a person.</summary>
    public int Plans { get; internal set; }

    /// <summary>Calls under way.</summary>
    public int Calls { get; internal set; }

    /// <summary>An earlier run is at work, so this one has to wait for its turn.</summary>
    public bool Behind { get; internal set; }

    public bool IsOpen => Phase is AskPhase.Queued or AskPhase.Running;

    /// <summary>It does nothing until a person has decided.</summary>
    public bool Waits => IsOpen && Plans > 0 && Calls == 0 && !Answering;

    /// <summary>It is at work now, or next.</summary>
    public bool IsActive => IsOpen && !Waits && !Behind;

    public bool IsSlow(DateTimeOffset now) => IsActive && now - LastAt >= Slow;

    /// <summary>Whole seconds of what is going on now.</summary>
    public int Seconds(DateTimeOffset now) => Math.Max(0, (int)(now - (Answering ? AnsweringSince : Since)).TotalSeconds);

    internal void Live(DateTimeOffset at)
    {
        if (at > LastAt) LastAt = at;
    }

    internal void Start(DateTimeOffset at)
    {
        if (Phase == AskPhase.Queued) (Phase, Since) = (AskPhase.Running, at);
        Live(at);
    }

    internal void End(AskPhase phase, DateTimeOffset at, EventError? error = null, string? by = null) =>
        (Phase, EndedAt, Error, StoppedBy, Answering, Calls, Plans) = (phase, at, error, by, false, 0, 0);

    /// <summary>What the store says of a run whose beginning is not among the events shown.</summary>
    internal void Take(Run run)
    {
        if (run.IsOpen)
        {
            if (run.StartedAt is { } at) Start(at);
            return;
        }
        if (!IsOpen) return;
        var phase = run.Status switch { "failed" => AskPhase.Failed, "cancelled" => AskPhase.Stopped, _ => AskPhase.Done };
        End(phase, run.EndedAt ?? LastAt, run.Error);
    }
}

public enum AskPhase
{
    Queued,
    Running,
    Done,
    Failed,
    Stopped,
}
