using System.Text.RegularExpressions;
using ControlChat.App.Layout;
using Xunit;

namespace ControlChat.Tests.HouseRules;

/// <summary>
/// Every key that does something stands in <see cref="Shortcuts"/>, and no two of them in one place. Scripts ask for a key by
/// <c>chord(event, 'scope', 'keys')</c> and components by <c>Chord.Is(pressed, "scope", "keys")</c>, so that all of them can be found.
/// </summary>
public sealed partial class ShortcutRules
{
    private const string Scripts = "ControlChat.App/wwwroot/js/";
    private const string Console = "ControlChat.App/Console/";

    /// <summary>The one script that looks at a key itself, and the one that hears of another kind of key.</summary>
    private static readonly string[] _mayReadKeys = [Scripts + "ui.js", "ControlChat.App/Ui/Chord.cs"];

    /// <summary>Whose items the letters on their buttons belong to.</summary>
    private static readonly Dictionary<string, string> _hotkeys = new()
    {
        ["ControlChat.App/Ask/MessageTools.cs"] = "message",
        ["ControlChat.App/Approvals/ApprovalRow.razor"] = "approval",
        ["ControlChat.App/Workspaces/WorkspaceGrid.razor"] = "row",
    };

    private static IEnumerable<(string Path, string Text)> Sources => Repository.Files
        .Where(f => f.StartsWith("ControlChat.App/", StringComparison.Ordinal) && Path.GetExtension(f) is ".razor" or ".cs" || ((f.StartsWith(Scripts, StringComparison.Ordinal) || f.StartsWith(Console, StringComparison.Ordinal)) && f.EndsWith(".js", StringComparison.Ordinal)))
        .Select(f => (f, Repository.Text(f)));

    [Fact]
    public void Every_shortcut_of_scripts_and_components_is_declared()
    {
        var found = Found().ToList();
        // What finds nothing cannot fail.
        Assert.True(found.Count > 25, $"Only {found.Count} shortcuts were found.");
        var declared = Shortcuts.All.Select(s => (s.Scope, s.Keys)).ToHashSet();
        Rule.Holds(found.Where(f => !declared.Contains((f.Scope, f.Keys))).Select(f => $"{f.Where}: {f.Keys} in {f.Scope}"), "Give it its line in Layout/Shortcuts.cs.");
    }

    [Fact]
    public void Every_declared_shortcut_does_something()
    {
        var found = Found().Select(f => (f.Scope, f.Keys)).ToHashSet();
        Rule.Holds(Shortcuts.All.Where(s => !s.Native && !found.Contains((s.Scope, s.Keys))).Select(s => $"{s.Keys} in {s.Scope}"), "No code asks for it: take its line out of Layout/Shortcuts.cs, or mark it Native.");
    }

    [Fact]
    public void No_code_looks_at_a_key_by_itself()
    {
        var breaches = from source in Sources
                       where !_mayReadKeys.Contains(source.Path)
                       from match in BareKey().Matches(source.Text)
                       where IsOfKeys(source.Text, match)
                       select $"{source.Path}: {Line(source.Text, match.Index)}";
        var unreadable = from source in Sources
                         where !_mayReadKeys.Contains(source.Path)
                         let readable = Readable().Matches(source.Text).Select(m => m.Index).ToHashSet()
                         from match in Call().Matches(source.Text)
                         where !readable.Contains(match.Index)
                         select $"{source.Path}: {Line(source.Text, match.Index)}";
        Rule.Holds(breaches.Concat(unreadable), "Ask chord(event, 'scope', 'keys') in a script, Chord.Is(pressed, \"scope\", \"keys\") in a component, with the words written out.");
    }

    [Fact]
    public void No_two_shortcuts_clash()
    {
        Rule.Holds(Clashes(Shortcuts.All), "Give one of them other keys, or a scope that is not live at the same time.");
    }

    [Fact]
    public void A_clash_is_seen()
    {
        Assert.NotEmpty(Clashes([new("page", "J", "next"), new("page", "J", "jump")]));
        Assert.NotEmpty(Clashes([new("page", "J", "next"), new("message", "J", "jump")]));
        Assert.NotEmpty(Clashes([new("page", "Ctrl K", "search"), new("agent", "Ctrl K", "clear")]));
        Assert.NotEmpty(Clashes([new("page", "G", "leads"), new("page", "G A", "Ask"), new("page", "G A", "Audit")]));
        // A character of the page is typed in a field; the letters of two kinds of items are never live together; Esc goes its way.
        Assert.Empty(Clashes([new("page", "/", "search"), new("composer", "/", "commands"), new("message", "L", "link"), new("approval", "L", "later"), new("page", "Esc", "close"), new("agent", "Esc", "interrupt")]));
    }

    [Fact]
    public void Parts_with_keys_of_their_own_are_the_same_everywhere()
    {
        var marked = Sources.SelectMany(s => Marked().Matches(s.Text)).Select(m => m.Groups[1].Value).Distinct().Order();
        Assert.Equal(Shortcuts.Namespaced.Order(), marked);
        Assert.Equal(Shortcuts.Namespaced.Order(), Quoted().Matches(NamespacedInScript().Match(Repository.Text(Scripts + "ui.js")).Groups[1].Value).Select(m => m.Groups[1].Value).Order());
        Assert.All(Shortcuts.All, s => Assert.Contains(s.Scope, Shortcuts.Scopes.Keys));
    }

    [Fact]
    public void What_pages_write_about_keys_is_true()
    {
        var declared = Shortcuts.All.Select(s => s.Keys).ToHashSet();
        var told = from source in Sources
                   where source.Path.EndsWith(".razor", StringComparison.Ordinal) && !source.Path.EndsWith("/ShortcutsDialog.razor", StringComparison.Ordinal)
                   from match in Told().Matches(source.Text)
                   let keys = match.Groups[1].Value
                   where !keys.Contains('@', StringComparison.Ordinal) && !declared.Contains(keys)
                   select $"{source.Path}: {keys}";
        Rule.Holds(told, "Write the keys as Layout/Shortcuts.cs does, or give them a line there.");
    }

    /// <summary>Keys in one scope twice, and keys of scopes that are live together.</summary>
    private static List<string> Clashes(IReadOnlyList<Shortcut> all) => [..
        from one in all.Select((shortcut, at) => (shortcut, at))
        from other in all.Select((shortcut, at) => (shortcut, at))
        where one.at < other.at && one.shortcut.Keys == other.shortcut.Keys && Meet(one.shortcut, other.shortcut)
        select $"{one.shortcut.Keys}: {one.shortcut.Does} ({one.shortcut.Scope}), {other.shortcut.Does} ({other.shortcut.Scope})"];

    private static bool Meet(Shortcut one, Shortcut other)
    {
        if (one.Scope == other.Scope) return true;
        if (Shortcuts.InTurn.Contains(one.Keys)) return false;
        var (inner, outer) = Shortcuts.Scopes[one.Scope].Contains(other.Scope) ? (one, other) : (other, one);
        if (!Shortcuts.Scopes[inner.Scope].Contains(outer.Scope)) return false;
        // In a field a character is typed.
        return !(outer is { Scope: "page", Keys.Length: 1 } && inner.Scope is "composer" or "commands" or "agent" or "palette");
    }

    private static IEnumerable<(string Scope, string Keys, string Where)> Found()
    {
        foreach (var (path, text) in Sources.Where(s => !_mayReadKeys.Contains(s.Path)))
        {
            foreach (Match call in Readable().Matches(text))
            {
                // A composer's scope is that of the part it stands in.
                var scopes = call.Groups["own"].Success ? ["composer", "agent"] : new[] { call.Groups["scope"].Value };
                foreach (var scope in scopes) yield return (scope, call.Groups["keys"].Value, path);
            }
            foreach (Match hotkey in Hotkey().Matches(text))
            {
                var keys = hotkey.Groups.Values.Skip(1).First(g => g.Success).Value;
                // A component that passes a letter on, and the script that presses any.
                if (keys[0] is '@' or '$') continue;
                yield return (_hotkeys.GetValueOrDefault(path, "a scope unknown to ShortcutRules"), keys.ToUpperInvariant(), path);
            }
            foreach (Match aria in Announced().Matches(text))
                foreach (var keys in aria.Groups[1].Value.Split(' ')) yield return ("page", keys.Replace("Control+", "Ctrl ", StringComparison.Ordinal).Replace("Meta+", "Ctrl ", StringComparison.Ordinal), path);
        }
        foreach (var room in Rooms.On(ShellFacts.Neutral).Where(room => room.Key is not null)) yield return ("page", $"G {char.ToUpperInvariant(room.Key!.Value)}", "ControlChat.App/Layout/Rooms.cs");
    }

    // Only a file that hears of keys has keys to look at; the browser's storage tells of keys of another kind.
    private static bool IsOfKeys(string text, Match match) =>
        (text.Contains("keydown", StringComparison.Ordinal) || text.Contains("keyup", StringComparison.Ordinal) || text.Contains("keypress", StringComparison.Ordinal) || text.Contains("KeyboardEventArgs", StringComparison.Ordinal))
        && !Line(text, match.Index).Contains("'storage'", StringComparison.Ordinal);

    private static string Line(string text, int at)
    {
        var start = text.LastIndexOf('\n', Math.Max(0, at - 1)) + 1;
        var end = text.IndexOf('\n', at);
        return text[start..(end < 0 ? text.Length : end)].Trim();
    }

    [GeneratedRegex(@"\b(?:chord\(|Chord\.Is\()")]
    private static partial Regex Call();

    [GeneratedRegex("""\b(?:chord\(\w+, (?:(?<own>this\.scope)|'(?<scope>[a-z]+)'), '(?<keys>[^']+)'\)|Chord\.Is\(\w+, "(?<scope>[a-z]+)", "(?<keys>[^"]+)"\))""")]
    private static partial Regex Readable();

    [GeneratedRegex(@"(?i)\b(?:event|e|key|pressed|args)\??\.(?:key|code|keycode|which|charcode)\b|\bgetModifierState\b|\bletter\([^)]*\)\s*(?:===|!==|==|\.)")]
    private static partial Regex BareKey();

    [GeneratedRegex("""data-hotkey="([^"]+)"|\bHotkey="([^"]+)"|accesskey="([^"]+)""")]
    private static partial Regex Hotkey();

    [GeneratedRegex("""aria-keyshortcuts="([^"]+)""")]
    private static partial Regex Announced();

    [GeneratedRegex("""<kbd[^>]*>([^<]+)</kbd>""")]
    private static partial Regex Told();

    [GeneratedRegex("""data-keys="([a-z]+)""")]
    private static partial Regex Marked();

    [GeneratedRegex(@"const NAMESPACED = \[([^\]]*)\]")]
    private static partial Regex NamespacedInScript();

    [GeneratedRegex("'([a-z]+)'")]
    private static partial Regex Quoted();
}
