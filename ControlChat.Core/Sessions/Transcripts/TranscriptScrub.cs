using System.Text.Json.Nodes;
using ControlChat.Core.Hub;
using ControlChat.Core.Telemetry;

namespace ControlChat.Core.Sessions.Transcripts;

/// <summary>
/// The second look for secrets, over what is written: each text of a record, and pieces of one output as the one text they are. Fed every
/// record of a session in order, it answers the same for each of them, whoever asks and whenever.
/// </summary>
internal sealed class TranscriptScrub(Redactor redactor)
{
    private const string Piece = "text";

    // What is kept back of an output is written with the record that closes it.
    private const string Held = "held";
    private readonly Dictionary<string, SecretStream> _streams = new(StringComparer.Ordinal);

    /// <returns>The data of a record without secrets: the stored text itself where there is none.</returns>
    public string Clean(StoredSessionEvent stored)
    {
        var data = JsonNode.Parse(stored.Data)!.AsObject();
        var changed = false;
        var clean = IsPiece(stored, data, out var item, out var text) ? Streamed(data, item, text, out changed) : Walked(data, ref changed);
        if (Closing(stored, data) is { Length: > 0 } rest)
        {
            clean[Held] = rest;
            changed = true;
        }
        return changed ? Json.Write(clean) : stored.Data;
    }

    /// <summary>A record that is on disk already: only what follows it is of interest.</summary>
    public void Pass(StoredSessionEvent stored)
    {
        if (stored.Type is SessionEvents.CommandOutput or SessionEvents.CommandFinished or SessionEvents.Ended) Clean(stored);
    }

    private static bool IsPiece(StoredSessionEvent stored, JsonObject data, out string item, out string text)
    {
        (item, text) = (TextOf(data, "item_id") ?? "", TextOf(data, Piece) ?? "");
        return stored.Type == SessionEvents.CommandOutput;
    }

    private JsonObject Streamed(JsonObject data, string item, string text, out bool changed)
    {
        if (!_streams.TryGetValue(item, out var stream)) _streams[item] = stream = new SecretStream(redactor);
        var safe = stream.Push(text);
        changed = safe != text;
        data.Remove(Piece);
        var clean = Walked(data, ref changed);
        clean[Piece] = safe;
        return clean;
    }

    private string? Closing(StoredSessionEvent stored, JsonObject data)
    {
        var items = stored.Type switch
        {
            SessionEvents.CommandFinished when TextOf(data, "item_id") is { } item => [item],
            SessionEvents.Ended => _streams.Keys.ToArray(),
            _ => [],
        };
        return string.Concat(items.Select(item => _streams.Remove(item, out var stream) ? stream.Finish() : ""));
    }

    private JsonObject Walked(JsonObject data, ref bool changed)
    {
        var clean = new JsonObject();
        foreach (var (name, value) in data.ToList())
        {
            var safe = redactor.Redact(name);
            changed |= safe != name;
            while (clean.ContainsKey(safe)) safe += "'";
            clean[safe] = Walked(name, value, ref changed);
        }
        return clean;
    }

    private JsonNode? Walked(string name, JsonNode? node, ref bool changed)
    {
        switch (node)
        {
            case JsonObject inner:
                return Walked(inner, ref changed);
            case JsonArray items:
                var clean = new JsonArray();
                foreach (var item in items) clean.Add(Walked(name, item, ref changed));
                return clean;
            case JsonValue value:
                var isText = value.TryGetValue<string>(out var text);
                text ??= value.ToJsonString();
                // {"password": "x"} says by its name what it is.
                var safe = isText && text.Length > 0 && NamesSecret(name) ? Redactor.Removed : redactor.Redact(text);
                if (safe == text) return value.DeepClone();
                changed = true;
                return JsonValue.Create(safe);
            default:
                return null;
        }
    }

    private bool NamesSecret(string name) => redactor.Redact($"{name}=anything") != $"{name}=anything";

    private static string? TextOf(JsonObject data, string name) => data[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}
