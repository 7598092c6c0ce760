using System.Diagnostics;

namespace ControlChat.Core.Telemetry;

/// <summary>Spans of the hub: one per run, a child per tool call (R159). Null when nobody listens.</summary>
public static class Activities
{
    public static ActivitySource Source { get; } = new("ControlChat");

    /// <summary>A run of the control agent, from claim to rest.</summary>
    /// <param name="runId">The run.</param>
    /// <param name="conversationId">Its conversation.</param>
    /// <param name="parent">The W3C trace context of whoever asked, or null.</param>
    public static Activity? StartRun(string runId, string conversationId, string? parent = null)
    {
        var activity = ActivityContext.TryParse(parent, null, out var context)
            ? Source.StartActivity("run", ActivityKind.Consumer, context) : Source.StartActivity("run", ActivityKind.Consumer);
        return activity?.SetTag("run_id", runId).SetTag("conversation_id", conversationId);
    }

    /// <summary>One tool call, below whatever runs now.</summary>
    public static Activity? StartToolCall(string tool, string via) => Source.StartActivity("tool_call")?.SetTag("tool", tool).SetTag("via", via);
}
