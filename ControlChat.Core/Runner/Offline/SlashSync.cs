using System.Text.Json.Nodes;

namespace ControlChat.Core.Runner.Offline;

/// <summary>The commands about syncing a workspace. A title may be left out: a lite hub has one workspace only.</summary>
internal static class SlashSync
{
    private const string Option = "exclude:";

    /// <returns>Null when the words do not fit the command.</returns>
    public static Move.Call? Parse(string command, IReadOnlyList<CommandWord> words)
    {
        if (command == "/configure-sync") return Configure(words);
        if (words.Count > 0 && SlashParser.Title(words) is null) return null;
        var arguments = new JsonObject();
        if (words.Count > 0) arguments["workspace_id"] = SlashParser.Title(words);
        if (command == "/unsync") arguments["remote"] = null;
        return new Move.Call(new PlannedCall(command switch { "/sync" => "sync.run", "/sync-status" => "sync.status", _ => "sync.configure" }, arguments));
    }

    // Read from the end, where each place holds one word: so a title without quotes may have any words in it.
    private static Move.Call? Configure(IReadOnlyList<CommandWord> words)
    {
        var end = words.Count;
        while (end > 0 && IsOption(words[end - 1])) end--;
        var exclude = words.Skip(end).Select(w => w.Text[Option.Length..]);
        if (end < 3 || words[end - 1].Text.ToLowerInvariant() is not ("push" or "pull") || !words[end - 3].Text.Equals("with", StringComparison.OrdinalIgnoreCase)) return null;
        var title = words.Take(end - 3).ToList();
        if (title.Count > 0 && SlashParser.Title(title) is null) return null;
        return new Move.Call(PlannedCall.Sync(title.Count == 0 ? null : SlashParser.Title(title), words[end - 2].Text, words[end - 1].Text.ToLowerInvariant(), exclude));
    }

    private static bool IsOption(CommandWord word) => !word.Quoted && word.Text.Length > Option.Length && word.Text.StartsWith(Option, StringComparison.OrdinalIgnoreCase);
}
