namespace ControlChat.App.Layout;

/// <summary>A key, or keys together, that do something.</summary>
/// <param name="Scope">Where it acts, one of <see cref="Shortcuts.Scopes"/>; what scripts and components ask for it by.</param>
/// <param name="Keys">As it is written for people: "Ctrl K" (Cmd on a Mac), "G A" one after the other, "Any Enter" with whatever else is held.</param>
/// <param name="Does">For people.</param>
/// <param name="Group">Its heading in the list of shortcuts; null: not listed.</param>
/// <param name="Native">The browser or the element does it by itself; no code of ours looks for it.</param>
public sealed record Shortcut(string Scope, string Keys, string Does, string? Group = null, bool Native = false);

/// <summary>
/// Every shortcut of the product. The list people see is drawn from it, and a test holds the scripts (<c>chord</c> in js/ui.js) and the
/// components (<see cref="Ui.Chord"/>) to it: nothing undeclared, and no two in one place.
/// </summary>
public static class Shortcuts
{
    /// <summary>Where keys act, with the scopes that are live at the same time. Characters of <c>page</c> act outside of fields only.</summary>
    public static readonly IReadOnlyDictionary<string, string[]> Scopes = new Dictionary<string, string[]>
    {
        ["page"] = [],
        ["list"] = ["page"],
        ["message"] = ["page", "list"],
        ["approval"] = ["page", "list"],
        ["row"] = ["page", "list"],
        ["composer"] = ["page"],
        ["commands"] = ["page", "composer"],
        ["agent"] = ["page"],
        ["terminal"] = [],
        ["line"] = ["page"],
        ["palette"] = ["page"],
        ["approve"] = ["page"],
    };

    /// <summary>Scopes whose keys act only while the focus is in their part of the page, which says so: <c>data-keys="agent"</c>.</summary>
    public static readonly IReadOnlyList<string> Namespaced = ["agent", "terminal"];

    /// <summary>What several scopes that are live together share, the innermost first: Esc closes what is open before it stops anything.</summary>
    public static readonly IReadOnlyList<string> InTurn = ["Esc"];

    private const string Anywhere = "Anywhere";
    private const string GoTo = "Go to";
    private const string Writing = "Writing";
    private const string Agent = "Chat with an agent, while it has the focus";
    private const string Terminal = "Terminal, while it has the focus: all other keys are its program's";
    private const string Messages = "Messages";
    private const string Lists = "Lists";

    public static IReadOnlyList<Shortcut> All { get; } =
    [
        new("page", "Ctrl K", "search or ask", Anywhere),
        new("page", "Ctrl J", "dock or undock Ask; close an agent's chat", Anywhere),
        new("page", "?", "this list", Anywhere),
        new("page", "/", "the page's search", Anywhere),
        new("page", "Esc", "close what is open", Anywhere),
        new("page", "G", "begins a way to a page"),
        .. Rooms.On(ShellFacts.Neutral).Where(room => room.Key is not null).Select(room => new Shortcut("page", $"G {char.ToUpperInvariant(room.Key!.Value)}", room.Title, GoTo)),
        new("composer", "Enter", "send", Writing),
        new("composer", "Ctrl Enter", "send"),
        new("composer", "Shift Enter", "new line", Writing, Native: true),
        new("composer", "/", "commands, in an empty field", Writing, Native: true),
        new("composer", "@", "a chat with an agent, in an empty field", Writing, Native: true),
        new("composer", "Esc", "stop the answer", Writing),
        new("commands", "↑", "previous command"),
        new("commands", "↓", "next command"),
        new("commands", "Tab", "take the command"),
        new("agent", "Enter", "send", Agent),
        new("agent", "Ctrl Enter", "send"),
        new("agent", "Shift Enter", "new line", Agent, Native: true),
        new("agent", "Esc", "interrupt the agent", Agent),
        new("line", "Enter", "send the line to the terminal", Terminal),
        new("line", "Shift Enter", "new line", Native: true),
        new("terminal", "Ctrl Shift Esc", "leave the terminal", Terminal),
        // Windows and some desktops take the first for their task manager; no system and no browser takes this one.
        new("terminal", "Ctrl Shift Enter", "leave the terminal", Terminal),
        new("terminal", "Tab", "the next part of the page, while you watch", Terminal),
        new("terminal", "Shift Tab", "the previous part of the page, while you watch", Terminal),
        new("terminal", "Shift PageUp", "scroll back", Terminal),
        new("terminal", "Shift PageDown", "scroll on", Terminal),
        new("terminal", "Ctrl Shift C", "copy what is selected", Terminal),
        new("terminal", "Ctrl Shift V", "paste", Terminal, Native: true),
        new("terminal", "Ctrl Shift F", "find", Terminal),
        new("page", "Alt ↑", "previous message", Messages),
        new("page", "Alt ↓", "next message", Messages),
        new("message", "C", "copy", Messages),
        new("message", "R", "ask again", Messages),
        new("message", "L", "copy link", Messages),
        new("page", "J", "next", Lists),
        new("page", "K", "previous", Lists),
        new("list", "Enter", "open; once more: into what is open", Lists, Native: true),
        new("row", "X", "select", Lists),
        new("row", "Shift X", "select up to here", Lists, Native: true),
        new("approval", "L", "later, in Approvals", Lists),
        new("palette", "↑", "previous hit"),
        new("palette", "↓", "next hit"),
        new("palette", "Enter", "open the hit"),
        new("palette", "Ctrl Enter", "ask what is typed"),
        new("approve", "Any Enter", "nothing: no key approves"),
    ];
}
