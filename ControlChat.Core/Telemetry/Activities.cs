using System.Diagnostics;

namespace ControlChat.Core.Telemetry;

/// <summary>
/// Spans of the hub (R159): one per run, below it one per model call and tool call. Names and attributes are OpenTelemetry's GenAI conventions
/// (https://opentelemetry.io/docs/specs/semconv/gen-ai/), which are still in development. No attribute holds what people or models say.
/// </summary>
public static class Activities
{
    public const string Name = "ControlChat";

    public static ActivitySource Source { get; } = new(Name);

    // Without this there were no spans, and so no trace id on the record and in the log, until somebody exports them.
    private static readonly ActivityListener Ids = new()
    {
        ShouldListenTo = source => source.Name == Name,
        Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.PropagationData,
    };

    static Activities() => ActivitySource.AddActivityListener(Ids);

    /// <summary>A run of the control agent, from claim to rest.</summary>
    public static Activity? StartRun(string agent, string runId, string conversationId)
    {
        // A trace of its own, whatever woke the worker.
        Activity.Current = null;
        var activity = Source.StartActivity($"invoke_agent {agent}");
        return activity?.SetTag("gen_ai.operation.name", "invoke_agent").SetTag("gen_ai.agent.name", agent)
            .SetTag("gen_ai.conversation.id", conversationId).SetTag("controlchat.run.id", runId);
    }

    /// <summary>The run or call of this flow failed.</summary>
    /// <param name="code">Stable and short, such as <c>stalled</c>.</param>
    public static void Fail(this Activity? activity, string code) => activity?.SetTag("error.type", code).SetStatus(ActivityStatusCode.Error, code);

    /// <summary>One tool call, below whatever runs now; <see cref="Finish"/> names it.</summary>
    /// <param name="callId">The run's id of the call, or null.</param>
    public static Activity? StartToolCall(string via, string? callId)
    {
        var activity = Source.StartActivity("execute_tool")?.SetTag("gen_ai.operation.name", "execute_tool").SetTag("gen_ai.tool.type", "function").SetTag("controlchat.via", via);
        return callId is null ? activity : activity?.SetTag("gen_ai.tool.call.id", callId);
    }

    /// <param name="tool">A tool of the catalog, or <c>unknown</c>: what a caller invents is no name for a span.</param>
    /// <param name="status">The outcome's.</param>
    /// <param name="code">Of its error, or null.</param>
    public static void Finish(this Activity? activity, string tool, string status, string? code)
    {
        if (activity is null) return;
        activity.DisplayName = $"execute_tool {tool}";
        activity.SetTag("gen_ai.tool.name", tool).SetTag("controlchat.status", status);
        if (code is not null) activity.Fail(code);
    }
}
