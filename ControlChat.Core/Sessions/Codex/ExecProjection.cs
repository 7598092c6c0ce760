using System.Text.Json;

namespace ControlChat.Core.Sessions.Codex;

/// <summary>The lines of <c>codex exec --json</c> as events. It has no turn ids, no deltas and no diffs; <c>usage</c> counts the whole thread.</summary>
internal sealed class ExecProjection
{
    private const string Turn = "turn";
    private const string Retry = "Reconnecting...";

    private static readonly JsonSerializerOptions _wire = new(RpcPeer.Wire) { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private readonly ThreadItems _items = new();
    private bool _running;

    /// <summary>The turn ended, and said how.</summary>
    public bool Finished { get; private set; }

    /// <exception cref="JsonException">A known line with unknown contents.</exception>
    public IReadOnlyList<AgentEvent> Read(JsonElement raw)
    {
        var type = raw.TryGetProperty("type", out var named) && named.ValueKind == JsonValueKind.String ? named.GetString() : null;
        return type switch
        {
            "thread.started" => [],
            "turn.started" => Begin(),
            "turn.completed" => Finish(TurnOutcome.Completed, Line(raw)),
            "turn.failed" => Finish(TurnOutcome.Failed, Line(raw)),
            "item.started" or "item.updated" or "item.completed" => Item(type, Line(raw), raw),
            "error" => Error(Line(raw).Message ?? ""),
            _ => [new AgentEvent.Unknown(type ?? "line", raw)],
        };
    }

    public IReadOnlyList<AgentEvent> End(string why)
    {
        List<AgentEvent> events = [.. _items.Ended()];
        if (_running) events.Add(new AgentEvent.TurnFinished(TurnOutcome.Failed, why, null) { TurnId = Turn });
        _running = false;
        return events;
    }

    private List<AgentEvent> Begin()
    {
        if (_running) return [];
        _running = true;
        return [.. _items.TurnStarted(), new AgentEvent.TurnStarted { TurnId = Turn }];
    }

    private List<AgentEvent> Finish(TurnOutcome outcome, ExecLine line)
    {
        if (!_running) return [];
        (_running, Finished) = (false, true);
        List<AgentEvent> events = [.. _items.Ended()];
        if (line.Usage is { } usage)
        {
            events.Add(new AgentEvent.Usage(new TokenCount(usage.InputTokens, usage.CachedInputTokens, usage.OutputTokens, usage.ReasoningOutputTokens), null, null) { TurnId = Turn });
        }
        events.Add(new AgentEvent.TurnFinished(outcome, line.Error?.Message, null) { TurnId = Turn });
        return events;
    }

    private IReadOnlyList<AgentEvent> Item(string type, ExecLine line, JsonElement raw)
    {
        if (line.Item is not { } item) throw new JsonException("a line without its item");
        if (item.AsItem() is { } known)
        {
            return type switch
            {
                "item.started" => [.. _items.Started(known, Turn)],
                "item.completed" => [.. _items.Completed(known, Turn)],
                _ => [],
            };
        }
        return item.Type switch
        {
            "error" => [new AgentEvent.Notice(item.Message ?? "")],
            "todo_list" => [new AgentEvent.Plan(null, [.. (item.Items ?? []).OfType<ExecTodo>().Select(i => new PlanStep(i.Text ?? "", i.Completed ? "completed" : "pending"))]) { TurnId = Turn }],
            _ => type == "item.completed" ? [new AgentEvent.Unknown(type, raw)] : [],
        };
    }

    // {"type":"error","message":"Reconnecting... 1/1 (unexpected status 401 Unauthorized: …)"}: there is no other sign of a retry.
    private List<AgentEvent> Error(string message)
    {
        var retry = message.StartsWith(Retry, StringComparison.Ordinal);
        List<AgentEvent> events = retry ? [.. _items.Retried()] : [];
        events.Add(new AgentEvent.Error(message, null, null, null, retry) { TurnId = _running ? Turn : null });
        return events;
    }

    private static ExecLine Line(JsonElement raw) => raw.Deserialize<ExecLine>(_wire)!;
}
