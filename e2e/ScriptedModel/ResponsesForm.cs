using System.Text;
using System.Text.Json.Nodes;

namespace ControlChat.ScriptedModel;

/// <summary>Events of the Responses API, in the order and with the fields that the real one sends.</summary>
internal sealed class ResponsesForm(ModelRequest request, Reply reply, int number) : IEventForm
{
    private readonly JsonArray _output = [];
    private readonly StringBuilder _text = new();
    private int _sequence;
    private int _messageIndex = -1;
    private int _items;
    private string _status = "completed";
    private bool _failed;

    public string? Last => null;

    public bool Named => true;

    public IEnumerable<JsonObject> Start()
    {
        yield return Event("response.created", new() { ["response"] = Response("in_progress", []) });
        yield return Event("response.in_progress", new() { ["response"] = Response("in_progress", []) });
    }

    public IEnumerable<JsonObject> On(Step step) => step switch
    {
        Step.Text text => Text(text.Delta),
        Step.Reasoning thought => Reasoning(thought.Delta),
        Step.Calls calls => Calls(calls),
        Step.Failure failure => Failure(failure),
        Step.OutOfTokens => OutOfTokens(),
        _ => [],
    };

    public IEnumerable<JsonObject> End()
    {
        if (_failed) yield break;
        if (_messageIndex >= 0)
        {
            yield return Event("response.output_text.done", new() { ["item_id"] = MessageId, ["output_index"] = _messageIndex, ["content_index"] = 0, ["text"] = _text.ToString() });
            yield return Event("response.output_item.done", new() { ["output_index"] = _messageIndex, ["item"] = Message() });
        }
        yield return Event(_status == "completed" ? "response.completed" : "response.incomplete", new() { ["response"] = Whole() });
    }

    public JsonObject Whole()
    {
        var output = (JsonArray)_output.DeepClone();
        if (_text.Length > 0) output.Insert(0, Message());
        return Response(_status, output);
    }

    private string MessageId => $"msg_{number}";

    private IEnumerable<JsonObject> Text(string delta)
    {
        if (_messageIndex < 0)
        {
            _messageIndex = _items++;
            yield return Event("response.output_item.added", new() { ["output_index"] = _messageIndex, ["item"] = new JsonObject { ["type"] = "message", ["id"] = MessageId, ["role"] = "assistant", ["status"] = "in_progress", ["content"] = new JsonArray() } });
            yield return Event("response.content_part.added", new() { ["item_id"] = MessageId, ["output_index"] = _messageIndex, ["content_index"] = 0, ["part"] = new JsonObject { ["type"] = "output_text", ["text"] = "", ["annotations"] = new JsonArray() } });
        }
        _text.Append(delta);
        yield return Event("response.output_text.delta", new() { ["item_id"] = MessageId, ["output_index"] = _messageIndex, ["content_index"] = 0, ["delta"] = delta });
    }

    private IEnumerable<JsonObject> Reasoning(string delta)
    {
        yield return Event("response.reasoning_summary_text.delta", new() { ["item_id"] = $"rs_{number}", ["output_index"] = _items, ["summary_index"] = 0, ["delta"] = delta });
    }

    private IEnumerable<JsonObject> Calls(Step.Calls step)
    {
        var first = _items;
        _items += step.List.Count;
        for (var i = 0; i < step.List.Count; i++)
            yield return Event("response.output_item.added", new() { ["output_index"] = first + i, ["item"] = Call(step.List[i], first + i, "", "in_progress") });
        for (var piece = 0; piece < step.Pieces; piece++)
            for (var i = 0; i < step.List.Count; i++)
                yield return Event("response.function_call_arguments.delta", new() { ["item_id"] = $"fc_{number}_{first + i}", ["output_index"] = first + i, ["delta"] = Pieces.Of(step.List[i].Arguments, piece, step.Pieces) });
        for (var i = 0; i < step.List.Count; i++)
        {
            var item = Call(step.List[i], first + i, step.List[i].Arguments, "completed");
            _output.Add(item.DeepClone());
            yield return Event("response.function_call_arguments.done", new() { ["item_id"] = $"fc_{number}_{first + i}", ["output_index"] = first + i, ["arguments"] = step.List[i].Arguments });
            yield return Event("response.output_item.done", new() { ["output_index"] = first + i, ["item"] = item });
        }
    }

    private JsonObject Call(ScriptedCall call, int index, string arguments, string status)
    {
        var item = new JsonObject
        {
            ["type"] = "function_call",
            ["id"] = $"fc_{number}_{index}",
            ["call_id"] = call.CallId ?? $"call_{number}_{index}",
            ["name"] = call.Name,
            ["arguments"] = arguments,
            ["status"] = status,
        };
        if (call.Namespace is { } its) item["namespace"] = its;
        return item;
    }

    private IEnumerable<JsonObject> Failure(Step.Failure failure)
    {
        _failed = true;
        var response = Response("failed", []);
        response["error"] = new JsonObject { ["code"] = failure.Code, ["message"] = failure.Message };
        yield return Event("response.failed", new() { ["response"] = response });
    }

    private IEnumerable<JsonObject> OutOfTokens()
    {
        _status = "incomplete";
        yield break;
    }

    private JsonObject Message() => new()
    {
        ["type"] = "message",
        ["id"] = MessageId,
        ["role"] = "assistant",
        ["status"] = "completed",
        ["content"] = new JsonArray(new JsonObject { ["type"] = "output_text", ["text"] = _text.ToString(), ["annotations"] = new JsonArray() }),
    };

    private JsonObject Response(string status, JsonArray output) => new()
    {
        ["id"] = $"resp_{number}",
        ["object"] = "response",
        ["created_at"] = 1_700_000_000,
        ["model"] = request.Model,
        ["status"] = status,
        ["incomplete_details"] = status == "incomplete" ? new JsonObject { ["reason"] = "max_output_tokens" } : null,
        ["error"] = null,
        ["output"] = output,
        ["parallel_tool_calls"] = true,
        ["tool_choice"] = "auto",
        ["tools"] = new JsonArray(),
        ["usage"] = status == "in_progress" ? null : new JsonObject
        {
            ["input_tokens"] = reply.InputTokens,
            ["input_tokens_details"] = new JsonObject { ["cached_tokens"] = 0 },
            ["output_tokens"] = reply.OutputTokens,
            ["output_tokens_details"] = new JsonObject { ["reasoning_tokens"] = 0 },
            ["total_tokens"] = reply.InputTokens + reply.OutputTokens,
        },
    };

    private JsonObject Event(string type, JsonObject data)
    {
        data.Insert(0, "type", type);
        data["sequence_number"] = _sequence++;
        return data;
    }
}
