using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Hub;
using ControlChat.Core.Telemetry;

namespace ControlChat.Core.Sessions.Work;

/// <summary>What an agent did, as it is kept and shown: the types and data of contracts, section 8, without secrets and within bounds.</summary>
internal sealed class SessionJournal(Redactor redactor)
{
    /// <summary>Characters of one text that is kept: of a command's output its beginning and its end.</summary>
    public const int MostText = 64 * 1024;

    // Of a name or a path; of a message or an output that is under way, all of which is kept when it is done.
    private const int MostPiece = 16 * 1024;
    private const int MostItems = 200;

    /// <returns>Null: it is not kept.</returns>
    public SessionEvent? Kept(AgentEvent happened) => happened switch
    {
        AgentEvent.Message m => New(SessionEvents.AgentMessage, new { message_id = m.ItemId, text = Clean(m.Text), whole = m.Whole }),
        AgentEvent.Reasoning r => New(SessionEvents.Reasoning, new { message_id = r.ItemId, text = Clean(r.Text) }),
        AgentEvent.CommandStarted c => New(SessionEvents.CommandStarted, new { item_id = c.ItemId, command = Clean(c.Command), cwd = c.Directory is null ? null : Piece(c.Directory) }),
        AgentEvent.CommandFinished c => New(SessionEvents.CommandFinished, new { item_id = c.ItemId, status = Word(c.Status), exit_code = c.ExitCode, output = c.Output is null ? null : Clean(c.Output), duration_ms = Milliseconds(c.Took) }),
        AgentEvent.FileChange f => New(SessionEvents.FileChange, new { item_id = f.ItemId, status = Word(f.Status), files = Files(f.Files) }),
        AgentEvent.Plan p => New(SessionEvents.Plan, new { note = p.Note is null ? null : Clean(p.Note), steps = p.Steps.Take(MostItems).Select(s => new { text = Piece(s.Text), status = Piece(s.Status) }) }),
        AgentEvent.ToolCall t => New(SessionEvents.ToolCall, new
        {
            item_id = t.ItemId,
            status = Word(t.Status),
            server = t.Server,
            tool = t.Tool,
            arguments = Raw(t.Arguments),
            result = Raw(t.Result),
            error = t.Fault is null ? null : Clean(t.Fault),
            duration_ms = Milliseconds(t.Took),
        }),
        AgentEvent.Usage u => New(SessionEvents.Usage, new { input_tokens = u.Total.Input, cached_input_tokens = u.Total.CachedInput, output_tokens = u.Total.Output, context_window = u.ContextWindow }),
        AgentEvent.Notice n => New(SessionEvents.System, new { text = Clean(n.Text) }),
        AgentEvent.Error e => New(SessionEvents.Error, new { text = Clean(e.Text), code = e.Code, will_retry = e.WillRetry }),
        AgentEvent.TurnFinished { Outcome: TurnOutcome.Failed, Fault: { } fault } => New(SessionEvents.Error, new { text = Clean(fault), code = SessionEvents.TurnFailed, will_retry = false }),
        AgentEvent.TurnFinished { Outcome: TurnOutcome.Interrupted } => New(SessionEvents.System, new { text = "The turn was interrupted.", code = SessionEvents.TurnInterrupted }),
        _ => null,
    };

    /// <returns>What is shown while it grows and not kept; null: nothing.</returns>
    public SessionEvent? Passing(AgentEvent happened) => happened switch
    {
        AgentEvent.MessageDelta d => New(SessionEvents.AgentMessageDelta, new { message_id = d.ItemId, offset = d.Offset, text = Piece(d.Text) }),
        AgentEvent.Reset r => New(SessionEvents.AgentMessageDelta, new { message_id = r.ItemId, offset = 0, text = "" }),
        AgentEvent.CommandOutput o => New(SessionEvents.CommandOutput, new { item_id = o.ItemId, text = Piece(o.Text) }),
        _ => null,
    };

    /// <summary>Without secrets, and with its beginning and its end where it is long. What the first cut goes through is not kept.</summary>
    public string Clean(string text)
    {
        if (text.Length <= MostText) return redactor.Redact(text);
        var (head, tail) = (redactor.Redact(text[..MostText]), redactor.Redact(text[^MostText..]));
        return $"{head[..Math.Min(head.Length, MostText / 2)]}\n[{text.Length - MostText} characters left out]\n{tail[^Math.Min(tail.Length, MostText / 2)..]}";
    }

    private string Piece(string text) => redactor.Redact(text.Length <= MostPiece ? text : text[..MostPiece]);

    private IEnumerable<object> Files(IReadOnlyList<ChangedFile> files) => files.Take(MostItems).Select(f => new { path = Piece(f.Path), kind = Piece(f.Kind), moved_to = f.MovedTo is null ? null : Piece(f.MovedTo), diff = Clean(f.Diff) });

    private JsonNode? Raw(JsonElement? value)
    {
        if (value is not { } element) return null;
        var text = element.GetRawText();
        if (text.Length > MostText) return JsonValue.Create(Clean(text));
        return JsonNode.Parse(redactor.Redact(text) is var clean && clean != text ? JsonSerializer.Serialize(clean) : text);
    }

    private static long? Milliseconds(TimeSpan? took) => took is { } t ? (long)t.TotalMilliseconds : null;

    private static string Word(ItemStatus status) => status switch
    {
        ItemStatus.InProgress => "in_progress",
        ItemStatus.Completed => "completed",
        ItemStatus.Failed => "failed",
        ItemStatus.Declined => "declined",
        _ => "abandoned",
    };

    private static SessionEvent New(string type, object data) => new(type, JsonSerializer.SerializeToNode(data, Json.Wire)!.AsObject());
}
