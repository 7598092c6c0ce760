using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Sessions;

namespace ControlChat.App.Sessions.Screens;

/// <summary>The conversation with an agent from its events, and from the pieces of what is still growing. Plain C#.</summary>
internal sealed class SessionProjection
{
    /// <summary>Items that are held; what is older is in the transcript.</summary>
    public const int Most = 400;
    private const int Spare = 100;
    private static readonly JsonSerializerOptions Pretty = new(Core.Hub.Json.Wire) { WriteIndented = true };
    private readonly List<SessionItem> _items = [];

    public IReadOnlyList<SessionItem> Items => _items;

    /// <summary>Something older is not among them.</summary>
    public bool HasEarlier { get; private set; }

    /// <summary>Of the last event that was taken.</summary>
    public long Seq { get; private set; }

    /// <summary>Begins behind this event.</summary>
    public void Skip(long seq) => (Seq, HasEarlier) = (seq, seq > 0);

    public void Take(StoredSessionEvent stored)
    {
        if (stored.Seq <= Seq) return;
        Seq = stored.Seq;
        if (Item(stored, JsonNode.Parse(stored.Data)!.AsObject()) is not { } item) return;
        Put(item);
        if (item is SessionItem.Ended) BreakOff();
        if (_items.Count <= Most + Spare) return;
        _items.RemoveRange(0, _items.Count - Most);
        HasEarlier = true;
    }

    /// <summary>A piece of an answer or of an output; what is stored of it replaces it.</summary>
    /// <param name="at">Now.</param>
    public void Grow(string type, JsonElement data, DateTimeOffset at)
    {
        var text = Text(data, "text") ?? "";
        if (type == SessionEvents.CommandOutput && ItemKey(Text(data, "item_id")) is { } item)
        {
            if (Find(item) is SessionItem.Command { Status: "in_progress" } command) Put(command with { Output = command.Output + text });
            return;
        }
        if (type != SessionEvents.AgentMessageDelta || MessageKey(Text(data, "message_id")) is not { } message) return;
        var offset = data.TryGetProperty("offset", out var from) ? from.GetInt32() : 0;
        switch (Find(message))
        {
            // Whoever comes late has not seen its beginning.
            case null:
                Put(new SessionItem.Answer(message, at, offset == 0 ? text : "…" + text, true));
                break;
            case SessionItem.Answer { Growing: true } answer:
                Put(answer with { Text = offset == 0 ? text : answer.Text.Length >= offset && answer.Text is not ['…', ..] ? answer.Text[..offset] + text : answer.Text + text });
                break;
        }
    }

    // What was under way when the session ended is told by nobody any more.
    private void BreakOff()
    {
        for (var i = 0; i < _items.Count; i++)
        {
            _items[i] = _items[i] switch
            {
                SessionItem.Command { Status: "in_progress" } command => command with { Status = "abandoned" },
                SessionItem.Tool { Status: "in_progress" } tool => tool with { Status = "abandoned" },
                SessionItem.Answer { Growing: true } answer => answer with { Growing = false },
                var other => other,
            };
        }
    }

    private SessionItem? Item(StoredSessionEvent stored, JsonObject data)
    {
        var key = MessageKey(Text(data, "message_id")) ?? ItemKey(Text(data, "item_id")) ?? $"e{stored.Seq}";
        return stored.Type switch
        {
            SessionEvents.UserMessage => new SessionItem.Said(key, stored.At, Words(data, "name"), Words(data, "text"), true, null),
            SessionEvents.AgentMessage => new SessionItem.Answer(key, stored.At, Words(data, "text"), false),
            SessionEvents.Reasoning => new SessionItem.Reasoning("r" + key, stored.At, Words(data, "text")),
            SessionEvents.ApprovalRequested => new SessionItem.Asked("a:" + Words(data, "approval_id"), stored.At, Words(data, "approval_id")),
            SessionEvents.System => new SessionItem.Notice(key, stored.At, Words(data, "text"), Text(data, "code") == SessionEvents.Uncontained),
            SessionEvents.Error => new SessionItem.Notice(key, stored.At, Words(data, "text"), true),
            SessionEvents.Ended => new SessionItem.Ended(key, stored.At, Text(data, "reason"), Text(data, "error")),
            _ => Work(key, stored, data),
        };
    }

    // The agent chooses these ids: one that reads like a key of ours, or of another kind of item, must not take its place.
    private static string? MessageKey(string? id) => id is null ? null : "m:" + id;

    private static string? ItemKey(string? id) => id is null ? null : "i:" + id;

    private SessionItem? Work(string key, StoredSessionEvent stored, JsonObject data) => stored.Type switch
    {
        SessionEvents.CommandStarted => new SessionItem.Command(key, stored.At, Words(data, "command"), Text(data, "cwd"), "", "in_progress", null, null),
        SessionEvents.CommandFinished => Finished(key, stored, data),
        SessionEvents.FileChange => new SessionItem.Changes(key, stored.At, Words(data, "status"), [.. Objects(data["files"]).Select(f => new SessionFile(Words(f, "path"), Words(f, "kind"), Text(f, "moved_to"), Words(f, "diff")))]),
        SessionEvents.Plan => new SessionItem.Plan(PlanKey, stored.At, Text(data, "note"), [.. Objects(data["steps"]).Select(s => new SessionStep(Words(s, "text"), Words(s, "status")))]),
        SessionEvents.ToolCall => new SessionItem.Tool(key, stored.At, Words(data, "status"), Text(data, "server"), Words(data, "tool"), Indented(data["arguments"]) ?? "{}", Indented(data["result"]), Text(data, "error"), Number(data, "duration_ms")),
        _ => null,
    };

    // A plan that is told anew in the same turn replaces the one before.
    private string PlanKey
    {
        get
        {
            var turn = _items.FindLastIndex(i => i is SessionItem.Said);
            return $"plan{(turn < 0 ? "" : _items[turn].Key)}";
        }
    }

    private SessionItem.Command Finished(string key, StoredSessionEvent stored, JsonObject data)
    {
        var begun = Find(key) as SessionItem.Command ?? new SessionItem.Command(key, stored.At, "", null, "", "", null, null);
        return begun with { Output = Text(data, "output") ?? begun.Output, Status = Text(data, "status") ?? "", ExitCode = (int?)Number(data, "exit_code"), Milliseconds = Number(data, "duration_ms") };
    }

    private SessionItem? Find(string key)
    {
        var at = Index(key);
        return at < 0 ? null : _items[at];
    }

    private void Put(SessionItem item)
    {
        var at = Index(item.Key);
        if (at < 0) _items.Add(item);
        else _items[at] = item;
    }

    // What moves is near the end.
    private int Index(string key) => _items.FindLastIndex(i => i.Key == key);

    private static IEnumerable<JsonObject> Objects(JsonNode? node) => (node as JsonArray)?.OfType<JsonObject>() ?? [];

    private static string? Indented(JsonNode? node) => node switch
    {
        null => null,
        JsonValue value when value.TryGetValue<string>(out var text) => text,
        _ => node.ToJsonString(Pretty),
    };

    private static string Words(JsonObject data, string name) => Text(data, name) ?? "";

    private static string? Text(JsonObject data, string name) => data[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static string? Text(JsonElement data, string name) => data.ValueKind == JsonValueKind.Object && data.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static long? Number(JsonObject data, string name) => data[name] is JsonValue value && value.TryGetValue<long>(out var number) ? number : null;
}
