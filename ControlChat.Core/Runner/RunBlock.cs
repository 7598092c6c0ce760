using System.Text.Json.Nodes;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions;
using Microsoft.Extensions.AI;

namespace ControlChat.Core.Runner;

/// <summary>One run's part of the history: the person's message, then answers and calls turn by turn. Kept or left out as a whole.</summary>
internal sealed class RunBlock
{
    private readonly IReadOnlyList<RunHistory.MessageRow> _messages;
    private readonly IReadOnlyList<Turn> _turns;

    public RunBlock(
        long n, IReadOnlyList<RunHistory.MessageRow> messages, IReadOnlyList<RunHistory.StepRow> steps, Func<int, IReadOnlyList<RunHistory.HistoryCall>> callsOf)
    {
        N = n;
        _messages = messages;
        var texts = messages.Where(m => m.Role == "assistant").ToDictionary(m => m.Id, m => m.Text);
        _turns = [.. steps.Select(s => new Turn(
            s.MessageId is not null && texts.TryGetValue(s.MessageId, out var text) ? text : null, [.. callsOf(s.Turn).Select(c => new Call(c))]))];
        Chars = Measure();
    }

    public long N { get; }

    public long Chars { get; private set; }

    /// <summary>Messages that people would count.</summary>
    public int Spoken => _messages.Count;

    /// <summary>Leaves out the oldest tool results until it fits; the last turn stays whole.</summary>
    public void Shrink(long budget)
    {
        foreach (var turn in _turns.SkipLast(1))
        {
            if (Chars <= budget) return;
            foreach (var call in turn.Calls) call.LeaveOut();
            Chars = Measure();
        }
    }

    public void WriteTo(List<ChatMessage> messages, bool isOwn)
    {
        foreach (var asked in _messages.Where(m => m.Role == "user"))
        {
            if (asked.Context is { } context) messages.Add(new ChatMessage(ChatRole.User, Prompt.Quote(Json.Read<JsonObject>(context))));
            var message = new ChatMessage(ChatRole.User, asked.Text);
            if (isOwn) message.AdditionalProperties = new AdditionalPropertiesDictionary { [RunHistory.Composer] = true };
            messages.Add(message);
        }
        foreach (var turn in _turns) turn.WriteTo(messages);
        // What comes back while the run goes on is for the runs after it: its last word is what the person asked.
        if (isOwn) return;
        foreach (var report in _messages.Where(IsReport)) messages.Add(new ChatMessage(ChatRole.User, Prompt.QuoteReport(report.Text)));
    }

    private long Measure() =>
        _messages.Where(m => m.Role == "user" || IsReport(m)).Sum(m => (long)m.Text.Length + (m.Context?.Length ?? 0)) + _turns.Sum(t => t.Chars);

    // What an agent came to was said by no turn of this run, although it stands in it.
    private static bool IsReport(RunHistory.MessageRow message) => message.Via == SessionDoor.Agent;

    private sealed record Turn(string? Text, IReadOnlyList<Call> Calls)
    {
        public long Chars => (Text?.Length ?? 0) + Calls.Sum(c => c.Chars);

        public void WriteTo(List<ChatMessage> messages)
        {
            var contents = new List<AIContent>();
            if (Text is { Length: > 0 }) contents.Add(new TextContent(Text));
            contents.AddRange(Calls.Select(c => c.ToCall()));
            if (contents.Count > 0) messages.Add(new ChatMessage(ChatRole.Assistant, contents));
            if (Calls.Count > 0) messages.Add(new ChatMessage(ChatRole.Tool, [.. Calls.Select(c => c.ToResult())]));
        }
    }

    private sealed class Call(RunHistory.HistoryCall row)
    {
        // Every call needs an answer on the wire, also one that has none yet.
        private string _result = row switch
        {
            { Outcome: { } outcome } => ToolResult.Of(outcome),
            { Status: "waiting" } => ToolResult.Waiting,
            _ => ToolResult.NotRun,
        };

        public long Chars => row.Arguments.Length + _result.Length;

        public void LeaveOut()
        {
            if (_result.Length > ToolResult.LeftOut.Length) _result = ToolResult.LeftOut;
        }

        public FunctionCallContent ToCall() => CallArguments.ToContent(row.CallId, ToolWireName.Of(row.Tool), row.Arguments);

        public FunctionResultContent ToResult() => new(row.CallId, _result);
    }
}
