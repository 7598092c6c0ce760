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
        ["palette"] = ["page"],
        ["approve"] = ["page"],
    };

    /// <summary>Scopes whose keys act only while the focus is in their part of the page, which says so: <c>data-keys="agent"</c>.</summary>
    public static readonly IReadOnlyList<string> Namespaced = ["agent", "terminal"];

    /// <summary>What several scopes that are live together share, the innermost first: Esc closes what is open before it stops anything.</summary>
    public static readonly IReadOnlyList<string> InTurn = ["Esc"];

    public static IReadOnlyList<Shortcut> All =>
    [
        new("page", "Ctrl K", Texts.DoesSearchOrAsk, Texts.Anywhere),
        new("page", "Ctrl J", Texts.DoesDockAsk, Texts.Anywhere),
        new("page", "?", Texts.DoesThisList, Texts.Anywhere),
        new("page", "/", Texts.DoesPageSearch, Texts.Anywhere),
        new("page", "Esc", Texts.DoesClose, Texts.Anywhere),
        new("page", "G", Texts.DoesBeginWay),
        .. Rooms.On(ShellFacts.Neutral).Where(room => room.Key is not null).Select(room => new Shortcut("page", $"G {char.ToUpperInvariant(room.Key!.Value)}", room.Title, Texts.GoTo)),
        new("composer", "Enter", Texts.DoesSend, Texts.Writing),
        new("composer", "Ctrl Enter", Texts.DoesSend),
        new("composer", "Shift Enter", Texts.DoesNewLine, Texts.Writing, Native: true),
        new("composer", "/", Texts.DoesCommands, Texts.Writing, Native: true),
        new("composer", "@", Texts.DoesAgentChat, Texts.Writing, Native: true),
        new("composer", "Esc", Texts.DoesStopAnswer, Texts.Writing),
        new("commands", "↑", Texts.DoesPreviousCommand),
        new("commands", "↓", Texts.DoesNextCommand),
        new("commands", "Tab", Texts.DoesTakeCommand),
        new("agent", "Enter", Texts.DoesSend, Texts.ChatWithAgent),
        new("agent", "Ctrl Enter", Texts.DoesSend),
        new("agent", "Shift Enter", Texts.DoesNewLine, Texts.ChatWithAgent, Native: true),
        new("agent", "Esc", Texts.DoesInterruptAgent, Texts.ChatWithAgent),
        new("terminal", "Ctrl Shift Esc", Texts.DoesLeaveTerminal, Texts.InTerminal),
        new("terminal", "Ctrl Shift C", Texts.DoesCopySelected, Texts.InTerminal),
        new("terminal", "Ctrl Shift V", Texts.DoesPaste, Texts.InTerminal, Native: true),
        new("terminal", "Ctrl Shift F", Texts.DoesFind, Texts.InTerminal),
        new("page", "Alt ↑", Texts.DoesPreviousMessage, Texts.Messages),
        new("page", "Alt ↓", Texts.DoesNextMessage, Texts.Messages),
        new("message", "C", Texts.DoesCopy, Texts.Messages),
        new("message", "R", Texts.DoesAskAgain, Texts.Messages),
        new("message", "L", Texts.DoesCopyLink, Texts.Messages),
        new("page", "J", Texts.DoesNext, Texts.Lists),
        new("page", "K", Texts.DoesPrevious, Texts.Lists),
        new("list", "Enter", Texts.DoesOpen, Texts.Lists, Native: true),
        new("row", "X", Texts.DoesSelect, Texts.Lists),
        new("row", "Shift X", Texts.DoesSelectUpTo, Texts.Lists, Native: true),
        new("approval", "L", Texts.DoesLater, Texts.Lists),
        new("palette", "↑", Texts.DoesPreviousHit),
        new("palette", "↓", Texts.DoesNextHit),
        new("palette", "Enter", Texts.DoesOpenHit),
        new("palette", "Ctrl Enter", Texts.DoesAskTyped),
        new("approve", "Any Enter", Texts.DoesNothing),
    ];
}
