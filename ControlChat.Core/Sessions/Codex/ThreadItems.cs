namespace ControlChat.Core.Sessions.Codex;

/// <summary>
/// Turns the life of items into events, and closes what the agent leaves open. Three things are not as one would think: a failed turn
/// leaves items without an end, a steered one leaves the message it was writing, and a command may end after its turn.
/// </summary>
internal sealed class ThreadItems
{
    private readonly OpenItems _open = new();
    private readonly Repeats _repeats = new();
    private MessageStream? _message;

    /// <summary>What a file change of this item would do; null when it was not told.</summary>
    public IReadOnlyList<ChangedFile>? FilesOf(string itemId) =>
        _open.Find(itemId) is { Item: { Type: CodexItem.FileChange, Changes: not null } item } ? ItemEvents.Files(item) : null;

    /// <summary>Whether a command runs, in a turn or behind it.</summary>
    public bool CommandRuns => _open.Any(CodexItem.CommandExecution);

    public IEnumerable<AgentEvent> Started(CodexItem item, string? turnId)
    {
        if (item.Type == CodexItem.AgentMessage)
        {
            foreach (var left in EndMessage()) yield return left;
            _message = new MessageStream(item.Id!, turnId, _repeats);
            yield break;
        }
        if (item.Type is CodexItem.UserMessage or CodexItem.Plan or CodexItem.ContextCompaction) yield break;
        if (item.Type != CodexItem.Reasoning) _repeats.Forget();
        foreach (var left in Abandon(_open.Open(item, turnId))) yield return left;
        if (ItemEvents.Begin(item) is { } began) yield return began with { TurnId = turnId };
    }

    public IEnumerable<AgentEvent> Completed(CodexItem item, string? turnId)
    {
        if (item.Type == CodexItem.AgentMessage) return CompletedMessage(item, turnId);
        List<AgentEvent> events = [];
        // A pair, even when its beginning was not told.
        if (item.Type == CodexItem.CommandExecution && _open.Find(item.Id!) is null) events.AddRange(Started(item, turnId));
        if (item.Type == CodexItem.UserMessage) _repeats.Forget();
        _open.Close(item.Id!);
        if (ItemEvents.End(item) is { } ended) events.Add(ended with { TurnId = turnId });
        return events;
    }

    public AgentEvent? MessagePiece(string itemId, string piece, string? turnId)
    {
        if (_message?.ItemId != itemId) _message = new MessageStream(itemId, turnId, _repeats);
        return _message.Add(piece);
    }

    /// <summary>The files of a change turned out other than first told.</summary>
    public IEnumerable<AgentEvent> Patched(string itemId, IReadOnlyList<FileUpdate?> changes, string? turnId)
    {
        if (_open.Find(itemId) is not { Item: { Type: CodexItem.FileChange } begun }) return [];
        var item = begun with { Changes = changes };
        return [.. Abandon(_open.Open(item, turnId)), ItemEvents.Begin(item)! with { TurnId = turnId }];
    }

    public AgentEvent? NeverRan(string itemId) => _open.Close(itemId) is { Item.Type: CodexItem.CommandExecution } open
        ? new AgentEvent.CommandFinished(itemId, ItemStatus.Declined, null, null, null) { TurnId = open.TurnId }
        : null;

    /// <summary>The model is asked again: what is half said will be said anew.</summary>
    public IEnumerable<AgentEvent> Retried()
    {
        _repeats.Retry();
        if (_message is { WasShown: true } message) yield return new AgentEvent.Reset(message.ItemId) { TurnId = message.TurnId };
        _message = null;
        foreach (var open in _open.CloseAll(item => item.Type == CodexItem.Reasoning)) yield return new AgentEvent.Reset(open.Item.Id!) { TurnId = open.TurnId };
    }

    /// <summary>A turn begins: what an earlier one left is not told of any more.</summary>
    public IEnumerable<AgentEvent> TurnStarted()
    {
        _repeats.Forget();
        return [.. EndMessage(), .. Leave(_ => true)];
    }

    /// <summary>A command that runs goes on behind its turn, and its end will be told.</summary>
    public IEnumerable<AgentEvent> TurnFinished() => [.. EndMessage(), .. Leave(item => item.Type != CodexItem.CommandExecution)];

    public IEnumerable<AgentEvent> Ended() => [.. EndMessage(), .. Leave(_ => true)];

    private IEnumerable<AgentEvent> CompletedMessage(CodexItem item, string? turnId)
    {
        if (_message?.ItemId == item.Id) _message = null;
        var text = item.Text ?? "";
        if (_repeats.Swallow(text)) yield break;
        _repeats.Said(text);
        yield return new AgentEvent.Message(item.Id!, text, Whole: true) { TurnId = turnId };
    }

    private IEnumerable<AgentEvent> EndMessage()
    {
        var left = _message?.BreakOff();
        _message = null;
        return left is null ? [] : [left];
    }

    private List<AgentEvent> Leave(Func<CodexItem, bool> which) => Abandon(_open.CloseAll(which));

    private static List<AgentEvent> Abandon(IReadOnlyList<OpenItems.OpenItem> items)
    {
        List<AgentEvent> events = [];
        foreach (var open in items)
        {
            if (ItemEvents.Abandon(open.Item) is { } left) events.Add(left with { TurnId = open.TurnId });
        }
        return events;
    }
}
