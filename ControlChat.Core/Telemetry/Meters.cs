using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace ControlChat.Core.Telemetry;

/// <summary>What the hub counts and times (R161). Tags are of small, fixed sets: never an id or a text. What only its rows know is a figure of its room.</summary>
public static class Meters
{
    /// <summary>The name of <see cref="Source"/>, for whoever listens.</summary>
    public const string Name = "ControlChat";

    public static Meter Source { get; } = new(Name);

    // From a read in memory to a run that waits for a slow model.
    private static readonly InstrumentAdvice<double> Seconds = new() { HistogramBucketBoundaries = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300] };

    private static readonly Counter<long> RunsStarted = Source.CreateCounter<long>("controlchat.runs.started", description: "Runs a worker began.");
    private static readonly Counter<long> RunsCompleted = Source.CreateCounter<long>("controlchat.runs.completed", description: "Runs that answered.");
    private static readonly Counter<long> RunsErrored = Source.CreateCounter<long>("controlchat.runs.errored", description: "Runs that failed, by code.");
    private static readonly UpDownCounter<long> RunsActive = Source.CreateUpDownCounter<long>("controlchat.runs.active", description: "Runs being worked on.");
    private static readonly Histogram<double> RunDuration = Source.CreateHistogram("controlchat.run.duration", "s", "From taking a run up to its end or rest.", null, Seconds);
    private static readonly Counter<long> ToolCalls = Source.CreateCounter<long>("controlchat.tool_calls", description: "Tool calls, by tool and status.");
    private static readonly Histogram<double> ToolDuration = Source.CreateHistogram("controlchat.tool.duration", "s", "Time of a tool call in the gate, by tool.", null, Seconds);
    private static readonly Counter<long> ModelRetries = Source.CreateCounter<long>("controlchat.model.retries", description: "Model steps that were tried again, by reason.");
    private static readonly Histogram<double> FirstToken = Source.CreateHistogram("controlchat.model.time_to_first_token", "s", "From asking the model to the first piece of its answer.", null, Seconds);
    private static readonly Counter<long> ModelTokens = Source.CreateCounter<long>("controlchat.model.tokens", description: "Tokens of the model, by model and type (input, output).");
    private static readonly Counter<long> DeadLetters = Source.CreateCounter<long>("controlchat.dead_letters", description: "Messages and outbox rows given up, by the kind of their topic.");
    private static readonly Counter<long> LogLinesLost = Source.CreateCounter<long>("controlchat.log.lines_lost", description: "Log lines that reached no file, by reason.");
    private static readonly Histogram<double> WriteWait = Source.CreateHistogram("controlchat.database.write_wait", "s", "Time a write transaction waited to begin.", null, Seconds);
    private static readonly UpDownCounter<long> EventStreams = Source.CreateUpDownCounter<long>("controlchat.event_streams.open", description: "Event streams that clients read.");
    private static readonly UpDownCounter<long> Circuits = Source.CreateUpDownCounter<long>("controlchat.circuits.open", description: "Pages that are connected.");
    private static readonly Counter<long> AgentModelRefusals = Source.CreateCounter<long>("controlchat.agent_model.refused", description: "Calls of agents to the model that were not let through, by reason.");
    private static readonly Counter<long> AgentToolRefusals = Source.CreateCounter<long>("controlchat.agent_tools.refused", description: "Calls of agents to the tools of their workspace that were not let through, by reason.");
    private static readonly Counter<long> SignInFailures = Source.CreateCounter<long>("controlchat.signin.failures", description: "Sign-ins that were refused, by reason.");

    private static readonly UpDownCounter<long> SessionsAtWork = Source.CreateUpDownCounter<long>("controlchat.session.at_work", description: "Agent sessions at work in this process, by mode.");
    private static readonly Histogram<double> SessionQueueWait = Source.CreateHistogram("controlchat.session.queue_wait", "s", "From asking for a session to its worker taking it up.", null, Seconds);
    private static readonly Counter<long> SessionsPanicked = Source.CreateCounter<long>("controlchat.session.panic_stops", description: "Agent sessions that somebody stopped in a panic.");
    private static readonly Counter<long> TerminalBytes = Source.CreateCounter<long>("controlchat.session.terminal_bytes", "By", "Bytes of terminals, by direction (out: printed, in: typed).");
    private static readonly UpDownCounter<long> TerminalViewers = Source.CreateUpDownCounter<long>("controlchat.session.viewers", description: "Windows that look at terminals of this process.");
    private static readonly Gauge<long> SessionMemory = Source.CreateGauge<long>("controlchat.session.memory_most", "By", "Memory of the agent session of this process that takes most, with all it started.");
    private static readonly Gauge<long> SessionsMemory = Source.CreateGauge<long>("controlchat.session.memory", "By", "Memory of all agent sessions of this process, with all they started.");
    private static readonly Histogram<double> TerminalLatency = Source.CreateHistogram("controlchat.session.latency", "s", "From a heartbeat of a terminal's stream to its answer.", null, Seconds);

    /// <summary>Brings every series that alerts are built on into being, at 0: a counter that appears with its first fault has no rate for it.</summary>
    public static void ShowZeros()
    {
        foreach (var counter in new[] { RunsStarted, RunsCompleted }) counter.Add(0);
        foreach (var level in new[] { RunsActive, EventStreams, Circuits, TerminalViewers }) level.Add(0);
        foreach (var mode in new[] { "chat", "terminal" }) SessionsAtWork.Add(0, Tag("mode", mode));
        foreach (var direction in new[] { "out", "in" }) TerminalBytes.Add(0, Tag("direction", direction));
        SessionsPanicked.Add(0);
        SessionsTook([]);
        RunsErrored.Add(0, Tag("code", "failed"));
        ModelRetries.Add(0, Tag("reason", "stalled"));
        DeadLetters.Add(0, Tag("topic", "chat"));
        LogLinesLost.Add(0, Tag("reason", "disk"));
        SignInFailures.Add(0, Tag("reason", "unknown"));
        AgentModelRefusals.Add(0, Tag("reason", "unknown"));
        AgentToolRefusals.Add(0, Tag("reason", "expired"));
    }

    /// <summary>A run is worked on until this is disposed.</summary>
    public static IDisposable RunBegun()
    {
        RunsStarted.Add(1);
        RunsActive.Add(1);
        return new Span(RunsActive, RunDuration);
    }

    public static void RunCompleted() => RunsCompleted.Add(1);

    public static void RunErrored(string code) => RunsErrored.Add(1, Tag("code", code));

    /// <param name="tool">A tool of the catalog; anything else is counted as <c>unknown</c> by the caller.</param>
    /// <param name="status">An outcome's status.</param>
    /// <param name="took">The time in the gate.</param>
    public static void ToolCalled(string tool, string status, TimeSpan took)
    {
        ToolCalls.Add(1, Tag("tool", tool), Tag("status", status));
        ToolDuration.Record(took.TotalSeconds, Tag("tool", tool));
    }

    public static void ModelRetried(string reason) => ModelRetries.Add(1, Tag("reason", reason));

    public static void ModelBegan(string model, TimeSpan after) => FirstToken.Record(after.TotalSeconds, Tag("model", model));

    public static void ModelUsed(string model, long inputTokens, long outputTokens)
    {
        ModelTokens.Add(inputTokens, Tag("model", model), Tag("type", "input"));
        ModelTokens.Add(outputTokens, Tag("model", model), Tag("type", "output"));
    }

    /// <param name="topic">A bus topic or the name of an outbox handler; what follows its colon is an id and is left out.</param>
    public static void DeadLettered(string topic) => DeadLetters.Add(1, Tag("topic", topic.Split(':')[0]));

    /// <param name="reason"><c>overflow</c> or <c>disk</c>.</param>
    /// <param name="lines">How many.</param>
    public static void LogLost(string reason, long lines) => LogLinesLost.Add(lines, Tag("reason", reason));

    /// <param name="since">A <see cref="Stopwatch"/>'s timestamp of when the transaction was asked for.</param>
    public static void WriteBegan(long since) => WriteWait.Record(Stopwatch.GetElapsedTime(since).TotalSeconds);

    /// <summary>Open until disposed.</summary>
    public static IDisposable EventStreamOpened()
    {
        EventStreams.Add(1);
        return new Span(EventStreams, null);
    }

    /// <summary>A session is at work until this is disposed.</summary>
    /// <param name="mode"><c>chat</c> or <c>terminal</c>.</param>
    public static IDisposable SessionBegun(string mode)
    {
        SessionsAtWork.Add(1, Tag("mode", mode));
        return new Leaving(() => SessionsAtWork.Add(-1, Tag("mode", mode)));
    }

    public static void SessionWaited(TimeSpan time) => SessionQueueWait.Record(Math.Max(0, time.TotalSeconds));

    public static void SessionPanicked(int sessions) => SessionsPanicked.Add(sessions);

    /// <param name="bytes">Of each session at work.</param>
    public static void SessionsTook(IReadOnlyCollection<long> bytes)
    {
        SessionMemory.Record(bytes.Count == 0 ? 0 : bytes.Max());
        SessionsMemory.Record(bytes.Sum());
    }

    public static void TerminalAnswered(TimeSpan time) => TerminalLatency.Record(time.TotalSeconds);

    public static void TerminalPrinted(int bytes) => TerminalBytes.Add(bytes, Tag("direction", "out"));

    public static void TerminalTyped(int bytes) => TerminalBytes.Add(bytes, Tag("direction", "in"));

    public static void TerminalViewed(int change) => TerminalViewers.Add(change);

    public static void CircuitOpened() => Circuits.Add(1);

    public static void CircuitClosed() => Circuits.Add(-1);

    /// <param name="reason">As on the record, or <c>no_handle</c>, <c>too_many_at_once</c>.</param>
    public static void AgentModelRefused(string reason) => AgentModelRefusals.Add(1, Tag("reason", reason));

    /// <param name="reason">As on the record, or <c>missing</c>.</param>
    public static void AgentToolsRefused(string reason) => AgentToolRefusals.Add(1, Tag("reason", reason));

    /// <param name="reason">As on the record.</param>
    public static void SignInFailed(string reason) => SignInFailures.Add(1, Tag("reason", reason));

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);

    private sealed class Leaving(Action leave) : IDisposable
    {
        public void Dispose() => leave();
    }

    private sealed class Span(UpDownCounter<long> level, Histogram<double>? time) : IDisposable
    {
        private readonly long _since = Stopwatch.GetTimestamp();

        public void Dispose()
        {
            level.Add(-1);
            time?.Record(Stopwatch.GetElapsedTime(_since).TotalSeconds);
        }
    }
}
