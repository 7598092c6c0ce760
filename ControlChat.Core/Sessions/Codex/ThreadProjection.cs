using System.Collections.Frozen;
using System.Text.Json;

namespace ControlChat.Core.Sessions.Codex;

/// <summary>The server's notifications as events. Not safe for several threads at once.</summary>
internal sealed class ThreadProjection
{
    /// <summary>Known, and of no interest: what they say comes by another way too, or concerns nobody here.</summary>
    private static readonly FrozenSet<string> _quiet = new[]
    {
        "thread/started", "thread/status/changed", "thread/readState/changed", "thread/closed", "thread/name/updated", "thread/environment/connected",
        "thread/environment/disconnected", "thread/compacted", "turn/diff/updated", "item/plan/delta", "item/reasoning/summaryPartAdded",
        "item/fileChange/outputDelta", "item/mcpToolCall/progress", "item/commandExecution/terminalInteraction", "account/rateLimits/updated",
        "account/updated", "remoteControl/status/changed", "configWarning", "skills/changed", "hook/started", "hook/completed",
    }.ToFrozenSet();

    private readonly FrozenDictionary<string, Func<JsonElement, IEnumerable<AgentEvent>>> _known;
    private readonly ThreadItems _items = new();
    private string? _finished;

    public ThreadProjection() => _known = new Dictionary<string, Func<JsonElement, IEnumerable<AgentEvent>>>
    {
        ["turn/started"] = p => TurnStarted(Read<TurnNotice>(p)),
        ["turn/completed"] = p => TurnCompleted(Read<TurnNotice>(p)),
        ["item/started"] = p => Item("item/started", Read<ItemNotice>(p), _items.Started),
        ["item/completed"] = p => Item("item/completed", Read<ItemNotice>(p), _items.Completed),
        ["item/agentMessage/delta"] = p => Delta(Read<DeltaNotice>(p), d => _items.MessagePiece(d.ItemId!, d.Delta!, d.TurnId)),
        ["item/commandExecution/outputDelta"] = p => Delta(Read<DeltaNotice>(p), d => new AgentEvent.CommandOutput(d.ItemId!, d.Delta!) { TurnId = d.TurnId }),
        ["item/reasoning/summaryTextDelta"] = p => Delta(Read<DeltaNotice>(p), d => new AgentEvent.ReasoningDelta(d.ItemId!, d.Delta!) { TurnId = d.TurnId }),
        ["item/reasoning/textDelta"] = p => Delta(Read<DeltaNotice>(p), d => new AgentEvent.ReasoningDelta(d.ItemId!, d.Delta!) { TurnId = d.TurnId }),
        ["item/fileChange/patchUpdated"] = p => Patch(Read<PatchNotice>(p)),
        ["turn/plan/updated"] = p => Plan(Read<PlanNotice>(p)),
        ["thread/tokenUsage/updated"] = p => Usage(Read<UsageNotice>(p)),
        ["error"] = p => Error(Read<ErrorNotice>(p)),
        ["warning"] = p => Told(Read<MessageNotice>(p).Message),
        ["guardianWarning"] = p => Told(Read<MessageNotice>(p).Message),
        ["deprecationNotice"] = p => Told(Read<SummaryNotice>(p).Summary),
        ["mcpServer/startupStatus/updated"] = p => ToolServer(Read<ToolServerNotice>(p)),
    }.ToFrozenDictionary();

    /// <summary>The methods it makes something of.</summary>
    public IEnumerable<string> Methods => _known.Keys;

    /// <summary>The turn that runs; null: none does.</summary>
    public string? Turn { get; private set; }

    /// <summary>The last turn that ended.</summary>
    public string? Finished => _finished;

    public bool CommandRuns => _items.CommandRuns;

    public IReadOnlyList<ChangedFile>? FilesOf(string itemId) => _items.FilesOf(itemId);

    /// <summary>A command that waited for a decision that nobody will make; null: no such command is open.</summary>
    public AgentEvent? NeverRan(string itemId) => _items.NeverRan(itemId);

    /// <exception cref="JsonException">A known notification with unknown contents.</exception>
    public IReadOnlyList<AgentEvent> Read(RpcMessage.Notification message)
    {
        if (_known.TryGetValue(message.Method, out var read)) return [.. read(message.Parameters)];
        return _quiet.Contains(message.Method) ? [] : [new AgentEvent.Unknown(message.Method, message.Raw)];
    }

    /// <summary>Nothing comes any more: closes what is open.</summary>
    public IReadOnlyList<AgentEvent> End(string why)
    {
        List<AgentEvent> events = [.. _items.Ended()];
        if (Turn is { } turn) events.Add(new AgentEvent.TurnFinished(TurnOutcome.Failed, why, null) { TurnId = turn });
        (Turn, _finished) = (null, Turn ?? _finished);
        return events;
    }

    private List<AgentEvent> TurnStarted(TurnNotice notice)
    {
        var id = notice.Turn?.Id ?? throw new JsonException("a turn without an id");
        if (id == Turn || id == _finished) return [];
        List<AgentEvent> events = [.. _items.TurnStarted()];
        // The end of a turn that another one follows was missed.
        if (Turn is { } missed) events.Add(new AgentEvent.TurnFinished(TurnOutcome.Failed, "The agent did not say how this turn ended.", null) { TurnId = missed });
        Turn = id;
        events.Add(new AgentEvent.TurnStarted { TurnId = id });
        return events;
    }

    private List<AgentEvent> TurnCompleted(TurnNotice notice)
    {
        var turn = notice.Turn is { Id.Length: > 0 } told ? told : throw new JsonException("a turn without an id");
        if (turn.Id == _finished) return [];
        List<AgentEvent> events = turn.Id == Turn ? [] : [.. TurnStarted(notice)];
        events.AddRange(_items.TurnFinished());
        (Turn, _finished) = (null, turn.Id);
        events.Add(new AgentEvent.TurnFinished(OutcomeOf(turn.Status), turn.Error?.Message, ItemEvents.Took(turn.DurationMs)) { TurnId = turn.Id });
        return events;
    }

    private static IEnumerable<AgentEvent> Item(string method, ItemNotice notice, Func<CodexItem, string?, IEnumerable<AgentEvent>> events)
    {
        if (notice.Item.ValueKind == JsonValueKind.Undefined) throw new JsonException("no item");
        if (CodexItem.Read(notice.Item) is { } item) return events(item, notice.TurnId);
        return method == "item/completed" ? [new AgentEvent.Unknown(method, notice.Item) { TurnId = notice.TurnId }] : [];
    }

    private static IEnumerable<AgentEvent> Delta(DeltaNotice notice, Func<DeltaNotice, AgentEvent?> make) =>
        notice is { ItemId.Length: > 0, Delta.Length: > 0 } && make(notice) is { } piece ? [piece] : [];

    private IEnumerable<AgentEvent> Patch(PatchNotice notice) =>
        notice is { ItemId: { } item, Changes: { } changes } ? _items.Patched(item, changes, notice.TurnId) : [];

    private static IEnumerable<AgentEvent> Plan(PlanNotice notice) =>
        [new AgentEvent.Plan(notice.Explanation, [.. (notice.Plan ?? []).OfType<PlanEntry>().Select(s => new PlanStep(s.Step ?? "", s.Status ?? "pending"))]) { TurnId = notice.TurnId }];

    private static IEnumerable<AgentEvent> Usage(UsageNotice notice) => notice.TokenUsage is { Total: { } total } usage
        ? [new AgentEvent.Usage(Count(total), usage.Last is { } last ? Count(last) : null, usage.ModelContextWindow) { TurnId = notice.TurnId }]
        : [];

    private List<AgentEvent> Error(ErrorNotice notice)
    {
        List<AgentEvent> events = [];
        if (notice.WillRetry) events.AddRange(_items.Retried());
        var (code, status) = CodexFaults.Read(notice.Error?.CodexErrorInfo);
        events.Add(new AgentEvent.Error(notice.Error?.Message ?? "The agent reports an error without saying which.", code, notice.Error?.AdditionalDetails, status, notice.WillRetry) { TurnId = notice.TurnId });
        return events;
    }

    private static IEnumerable<AgentEvent> Told(string? text) => text is { Length: > 0 } ? [new AgentEvent.Notice(text)] : [];

    // Without this its tools are just not there, and nobody knows why.
    private static IEnumerable<AgentEvent> ToolServer(ToolServerNotice notice) => notice.Status is "failed" or "cancelled"
        ? [new AgentEvent.Error($"The tools of '{notice.Name}' are not there: the agent could not reach them.", "tool_server", notice.Error, null, WillRetry: false)]
        : [];

    private static TokenCount Count(UsageCount count) => new(count.InputTokens, count.CachedInputTokens, count.OutputTokens, count.ReasoningOutputTokens);

    private static TurnOutcome OutcomeOf(string? status) => status switch
    {
        "completed" => TurnOutcome.Completed,
        "interrupted" => TurnOutcome.Interrupted,
        _ => TurnOutcome.Failed,
    };

    private static T Read<T>(JsonElement parameters) where T : class =>
        parameters.ValueKind == JsonValueKind.Object ? parameters.Deserialize<T>(RpcPeer.Wire)! : throw new JsonException("no parameters");
}
