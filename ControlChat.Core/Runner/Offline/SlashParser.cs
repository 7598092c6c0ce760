using System.Text.Json.Nodes;
using ControlChat.Core.Tools.Actions;

namespace ControlChat.Core.Runner.Offline;

/// <summary>Reads a slash command. A command that does not fit its syntax does nothing and shows the syntax.</summary>
internal sealed class SlashParser(TimeProvider time)
{
    private const int MostSteps = PlanBatch.MostSteps;

    public Move Parse(string text)
    {
        var lines = text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (lines.Length == 0) return Suggestions.For(text);
        if (Name(lines[0]).Equals("/batch", StringComparison.OrdinalIgnoreCase)) return Batch(lines);
        if (Name(lines[0]).Equals(SlashOnboard.Name, StringComparison.OrdinalIgnoreCase)) return SlashOnboard.Parse(text);
        return lines.Length > 1
            ? new Move.Say("One message is one command, so nothing was done. `/batch` takes several, one a line.")
            : Line(lines[0]);
    }

    private static string Name(string line) => line.Split(' ', 2)[0];

    private Move Batch(string[] lines)
    {
        var first = lines[0]["/batch".Length..].Trim();
        string[] commands = first.Length > 0 ? [first, .. lines[1..]] : lines[1..];
        if (commands.Length is 0 or > MostSteps) return new Move.Say($"`/batch` takes 1 to {MostSteps} commands, one a line. Nothing was done.");
        var calls = new List<PlannedCall>();
        for (var i = 0; i < commands.Length; i++)
        {
            var command = commands[i].StartsWith('/') ? commands[i] : "/" + commands[i];
            if (SlashCommands.Find(Name(command)) is not { Scope: not Gate.ToolScope.Read, Tool: not "plan.batch" } || Line(command) is not Move.Call { Calls: [var call] })
                return new Move.Say($"Line {i + 1} of the batch is not a command that changes something, so nothing was done. `/help` lists the commands.");
            calls.Add(call);
        }
        return Move.Batch(calls);
    }

    private Move Line(string line)
    {
        var name = Name(line);
        if (SlashCommands.Find(name) is not { } command) return Suggestions.For(line);
        var rest = line[name.Length..].Trim();
        if (CommandText.Words(rest) is not { } words) return new Move.Say($"A quote is not closed, so nothing was done. The command is `{command.Syntax}`.");
        return Command(command.Name, rest, words) ?? new Move.Say($"That does not fit, so nothing was done. The command is `{command.Syntax}`.");
    }

    private Move? Command(string name, string rest, IReadOnlyList<CommandWord> words) => name switch
    {
        "/help" => new Move.Help(),
        "/workspaces" => Search("workspace.list", words, "tag", "state"),
        "/logs" => Search("logs.search", words, "level", "run", "since"),
        "/audit" => Search("audit.search", words, "event", "tool", "outcome", "account", "workspace", "run", "action", "since"),
        "/create" => Create(words),
        "/rename" => Rename(rest),
        "/tag" => Tag(words),
        "/pin" or "/unpin" => Title(words) is { } title ? new Move.Call(PlannedCall.Pin(title, name == "/pin")) : null,
        "/workspace" => OnWorkspace("workspace.get", words),
        "/archive" or "/unarchive" or "/delete" or "/restore" or "/purge" => OnWorkspace("workspace." + name[1..], words),
        "/share" or "/unshare" or "/role" => SlashPeople.Parse(name, words),
        "/invite" or "/invitations" or "/uninvite" => SlashInvitations.Parse(name, words),
        "/start-host" => StartHost(words),
        "/stop-host" => OnWorkspace("workspace.stop_host", words),
        "/sync" or "/sync-status" or "/configure-sync" or "/unsync" => SlashSync.Parse(name, words),
        "/handoff" => SlashHandoff.Parse(rest),
        "/config" => words.Count switch { 0 => Move.Of("config.get", []), 1 => Move.Of("config.get", new() { ["key"] = words[0].Text }), _ => null },
        "/set" => words.Count >= 2 ? new Move.Call(PlannedCall.Set(words[0].Text, CommandText.Join(words.Skip(1)))) : null,
        "/editors" => words.Count == 0 ? Move.Of("editors.list", []) : null,
        "/undo" => words.Count switch { 0 => new Move.UndoLast(), 1 => Move.Of("undo", new() { ["action_id"] = words[0].Text }), _ => null },
        "/open" when words.Count > 1 && words[0] is { Quoted: false, Text: "workspace" } => Title(words.Skip(1).ToList()) is { } title ? new Move.Call(PlannedCall.Browser("open_workspace", title)) : null,
        "/open" or "/show" => words.Count == 1 ? Page(words[0].Text) : null,
        "/highlight" => words.Count == 1 ? new Move.Call(PlannedCall.Browser("highlight", words[0].Text)) : null,
        _ => null,
    };

    internal static Move Page(string name)
    {
        var page = name.ToLowerInvariant();
        return SlashCommands.Pages.Contains(page)
            ? new Move.Call(PlannedCall.Browser("show_page", page))
            : new Move.Say($"There is no such page. The pages are {string.Join(", ", SlashCommands.Pages)}.");
    }

    private Move? Search(string tool, IReadOnlyList<CommandWord> words, params string[] options)
    {
        var arguments = new JsonObject();
        var text = new List<CommandWord>();
        foreach (var word in words)
        {
            var colon = word.Quoted ? -1 : word.Text.IndexOf(':', StringComparison.Ordinal);
            var option = colon > 0 ? word.Text[..colon].ToLowerInvariant() : "";
            if (!options.Contains(option)) text.Add(word);
            else if (Option(option, word.Text[(colon + 1)..]) is var (key, value) && value.Length > 0 && !arguments.ContainsKey(key)) arguments[key] = value;
            else return null;
        }
        if (text.Count > 0) arguments["text"] = CommandText.Join(text);
        return Move.Of(tool, arguments);
    }

    private (string Key, string Value) Option(string option, string value) => option switch
    {
        "since" => ("from", CommandText.Since(value, time) ?? ""),
        "run" => ("run_id", value),
        "action" => ("action_id", value),
        "workspace" => ("workspace_id", value),
        "level" or "state" => (option, value.ToLowerInvariant()),
        _ => (option, value),
    };

    private static Move.Call? Create(IReadOnlyList<CommandWord> words)
    {
        var title = words.TakeWhile(w => !w.Starts('#')).ToList();
        var tags = words.Skip(title.Count).ToList();
        return Title(title) is { } text && tags.TrueForAll(t => t.Starts('#')) ? new Move.Call(PlannedCall.Create(text, tags.Select(t => t.Text[1..]))) : null;
    }

    private static Move? Rename(string rest)
    {
        var words = CommandText.Words(rest)!;
        var at = words.Select((w, i) => (w, i)).Where(p => p.w is { Quoted: false } && p.w.Text.Equals("to", StringComparison.OrdinalIgnoreCase)).Select(p => p.i).ToList();
        if (at.Count > 1) return new Move.Say("The word \"to\" stands there more than once, so nothing was done. Put the titles into double quotes: `/rename \"a to b\" to \"c\"`.");
        return at.Count == 1 && Title([.. words.Take(at[0])]) is { } from && Title([.. words.Skip(at[0] + 1)]) is { } to ? new Move.Call(PlannedCall.Rename(from, to)) : null;
    }

    private static Move.Call? Tag(IReadOnlyList<CommandWord> words)
    {
        var title = words.TakeWhile(w => !w.Starts('+') && !w.Starts('-')).ToList();
        var tags = words.Skip(title.Count).ToList();
        if (tags.Count == 0 || Title(title) is not { } text || !tags.TrueForAll(t => t.Starts('+') || t.Starts('-'))) return null;
        return new Move.Call(PlannedCall.Tag(text, Marked(tags, '+'), Marked(tags, '-')));
    }

    private static IEnumerable<string> Marked(IEnumerable<CommandWord> words, char mark) => words.Where(w => w.Starts(mark)).Select(w => w.Text[1..].TrimStart('#'));

    private static Move.Call? StartHost(IReadOnlyList<CommandWord> words)
    {
        var size = words.Count > 0 && words[^1] is { Quoted: false } last && last.Text.StartsWith("size:", StringComparison.OrdinalIgnoreCase) ? last.Text["size:".Length..].ToLowerInvariant() : null;
        return size is not (null or "small" or "medium" or "large") || Title([.. size is null ? words : words.SkipLast(1)]) is not { } title ? null : new Move.Call(PlannedCall.StartHost(title, size));
    }

    private static Move.Call? OnWorkspace(string tool, IReadOnlyList<CommandWord> words) => Title(words) is { } title ? new Move.Call(PlannedCall.On(tool, title)) : null;

    // A quoted title stands alone; without quotes, the words make up the title.
    internal static string? Title(IReadOnlyList<CommandWord> words) =>
        words.Count == 0 || (words.Count > 1 && words.Any(w => w.Quoted)) || CommandText.Join(words) is not { Length: > 0 } title ? null : title;
}
