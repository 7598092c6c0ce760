using System.Text.Json.Nodes;

namespace ControlChat.App.Layout;

/// <summary>
/// What the page beside the dock has selected. A page tells it after each render; the docked composer shows it as chips that can be
/// taken off, and sends the rest along with the message, as data. Scoped: one per circuit, used on its dispatcher.
/// </summary>
public sealed class PageContext
{
    private readonly HashSet<string> _off = [];
    private object? _page;
    private IReadOnlyList<PageChip> _all = [];

    /// <summary>Raised when there is something else to show.</summary>
    public event Action? Changed;

    /// <summary>The one workspace the page is about; null: none, or several.</summary>
    public PageWorkspace? Workspace { get; private set; }

    public IReadOnlyList<PageChip> Chips => [.. _all.Where(chip => !_off.Contains(chip.Key))];

    /// <summary>Chips of the page in sight; those it showed before go. One that was taken off stays off until the selection is another.</summary>
    /// <param name="page">Who speaks.</param>
    /// <param name="chips">What it has selected.</param>
    /// <param name="workspace">The one workspace it is about, if there is one.</param>
    public void Show(object page, IReadOnlyList<PageChip> chips, PageWorkspace? workspace = null)
    {
        if (_page == page && Workspace == workspace && _all.Select(chip => chip.Key).SequenceEqual(chips.Select(chip => chip.Key))) return;
        (_page, _all, Workspace) = (page, chips, workspace);
        _off.IntersectWith(chips.Select(chip => chip.Key));
        Changed?.Invoke();
    }

    /// <summary>The page goes. Its successor may have spoken before.</summary>
    public void Leave(object page)
    {
        if (_page != page) return;
        (_page, _all, Workspace) = (null, [], null);
        _off.Clear();
        Changed?.Invoke();
    }

    public void TakeOff(PageChip chip)
    {
        _off.Add(chip.Key);
        Changed?.Invoke();
    }

    /// <summary>What goes with a message; null when nothing is selected.</summary>
    public JsonObject? ToSend() => Chips is { Count: > 0 } chips
        ? new JsonObject { ["selected"] = new JsonArray([.. chips.Select(chip => (JsonNode)chip.Data.DeepClone())]) } : null;
}

/// <param name="Id">As tools take it.</param>
/// <param name="Title">For the reader, not trusted; null: the page does not know it.</param>
public sealed record PageWorkspace(string Id, string? Title);

/// <summary>One selected thing.</summary>
/// <param name="Key">The same while the same is selected.</param>
/// <param name="Words">For the reader; never sent.</param>
/// <param name="Data">For the agent: ids, and text only where there is no id. A title is not in it: what a tool returns for the id is judged by the tool.</param>
public sealed record PageChip(string Key, string Icon, string Words, JsonObject Data)
{
    /// <summary>Keyed by what it sends.</summary>
    public static PageChip Of(string icon, string words, JsonObject data) => new(data.ToJsonString(), icon, words, data);
}
