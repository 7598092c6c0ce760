using System.Text;
using System.Text.Json.Nodes;

namespace ControlChat.ScriptedModel;

/// <summary>Chunks of Chat Completions: a call's id and name come once, its arguments in pieces, usage in a chunk of its own.</summary>
internal sealed class ChatForm(ModelRequest request, Reply reply, int number) : IEventForm
{
    private readonly StringBuilder _text = new();
    private readonly JsonArray _calls = [];
    private string? _finish;
    private bool _failed;

    public string? Last => _failed ? null : "[DONE]";

    public bool Named => false;

    public IEnumerable<JsonObject> Start()
    {
        yield return Chunk(new() { ["role"] = "assistant", ["content"] = "" });
    }

    public IEnumerable<JsonObject> On(Step step) => step switch
    {
        Step.Text text => Text(text.Delta),
        Step.Reasoning thought => [Chunk(new() { ["reasoning_content"] = thought.Delta })],
        Step.Calls calls => Calls(calls),
        Step.Failure failure => Failure(failure),
        Step.OutOfTokens => OutOfTokens(),
        _ => [],
    };

    public IEnumerable<JsonObject> End()
    {
        if (_failed) yield break;
        yield return Chunk([], Finish);
        var usage = Chunk([]);
        usage["choices"] = new JsonArray();
        usage["usage"] = UsageObject();
        yield return usage;
    }

    public JsonObject Whole()
    {
        var message = new JsonObject { ["role"] = "assistant", ["content"] = _text.Length > 0 ? _text.ToString() : null };
        if (_calls.Count > 0) message["tool_calls"] = _calls.DeepClone();
        return new JsonObject
        {
            ["id"] = $"chatcmpl_{number}",
            ["object"] = "chat.completion",
            ["created"] = 1_700_000_000,
            ["model"] = request.Model,
            ["choices"] = new JsonArray(new JsonObject { ["index"] = 0, ["message"] = message, ["finish_reason"] = Finish }),
            ["usage"] = UsageObject(),
        };
    }

    private string Finish => _finish ?? (_calls.Count > 0 ? "tool_calls" : "stop");

    private IEnumerable<JsonObject> Text(string delta)
    {
        _text.Append(delta);
        yield return Chunk(new() { ["content"] = delta });
    }

    private IEnumerable<JsonObject> Calls(Step.Calls step)
    {
        var first = _calls.Count;
        for (var i = 0; i < step.List.Count; i++)
        {
            var call = step.List[i];
            var id = call.CallId ?? $"call_{number}_{first + i}";
            _calls.Add(new JsonObject { ["id"] = id, ["type"] = "function", ["function"] = new JsonObject { ["name"] = call.Name, ["arguments"] = call.Arguments } });
            yield return Piece(first + i, new() { ["id"] = id, ["type"] = "function", ["function"] = new JsonObject { ["name"] = call.Name, ["arguments"] = "" } });
        }
        for (var piece = 0; piece < step.Pieces; piece++)
            for (var i = 0; i < step.List.Count; i++)
                yield return Piece(first + i, new() { ["function"] = new JsonObject { ["arguments"] = Pieces.Of(step.List[i].Arguments, piece, step.Pieces) } });
    }

    private JsonObject Piece(int index, JsonObject call)
    {
        call.Insert(0, "index", index);
        return Chunk(new() { ["tool_calls"] = new JsonArray(call) });
    }

    private IEnumerable<JsonObject> Failure(Step.Failure failure)
    {
        _failed = true;
        yield return new JsonObject { ["error"] = new JsonObject { ["code"] = failure.Code, ["message"] = failure.Message, ["type"] = failure.Code } };
    }

    private IEnumerable<JsonObject> OutOfTokens()
    {
        _finish = "length";
        yield break;
    }

    private JsonObject UsageObject() => new()
    {
        ["prompt_tokens"] = reply.InputTokens,
        ["completion_tokens"] = reply.OutputTokens,
        ["total_tokens"] = reply.InputTokens + reply.OutputTokens,
    };

    private JsonObject Chunk(JsonObject delta, string? finish = null) => new()
    {
        ["id"] = $"chatcmpl_{number}",
        ["object"] = "chat.completion.chunk",
        ["created"] = 1_700_000_000,
        ["model"] = request.Model,
        ["choices"] = new JsonArray(new JsonObject { ["index"] = 0, ["delta"] = delta, ["finish_reason"] = finish }),
    };
}
