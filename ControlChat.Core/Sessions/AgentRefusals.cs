using System.Text.Json.Nodes;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;
using ControlChat.Core.Telemetry;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Sessions;

/// <summary>
/// Agents' calls that were refused, on the record: one row a minute for each session and reason, which says how many before it had none.
/// An agent that asks on and on is one fact, and rows of the record are for ever. All of them are in the metric.
/// </summary>
public sealed partial class AgentRefusals(IAuditTrail audit, TimeProvider time, ILogger<AgentRefusals> logger)
{
    /// <summary>What was asked for: the model.</summary>
    public const string Model = "model";

    /// <summary>What was asked for: the tools of the workspace.</summary>
    public const string Tools = "tools";

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Remember = TimeSpan.FromHours(1);
    private readonly Lock _lock = new();
    private readonly Dictionary<(string Session, string Asked, string Reason), (long Since, int LeftOut)> _rows = [];

    /// <param name="asked"><see cref="Model"/> or <see cref="Tools"/>.</param>
    /// <param name="session">Null when the handle or the token is nobody's.</param>
    /// <param name="reason">A short word of a fixed set.</param>
    /// <param name="outcome">As outcomes of tools have it: <c>denied|frozen|rate_limited|invalid</c>.</param>
    /// <param name="words">What the agent was told.</param>
    /// <param name="tool">The tool of the call, when it was about one.</param>
    public async Task RecordAsync(string asked, Session? session, string reason, string outcome, string words, string? tool = null)
    {
        if (asked == Model) Meters.AgentModelRefused(reason);
        else Meters.AgentToolsRefused(reason);
        if (Row((session?.Id ?? "", asked, reason)) is not { } leftOut) return;
        var entry = new AuditEntry(AuditEvents.ToolDenied, outcome, new AuditActor(session?.OwnerId, session?.TokenId, session?.AuthSessionId, SessionDoor.Agent))
        {
            Tool = tool,
            WorkspaceId = session?.WorkspaceId,
            ConversationId = session?.ConversationId,
            Data = new JsonObject { ["agent_session_id"] = session?.Id, ["asked"] = asked, ["reason"] = reason, ["error"] = words },
        };
        if (leftOut > 0) entry.Data["left_out"] = leftOut;
        try
        {
            await audit.AppendAsync(entry, CancellationToken.None);
        }
        catch (HubUnavailableException e)
        {
            // Nothing was done, so nothing is owed to the record; the log still has it.
            LogNoRow(e, reason, session?.Id);
        }
    }

    private int? Row((string, string, string) key)
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            foreach (var (old, row) in _rows)
                if (time.GetElapsedTime(row.Since, now) > Remember) _rows.Remove(old);
            var known = _rows.TryGetValue(key, out var last);
            if (known && time.GetElapsedTime(last.Since, now) < Minute)
            {
                _rows[key] = last with { LeftOut = last.LeftOut + 1 };
                return null;
            }
            _rows[key] = (now, 0);
            return known ? last.LeftOut : 0;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A refused call of an agent has no row on the record: {Reason}, session {SessionId}")]
    private partial void LogNoRow(Exception exception, string reason, string? sessionId);
}
