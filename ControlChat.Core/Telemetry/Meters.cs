using System.Diagnostics.Metrics;

namespace ControlChat.Core.Telemetry;

/// <summary>Counters of the hub (R161). Tags are of small, fixed sets: never an id or a text.</summary>
public static class Meters
{
    public static Meter Source { get; } = new("ControlChat");

    private static readonly Counter<long> RunsStarted = Source.CreateCounter<long>("controlchat.runs.started", description: "Runs a worker began.");
    private static readonly Counter<long> RunsCompleted = Source.CreateCounter<long>("controlchat.runs.completed", description: "Runs that answered.");
    private static readonly Counter<long> RunsErrored = Source.CreateCounter<long>("controlchat.runs.errored", description: "Runs that failed, by code.");
    private static readonly Counter<long> ToolCalls = Source.CreateCounter<long>("controlchat.tool_calls", description: "Tool calls, by tool and status.");
    private static readonly Counter<long> ModelRetries = Source.CreateCounter<long>("controlchat.model.retries", description: "Model steps that were tried again, by reason.");
    private static readonly Counter<long> DeadLetters = Source.CreateCounter<long>("controlchat.dead_letters", description: "Messages and outbox rows given up, by topic.");
    private static readonly Counter<long> LogLinesLost = Source.CreateCounter<long>("controlchat.log.lines_lost", description: "Log lines that reached no file, by reason.");

    public static void RunStarted() => RunsStarted.Add(1);

    public static void RunCompleted() => RunsCompleted.Add(1);

    public static void RunErrored(string code) => RunsErrored.Add(1, new KeyValuePair<string, object?>("code", code));

    /// <param name="tool">A tool of the catalog; anything else is counted as <c>unknown</c> by the caller.</param>
    /// <param name="status">An outcome's status.</param>
    public static void ToolCalled(string tool, string status) =>
        ToolCalls.Add(1, new KeyValuePair<string, object?>("tool", tool), new KeyValuePair<string, object?>("status", status));

    public static void ModelRetried(string reason) => ModelRetries.Add(1, new KeyValuePair<string, object?>("reason", reason));

    /// <param name="topic">The topic's kind, without an id.</param>
    public static void DeadLettered(string topic) => DeadLetters.Add(1, new KeyValuePair<string, object?>("topic", topic));

    /// <param name="reason"><c>overflow</c> or <c>disk</c>.</param>
    /// <param name="lines">How many.</param>
    public static void LogLost(string reason, long lines) => LogLinesLost.Add(lines, new KeyValuePair<string, object?>("reason", reason));
}
