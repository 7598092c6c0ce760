using System.Text.Json;
using ControlChat.App.Ui;

namespace ControlChat.App.Ask.Handoffs;

/// <summary>A handed-over task as a page shows it: what its events came to, one after the other.</summary>
public sealed class HandoffTask
{
    /// <summary>No event for this long is said to the reader.</summary>
    public static readonly TimeSpan Slow = TimeSpan.FromSeconds(30);

    private readonly List<HandoffStep> _steps = [];

    internal HandoffTask(string sessionId, DateTimeOffset at) => (SessionId, StartedAt, LastAt) = (sessionId, at, at);

    public string SessionId { get; }

    public DateTimeOffset StartedAt { get; }

    public DateTimeOffset LastAt { get; private set; }

    /// <summary>Empty when its beginning is not among what is shown.</summary>
    public string Goal { get; private set; } = "";

    public string WorkspaceId { get; private set; } = "";

    /// <summary>What must be there at the end.</summary>
    public IReadOnlyList<string> Artefacts { get; private set; } = [];

    public long? Budget { get; private set; }

    public DateTimeOffset? Deadline { get; private set; }

    /// <summary>Of the session, as it said last.</summary>
    public string State { get; private set; } = "queued";

    public bool HasBegun { get; private set; }

    /// <summary>The agent's own plan, the newest.</summary>
    public IReadOnlyList<PlannedStep> Plan { get; private set; } = [];

    public IReadOnlyList<HandoffStep> Steps => _steps;

    /// <summary>Of the model, as the agent says; 0 until it does.</summary>
    public long Tokens { get; private set; }

    /// <summary>Null while it goes on.</summary>
    public HandoffResult? Result { get; private set; }

    public bool IsOpen => Result is null;

    public bool WaitsForAnswer => IsOpen && _steps.Exists(s => s is HandoffStep.Asked { Waits: true });

    /// <summary>It should be at work and says nothing.</summary>
    public bool IsSilent(DateTimeOffset now) => IsOpen && !WaitsForAnswer && now - LastAt >= Slow;

    /// <summary>For the card's tag: a word, a tone, an icon.</summary>
    public (string Word, string Tone, string Icon) Look => Result?.Status switch
    {
        "completed" => (CommonTexts.Done, "ok", "ok"),
        "incomplete" => (Texts.DoneWithFaults, "warn", "warn"),
        "failed" => (Texts.Failed, "danger", "failed"),
        "stopped" => (Texts.Stopped, "", "stop"),
        "expired" => (Texts.TimeOver, "warn", "clock"),
        null when WaitsForAnswer => (Texts.WaitsForYou, "accent", "shield"),
        null when State is "queued" => (Texts.InTheQueue, "", "clock"),
        null when State is "ended" || (HasBegun && State is "idle") => (Texts.CheckingTheResult, "accent", "clock"),
        null when !HasBegun => (Texts.Starting, "accent", "clock"),
        null => (Texts.Running, "accent", "session"),
        _ => (Texts.Ended, "", "info"),
    };

    internal void Begin(JsonElement capsule)
    {
        (Goal, WorkspaceId) = (capsule.Words("goal") ?? "", capsule.Words("workspace_id") ?? "");
        Artefacts = [.. capsule.Items("artefacts").Where(a => a.ValueKind == JsonValueKind.String).Select(a => a.GetString()!)];
        Budget = capsule.Whole("budget_tokens");
        Deadline = capsule.Words("deadline") is { } text && Core.Hub.Timestamps.TryParse(text, out var at) ? at : null;
    }

    /// <summary>Something happened in its session.</summary>
    internal void Take(string type, long seq, JsonElement data, DateTimeOffset at)
    {
        if (at > LastAt) LastAt = at;
        switch (type)
        {
            case "state":
                State = data.Words("state") ?? State;
                HasBegun |= State == "running";
                break;
            case "ended":
                State = "ended";
                break;
            case "plan":
                Plan = [.. data.Items("steps").Select(s => new PlannedStep(s.Words("text") ?? "", s.Words("status") ?? ""))];
                break;
            case "usage":
                Tokens = (data.Whole("input_tokens") ?? 0) + (data.Whole("output_tokens") ?? 0);
                break;
            case "approval_resolved":
                var id = data.Words("approval_id");
                _steps.ForEachOf<HandoffStep.Asked>(s => s.ApprovalId == id, s => s with { Waits = false });
                break;
            // How it was started is no step of the task.
            case "system" when !HasBegun:
                break;
            default:
                if (HandoffReading.Step(type, seq, data) is { } step) Put(step);
                break;
        }
    }

    internal void Finish(JsonElement data, DateTimeOffset at)
    {
        Result = HandoffReading.Result(data, at);
        _steps.ForEachOf<HandoffStep.Asked>(s => s.Waits, s => s with { Waits = false });
    }

    // The end of something takes the place of its beginning.
    private void Put(HandoffStep step)
    {
        var at = step switch
        {
            HandoffStep.Command c => _steps.FindIndex(s => s is HandoffStep.Command o && o.ItemId == c.ItemId),
            HandoffStep.Files f => _steps.FindIndex(s => s is HandoffStep.Files o && o.ItemId == f.ItemId),
            HandoffStep.Tool t => _steps.FindIndex(s => s is HandoffStep.Tool o && o.ItemId == t.ItemId),
            _ => -1,
        };
        if (at < 0) _steps.Add(step);
        else _steps[at] = (step is HandoffStep.Command { Line: "" } end ? end with { Line = ((HandoffStep.Command)_steps[at]).Line } : step) with { Seq = _steps[at].Seq };
    }
}
