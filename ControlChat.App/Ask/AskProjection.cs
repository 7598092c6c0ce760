using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.App.Live;
using ControlChat.Core.Conversations;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;

namespace ControlChat.App.Ask;

/// <summary>Turns events, applied in order, into what is read. Unknown types change nothing.</summary>
internal sealed class AskProjection
{
    private readonly TimeProvider _time;
    private readonly AskBlocks _blocks;
    private readonly AskHandoffs _handoffs;
    private readonly Dictionary<string, (AskPart.Text Part, AskItem.Answer In)> _texts = [];
    private readonly Dictionary<string, (AskPart.Call Part, AskItem.Answer In)> _calls = [];
    private readonly Dictionary<string, (AskPart.Plan Part, AskItem.Answer In)> _plans = [];
    private readonly Dictionary<string, (AskPart.Look Part, AskItem.Answer In)> _looks = [];
    private readonly HashSet<string> _messages = [];
    private readonly List<FeedItem.Delta> _early = [];

    public AskProjection(TimeProvider time)
    {
        _time = time;
        _blocks = new AskBlocks(time);
        _handoffs = new AskHandoffs(_blocks);
    }

    public IReadOnlyList<AskItem> Items => _blocks.Items;

    public IReadOnlyList<AskRun> Runs => _blocks.Runs;

    /// <summary>A run was told that every change asks.</summary>
    public bool HasWarned { get; private set; }

    public bool HasMessage(string id) => _messages.Contains(id);

    public void Know(IReadOnlyList<Run> runs)
    {
        foreach (var run in runs) _blocks.Find(run.Id)?.Take(run);
        _blocks.Settle();
    }

    public void Apply(StoredEvent stored)
    {
        using var document = JsonDocument.Parse(stored.Data);
        var data = document.RootElement;
        if (stored.RunId is { } id)
        {
            _blocks.Find(id)?.Live(stored.At);
            ApplyToRun(stored, data);
        }
        switch (stored.Type)
        {
            case ConversationEvents.Message:
                Say(Json.Read<Message>(stored.Data), stored);
                break;
            case ConversationEvents.ApprovalResolved:
                Resolve(data);
                break;
            case ConversationEvents.UiActionAck:
                if (_looks.TryGetValue(Text(data, "id"), out var look)) Change(look.In, () => look.Part.Result = Text(data, "result"));
                break;
            case ConversationEvents.HandoffStarted or ConversationEvents.SessionEvent or ConversationEvents.HandoffFinished:
                _handoffs.Apply(stored, data);
                break;
            case ConversationEvents.System:
                Note(stored, Text(data, "text"), fault: false);
                break;
            case ConversationEvents.Error:
                Note(stored, Text(data, "message"), fault: true);
                break;
        }
        _blocks.Settle();
        if (_early.Count == 0 || _blocks.Speaker() is null) return;
        var early = _early.ToArray();
        _early.Clear();
        foreach (var delta in early) Grow(delta);
    }

    private void ApplyToRun(StoredEvent stored, JsonElement data)
    {
        switch (stored.Type)
        {
            case ConversationEvents.RunStarted:
                _blocks.Run(stored).Start(stored.At);
                _blocks.AnswerOf(stored);
                break;
            case ConversationEvents.RunFinished or ConversationEvents.RunFailed or ConversationEvents.RunCancelled:
                End(stored, data);
                break;
            case ConversationEvents.ToolStarted:
                Start(stored, data);
                break;
            case ConversationEvents.ToolFinished:
                Finish(stored, data);
                break;
            case ConversationEvents.ApprovalRequested:
                Ask(stored, data);
                break;
            case ConversationEvents.UiAction:
                Look(stored, data);
                break;
        }
    }

    /// <summary>A user's message, shown before it was stored.</summary>
    public void Add(AskItem.Written item, Message message)
    {
        _messages.Add(message.Id);
        _blocks.Add(item, message);
        _blocks.Settle();
    }

    public bool Grow(FeedItem.Delta delta)
    {
        if (_messages.Contains(delta.MessageId)) return false;
        if (!_texts.TryGetValue(delta.MessageId, out var at))
        {
            if (delta.Type == ConversationEvents.Reset) return false;
            if (_blocks.Speaker() is not { } run)
            {
                // Pieces do not wait for the store; the run they belong to is about to be read.
                _early.Add(delta);
                return false;
            }
            at = (new AskPart.Text(delta.MessageId), _blocks.AnswerOf(run, _time.GetUtcNow()));
            _texts[delta.MessageId] = at;
            at.In.List.Add(at.Part);
        }
        var changed = delta.Type switch
        {
            ConversationEvents.TextDelta => at.Part.Grow(delta.Attempt, delta.Offset, delta.Text),
            ConversationEvents.ReasoningDelta => at.Part.Think(delta.Attempt, delta.Offset, delta.Text),
            _ => true,
        };
        if (delta.Type == ConversationEvents.Reset) at.Part.Drop();
        if (!changed) return false;
        Live(at.In.Run, at.Part);
        at.In.Touch();
        return true;
    }

    private void Live(AskRun run, AskPart.Text part)
    {
        var now = _time.GetUtcNow();
        run.Live(now);
        var answering = part.Shown.Length > 0;
        if (answering && !run.Answering) run.AnsweringSince = now;
        run.Answering = answering;
    }

    private void Say(Message message, StoredEvent stored)
    {
        if (!_messages.Add(message.Id)) return;
        if (message.Role == "user")
        {
            _blocks.Add(new AskItem.Written(message), message);
            return;
        }
        if (message.Author.Via == "workspace_agent" && _handoffs.Adopt(message)) return;
        if (message.RunId is null || message.Role == "system")
        {
            Note(stored, message.Text, fault: false);
            return;
        }
        if (!_texts.TryGetValue(message.Id, out var at) || at.In.Run.Id != message.RunId)
        {
            if (at.In is not null) Change(at.In, () => at.In.List.Remove(at.Part));
            at = (new AskPart.Text(message.Id), _blocks.AnswerOf(_blocks.Run(stored), stored.At));
            at.In.List.Add(at.Part);
            _texts[message.Id] = at;
        }
        at.In.Run.Answering = false;
        Change(at.In, () => at.Part.Store(message.Seq, message.Text, message.Model));
    }

    private void Start(StoredEvent stored, JsonElement data)
    {
        var answer = _blocks.AnswerOf(stored);
        var arguments = data.TryGetProperty("arguments", out var given) ? JsonNode.Parse(given.GetRawText()) : null;
        var call = new AskPart.Call(Text(data, "call_id"), Text(data, "tool"), arguments, stored.At) { Seq = stored.Seq };
        if (!_calls.TryAdd(call.CallId, (call, answer))) return;
        answer.Run.Calls++;
        Change(answer, () => answer.List.Add(call));
    }

    private void Finish(StoredEvent stored, JsonElement data)
    {
        var id = Text(data, "call_id");
        if (!_calls.TryGetValue(id, out var at))
        {
            at = (new AskPart.Call(id, Text(data, "tool"), null, stored.At) { Seq = stored.Seq }, _blocks.AnswerOf(stored));
            at.In.List.Add(at.Part);
            _calls[id] = at;
        }
        else if (at.Part.Running && at.In.Run.Calls > 0)
        {
            at.In.Run.Calls--;
        }
        Change(at.In, () =>
        {
            at.Part.Outcome = data.GetProperty("outcome").Deserialize<Outcome>(Json.Wire);
            at.Part.Milliseconds = data.TryGetProperty("ms", out var ms) && ms.TryGetInt64(out var value) ? value : 0;
        });
    }

    private void Ask(StoredEvent stored, JsonElement data)
    {
        var id = Text(data, "approval_id");
        if (_plans.ContainsKey(id)) return;
        var callId = Text(data, "call_id");
        var answer = _calls.TryGetValue(callId, out var call) ? call.In : _blocks.AnswerOf(stored);
        if (call.Part is not null)
        {
            if (call.Part.Running && answer.Run.Calls > 0) answer.Run.Calls--;
            call.Part.ApprovalId = id;
        }
        var plan = data.TryGetProperty("plan", out var given) && given.ValueKind == JsonValueKind.Object ? given.Deserialize<Plan>(Json.Wire) : null;
        var part = new AskPart.Plan(id, callId, plan) { Seq = stored.Seq };
        _plans[id] = (part, answer);
        if (answer.Run.IsOpen) answer.Run.Plans++;
        Change(answer, () => answer.List.Add(part));
    }

    private void Resolve(JsonElement data)
    {
        if (!_plans.TryGetValue(Text(data, "approval_id"), out var at) || !at.Part.Waits) return;
        if (at.In.Run.Plans > 0) at.In.Run.Plans--;
        if (at.In.Run is { IsOpen: true, Plans: 0 } run) run.Since = run.LastAt;
        Change(at.In, () => at.Part.Status = Text(data, "status"));
    }

    private void Look(StoredEvent stored, JsonElement data)
    {
        var answer = _blocks.AnswerOf(stored);
        var offer = data.TryGetProperty("offer", out var flag) && flag.ValueKind == JsonValueKind.True;
        var look = new AskPart.Look(Text(data, "id"), Text(data, "action"), Text(data, "target"), offer) { Seq = stored.Seq };
        if (_looks.TryAdd(look.Id, (look, answer))) Change(answer, () => answer.List.Add(look));
    }

    private void Note(StoredEvent stored, string text, bool fault)
    {
        if (stored.RunId is null)
        {
            _blocks.Add(new AskItem.Notice(stored.Seq, text, fault, stored.At));
            return;
        }
        HasWarned |= !fault && text.Contains("every change in this run asks you first", StringComparison.Ordinal);
        var answer = _blocks.AnswerOf(stored);
        Change(answer, () => answer.List.Add(new AskPart.Notice(stored.Seq, text, fault) { Seq = stored.Seq }));
    }

    private void End(StoredEvent stored, JsonElement data)
    {
        var run = _blocks.Run(stored);
        switch (stored.Type)
        {
            case ConversationEvents.RunFailed:
                run.End(AskPhase.Failed, stored.At, data.GetProperty("error").Deserialize<EventError>(Json.Wire));
                break;
            case ConversationEvents.RunCancelled:
                run.End(AskPhase.Stopped, stored.At, by: Text(data, "by"));
                break;
            default:
                run.End(AskPhase.Done, stored.At);
                break;
        }
        DropGrowing(run);
        _blocks.AnswerOf(run, stored.At).Touch();
    }

    // What was growing when the run ended is not on the record, so it is not shown any longer.
    private void DropGrowing(AskRun run)
    {
        foreach (var (id, at) in _texts.Where(t => t.Value.In.Run == run && t.Value.Part.Growing).ToList())
        {
            _texts.Remove(id);
            _messages.Add(id);
            Change(at.In, () => at.In.List.Remove(at.Part));
        }
    }

    private static void Change(AskItem item, Action change)
    {
        change();
        item.Touch();
    }

    private static string Text(JsonElement data, string name) =>
        data.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
}
