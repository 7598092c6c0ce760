using System.Runtime.InteropServices;

namespace ControlChat.Core.Sessions.Codex;

/// <summary>The items that began and did not end, in their order. When they are too many or too large, the oldest are let go; the newest
/// stays, however large.</summary>
internal sealed class OpenItems
{
    private const int Most = 1_000;
    private const long MostBytes = 4 * 1024 * 1024;
    private readonly OrderedDictionary<string, OpenItem> _items = new();
    private long _bytes;

    /// <param name="Item">What of it is needed later.</param>
    public sealed record OpenItem(CodexItem Item, string? TurnId, long Bytes);

    public OpenItem? Find(string id) => _items.GetValueOrDefault(id);

    public bool Any(string type) => _items.Values.Any(o => o.Item.Type == type);

    /// <returns>Those that had to go for it.</returns>
    public IReadOnlyList<OpenItem> Open(CodexItem item, string? turnId)
    {
        var kept = Kept(item);
        Close(kept.Id!);
        var open = new OpenItem(kept, turnId, Weigh(kept, turnId));
        _items.Add(kept.Id!, open);
        _bytes += open.Bytes;
        List<OpenItem> gone = [];
        while (_items.Count > 1 && (_items.Count > Most || _bytes > MostBytes)) gone.Add(Close(_items.GetAt(0).Key)!);
        return gone;
    }

    public OpenItem? Close(string id)
    {
        if (!_items.Remove(id, out var open)) return null;
        _bytes -= open.Bytes;
        return open;
    }

    public IReadOnlyList<OpenItem> CloseAll(Func<CodexItem, bool> which)
    {
        List<OpenItem> closed = [.. _items.Values.Where(o => which(o.Item))];
        foreach (var open in closed) Close(open.Item.Id!);
        return closed;
    }

    // The changes for whoever decides on them, and what tells of it when it is abandoned.
    private static CodexItem Kept(CodexItem item) => item.Type switch
    {
        CodexItem.FileChange => new CodexItem { Type = item.Type, Id = item.Id, Changes = item.Changes },
        CodexItem.McpToolCall or CodexItem.DynamicToolCall => new CodexItem { Type = item.Type, Id = item.Id, Server = item.Server, Tool = item.Tool, Arguments = item.Arguments },
        _ => new CodexItem { Type = item.Type, Id = item.Id },
    };

    private static long Weigh(CodexItem item, string? turnId) =>
        Weigh(item.Id) + Weigh(turnId) + Weigh(item.Server) + Weigh(item.Tool)
        + (item.Arguments is { } arguments ? JsonMarshal.GetRawUtf8Value(arguments).Length : 0)
        + (item.Changes ?? []).Sum(c => Weigh(c?.Path) + Weigh(c?.Kind?.MovePath) + Weigh(c?.Kind?.Type) + Weigh(c?.Diff));

    // With what an object takes besides.
    private static long Weigh(string? text) => text is null ? 8 : 32 + (2L * text.Length);
}
