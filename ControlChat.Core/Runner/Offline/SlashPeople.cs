namespace ControlChat.Core.Runner.Offline;

/// <summary>The commands about the people of a workspace: a title, a small word, a person, and mostly another small word and a role.</summary>
internal static class SlashPeople
{
    private static readonly string[] Roles = ["viewer", "collaborator", "owner"];

    /// <returns>Null when the words do not fit the command.</returns>
    public static Move.Call? Parse(string command, IReadOnlyList<CommandWord> words) => command switch
    {
        "/share" => Of("workspace.add_collaborator", words, "with", "as"),
        "/role" => Of("workspace.set_role", words, "of", "to"),
        "/unshare" => Of("workspace.remove_collaborator", words, "with", null),
        _ => null,
    };

    // Read from the end, where each place holds one word: so a title without quotes may have any words in it.
    private static Move.Call? Of(string tool, IReadOnlyList<CommandWord> words, string before, string? between)
    {
        string? role = null;
        var end = words.Count;
        if (between is not null)
        {
            if (end < 5 || !Is(words[end - 2], between)) return null;
            role = words[end - 1].Text.ToLowerInvariant();
            if (!Roles.Contains(role)) return null;
            end -= 2;
        }
        if (end < 3 || !Is(words[end - 2], before) || !IsPerson(words[end - 1].Text)) return null;
        return SlashParser.Title([.. words.Take(end - 2)]) is { } title ? new Move.Call(PlannedCall.Person(tool, title, words[end - 1].Text, role)) : null;
    }

    private static bool Is(CommandWord word, string text) => !word.Quoted && word.Text.Equals(text, StringComparison.OrdinalIgnoreCase);

    private static bool IsPerson(string text) => text.StartsWith("acc_", StringComparison.Ordinal) || (text.IndexOf('@', StringComparison.Ordinal) is > 0 and var at && at < text.Length - 1);
}
