using System.Diagnostics;
using System.Text.Json.Nodes;
using ControlChat.Harness;

namespace ControlChat.Faults;

/// <summary>
/// One reader of one conversation over all its connections. It resumes at its cursor, as a client of the contract does, removes nothing by
/// itself, and notes everything that came twice, too late or not at all.
/// </summary>
internal sealed class ConversationReader(string conversation)
{
    private static readonly string[] _ends = ["run_finished", "run_failed", "run_cancelled"];
    private readonly List<long> _arrivals = [];
    private readonly Dictionary<string, (long Attempt, string Text)> _growing = [];

    public string Conversation => conversation;

    public SortedDictionary<long, HubEvent> Stored { get; } = [];

    public long? Cursor { get; private set; }

    public bool Ended => End is not null;

    /// <summary>How the run ended, as it was told.</summary>
    public HubEvent? End { get; private set; }

    public int Twice { get; private set; }

    public int Backwards { get; private set; }

    /// <summary>Pieces of a growing answer that do not go on where the shown text ends.</summary>
    public int Misfits { get; private set; }

    public int Pieces { get; private set; }

    /// <summary>The longest text that was shown before a stored message came.</summary>
    public string Shown { get; private set; } = "";

    public string? AssistantText { get; private set; }

    /// <param name="next">The client for the next connection.</param>
    /// <param name="stay">How long the next connection is kept; null: until the hub ends it.</param>
    /// <param name="lost">Called after each lost connection.</param>
    public async Task ReadAsync(Func<HubClient> next, Func<TimeSpan>? stay, Action lost, CancellationToken limit)
    {
        while (!limit.IsCancellationRequested && !Ended)
        {
            using var drop = CancellationTokenSource.CreateLinkedTokenSource(limit);
            if (stay is not null) drop.CancelAfter(stay());
            try
            {
                // Who comes anew is shown a growing answer from its beginning.
                _growing.Clear();
                await foreach (var entry in EventStream.ReadAsync(next(), $"/api/v1/conversations/{conversation}/events", Cursor, drop.Token))
                {
                    Add(entry);
                    if (Ended) return;
                }
            }
            catch (Exception e) when (e is OperationCanceledException or HttpRequestException or IOException)
            {
                // Dropped, or the hub ended it.
            }
            lost();
            // A hub that refuses is not asked a thousand times.
            if (stay is null) await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, CancellationToken.None);
        }
    }

    /// <summary>When the first event after a moment came; null when there was none.</summary>
    public TimeSpan? FirstAfter(long timestamp) =>
        _arrivals.Find(a => a > timestamp) is var first and > 0 ? Stopwatch.GetElapsedTime(timestamp, first) : null;

    /// <summary>What must hold of every reader, whatever happened: all events once and in order, and the text as it is stored.</summary>
    public void Check(FaultRun run, string storedText)
    {
        run.Count("readers");
        run.Count("pieces of answers", Pieces);
        run.Expect(Ended, $"a reader of {conversation} never saw the end");
        run.Expect(End is null or { Type: "run_finished" }, $"the run in {conversation} ended as {End?.Type}: {End?.Data.ToJsonString()}");
        run.Expect(Twice == 0, $"{Twice} events of {conversation} came twice");
        run.Expect(Backwards == 0, $"{Backwards} events of {conversation} came out of order");
        run.Expect(Stored.Keys.SequenceEqual(Enumerable.Range(1, Stored.Count).Select(n => (long)n)), $"a reader of {conversation} saw the events {string.Join(' ', Stored.Keys)}");
        run.Expect(Misfits == 0, $"{Misfits} pieces of the answer in {conversation} did not fit what was shown");
        run.Expect(storedText.StartsWith(Shown, StringComparison.Ordinal), $"what grew in {conversation} ({Shown.Length} characters) is not how the stored text ({storedText.Length}) begins");
        run.Expect(AssistantText == storedText, $"a reader's text in {conversation} ({AssistantText?.Length ?? 0} characters) is not the stored one ({storedText.Length})");
    }

    private void Add(HubEvent entry)
    {
        _arrivals.Add(Stopwatch.GetTimestamp());
        var data = entry.Data["data"] as JsonObject ?? entry.Data;
        if (entry.Type == "text_delta") Grow(data);
        if (entry.Seq is not { } seq) return;
        if (Stored.ContainsKey(seq)) Twice++;
        if (seq < Cursor) Backwards++;
        Stored[seq] = entry;
        Cursor = seq;
        if (entry.Type == "message" && data["role"]?.GetValue<string>() == "assistant") AssistantText = data["text"]!.GetValue<string>();
        if (_ends.Contains(entry.Type)) End = entry;
    }

    private void Grow(JsonObject delta)
    {
        Pieces++;
        var (message, attempt, offset) = (delta["message_id"]!.GetValue<string>(), delta["attempt"]!.GetValue<long>(), delta["offset"]!.GetValue<int>());
        var shown = _growing.TryGetValue(message, out var known) && known.Attempt == attempt ? known.Text : "";
        if (shown.Length != offset)
        {
            Misfits++;
            return;
        }
        shown += delta["text"]!.GetValue<string>();
        _growing[message] = (attempt, shown);
        if (shown.Length > Shown.Length) Shown = shown;
    }
}
