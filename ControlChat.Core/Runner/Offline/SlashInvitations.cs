using System.Globalization;
using System.Text.Json.Nodes;

namespace ControlChat.Core.Runner.Offline;

/// <summary>The commands about invitations: <c>/invite</c>, <c>/invitations</c> and <c>/uninvite</c>.</summary>
internal static class SlashInvitations
{
    private static readonly string[] Roles = ["viewer", "collaborator", "owner"];
    private static readonly string[] States = ["pending", "accepted", "ended"];

    /// <returns>Null when the words do not fit the command.</returns>
    public static Move? Parse(string command, IReadOnlyList<CommandWord> words) => command switch
    {
        "/invite" => Invite([.. words]),
        "/invitations" => words.Count switch
        {
            0 => Move.Of("invitation.list", []),
            1 when States.Contains(words[0].Text.ToLowerInvariant()) => Move.Of("invitation.list", new() { ["state"] = words[0].Text.ToLowerInvariant() }),
            _ => null,
        },
        "/uninvite" => words.Count == 1 ? Move.Of("invitation.revoke", new() { ["invitation_id"] = words[0].Text }) : null,
        _ => null,
    };

    public static bool IsRole(string word) => Roles.Contains(word.ToLowerInvariant());

    // The address stands first, the days last; what is between names a workspace and a role, or the hub is meant.
    private static Move.Call? Invite(List<CommandWord> words)
    {
        var arguments = new JsonObject();
        if (words.Count > 0 && words[^1] is { Quoted: false } last && last.Text.StartsWith("days:", StringComparison.OrdinalIgnoreCase))
        {
            if (!int.TryParse(last.Text["days:".Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var days)) return null;
            arguments["days"] = days;
            words.RemoveAt(words.Count - 1);
        }
        if (words.Count == 0 || !words[0].Text.Contains('@', StringComparison.Ordinal)) return null;
        arguments["email"] = words[0].Text;
        words.RemoveAt(0);
        if (words.Count == 0) return new Move.Call(new PlannedCall("invitation.create", arguments));
        if (words.Count < 4 || !Is(words[0], "to") || !Is(words[^2], "as") || !IsRole(words[^1].Text)) return null;
        if (SlashParser.Title(words[1..^2]) is not { } title) return null;
        (arguments["workspace_id"], arguments["workspace_role"]) = (title, words[^1].Text.ToLowerInvariant());
        return new Move.Call(new PlannedCall("invitation.create", arguments));
    }

    private static bool Is(CommandWord word, string text) => !word.Quoted && word.Text.Equals(text, StringComparison.OrdinalIgnoreCase);
}
