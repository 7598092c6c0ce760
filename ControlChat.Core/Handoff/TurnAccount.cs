using System.Text.Json.Nodes;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Handoffs;

namespace ControlChat.Core.Handoff;

/// <summary>What an agent said and did for one task: all of it untrusted, and none of it believed until it was looked at.</summary>
internal sealed class TurnAccount(string workspace)
{
    /// <summary>Files that are looked after; an agent that names more is not followed further.</summary>
    public const int MostFiles = 200;

    // Of a path that is looked after.
    private const int MostPath = 1024;

    private readonly Dictionary<string, string> _files = new(StringComparer.Ordinal);

    /// <summary>Its last message; empty when it said nothing.</summary>
    public string Report { get; private set; } = "";

    /// <summary>Why its turn or its session did not end by itself; null when it did.</summary>
    public string? Fault { get; private set; }

    /// <summary>How its turn or its session ended, when it did not by itself: one of <see cref="HandoffStatus"/>.</summary>
    public string? Broken { get; private set; }

    /// <summary>Whoever handed it over may not look at the workspace any more, so nobody looks there for them.</summary>
    public bool IsRevoked { get; private set; }

    /// <summary>What it says it did, by path: the last of <c>add|update|delete</c>. Paths in the workspace are relative to it.</summary>
    public IReadOnlyDictionary<string, string> Files => _files;

    public void Add(StoredSessionEvent happened)
    {
        switch (happened.Type)
        {
            // A turn that begins anew takes back what broke the one before.
            case SessionEvents.State when TurnReading.Text(happened, "state") == SessionState.Running && Broken == HandoffStatus.Incomplete:
                (Broken, Fault) = (null, null);
                break;
            case SessionEvents.AgentMessage:
                Report = TurnReading.Text(happened, "text") ?? "";
                break;
            case SessionEvents.FileChange when TurnReading.Text(happened, "status") == "completed":
                foreach (var file in JsonNode.Parse(happened.Data)!["files"]?.AsArray() ?? []) Change(file);
                break;
            case SessionEvents.System when TurnReading.Text(happened, "code") == SessionEvents.TurnInterrupted:
                Break(HandoffStatus.Stopped, "Its turn was interrupted.");
                break;
            case SessionEvents.System when TurnReading.Text(happened, "code") == SessionEvents.TakenOver:
                Break(HandoffStatus.Incomplete, "The worker that ran it was lost, and what it was doing was broken off.");
                break;
            case SessionEvents.Error when TurnReading.Text(happened, "code") == SessionEvents.TurnFailed:
                Break(HandoffStatus.Failed, TurnReading.Text(happened, "text") ?? "Its turn failed.");
                break;
            case SessionEvents.Ended:
                End(TurnReading.Text(happened, "reason"), TurnReading.Text(happened, "error"));
                break;
        }
    }

    /// <summary>The session is over, whatever its turn came to.</summary>
    /// <param name="reason">One of <see cref="SessionEnd"/>.</param>
    /// <param name="error">For its owner, or null.</param>
    public void End(string? reason, string? error)
    {
        var (status, words) = reason switch
        {
            SessionEnd.Failed => (HandoffStatus.Failed, error ?? "The agent's session failed."),
            SessionEnd.WorkerLost => (HandoffStatus.Failed, error ?? "The worker that ran it was lost."),
            SessionEnd.Expired => (HandoffStatus.Expired, "Its time was over."),
            SessionEnd.Idle => (HandoffStatus.Expired, "Nothing happened in its session for too long."),
            SessionEnd.Stopped => (HandoffStatus.Stopped, "Somebody stopped its session."),
            SessionEnd.Panic => (HandoffStatus.Stopped, "Somebody stopped all sessions at once."),
            SessionEnd.Revoked => (HandoffStatus.Stopped, error ?? "Whoever handed it over may not work in this workspace any more."),
            _ => (HandoffStatus.Incomplete, "The agent ended before its work did."),
        };
        Break(status, words);
        IsRevoked = reason == SessionEnd.Revoked;
    }

    /// <summary>The hub could not go on with it.</summary>
    public void Break(string status, string words) => (Broken, Fault) = (status, words);

    private void Change(JsonNode? file)
    {
        if (file?["path"]?.GetValue<string>() is not { } path || file["kind"]?.GetValue<string>() is not { } kind) return;
        if (file["moved_to"]?.GetValue<string>() is { } moved)
        {
            Keep(path, "delete");
            Keep(moved, "update");
        }
        else
        {
            Keep(path, kind);
        }
    }

    private void Keep(string path, string kind)
    {
        var own = path.StartsWith(workspace + "/", StringComparison.Ordinal) ? path[(workspace.Length + 1)..] : path.StartsWith("./", StringComparison.Ordinal) ? path[2..] : path;
        if (own.Length > MostPath) own = own[..MostPath] + "…";
        if (_files.ContainsKey(own) || _files.Count < MostFiles) _files[own] = kind;
    }
}
