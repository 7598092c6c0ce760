using System.Text.RegularExpressions;

namespace ControlChat.Core.Runner.Offline;

/// <summary>
/// The plain sentences (see <see cref="PlainSentences"/>). Each pattern is anchored at both ends: a message is one of these sentences as a whole, or it is nothing.
/// In a pattern <c>{x}</c> is a title (quoted, or words without punctuation), <c>{tags}</c> a list of tags, <c>{many}</c> titles joined by commas and a last "and".
/// </summary>
internal sealed class Grammar
{
    private const string Bare = @"[\p{L}\p{N}_#](?:[\p{L}\p{M}\p{N}_#&+/()-]|[.:](?=[\p{L}\p{N}])| (?=\S))*?";
    private const string OneTag = @"#?[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}_.:/-]*[\p{L}\p{M}\p{N}_-])?";
    private const string Who = @"(?<who>[\p{L}\p{N}._%+-]+@[\p{L}\p{N}](?:[\p{L}\p{N}.-]*[\p{L}\p{N}])?|acc_[a-z0-9]+)";
    private const string Remote = @"(?<remote>(?:ssh:/|file:/)?/[^\s""“”]+?|[A-Za-z0-9_.@-]+:/[^\s""“”]+?)";
    private const string Role = "(?:an? )?(?<role>viewer|collaborator|owner)";
    private const string Joint = "(?:, and |, | and )";
    private const string The = "(?:the )?(?:workspace )?";
    private const string Show = "(?:list|show)(?: me)?(?: all)?(?: the| my)?";
    private const string Back = "(?: (?:of|from|in) the last (?<n>[1-9][0-9]{0,3} )?(?<unit>minute|hour|day)s?)?";
    private const RegexOptions Options = RegexOptions.IgnoreCase | RegexOptions.CultureInvariant;

    private readonly (Regex Pattern, bool Writes, Func<Match, Move?> Move)[] _sentences;
    private readonly PlainOnboarding _onboarding = new();
    private readonly TimeProvider _time;

    public Grammar(TimeProvider time)
    {
        _time = time;
        _sentences = [.. Reads().Select(s => (Compile(s.Pattern), false, s.Move)), .. Writes().Select(s => (Compile(s.Pattern), true, s.Move))];
    }

    /// <summary>The move that the whole text means, or null.</summary>
    public Move? Match(string text)
    {
        if (_onboarding.Match(text) is { } people) return people;
        if (Guards.IsPasted(text)) return null;
        var forbidden = Guards.Forbids(text);
        foreach (var (pattern, writes, move) in _sentences)
        {
            if (writes && forbidden) continue;
            if (pattern.Match(text) is { Success: true } match && move(match) is { } found) return found;
        }
        return null;
    }

    private IEnumerable<(string Pattern, Func<Match, Move?> Move)> Reads() =>
    [
        ($"{Show} workspaces", _ => Move.Of("workspace.list", [])),
        ("(?:what|which) workspaces (?:are there|do i have|can i see)\\??", _ => Move.Of("workspace.list", [])),
        ($"{Show} (?<state>active|archived|trashed|deleted) workspaces", m => Move.Of("workspace.list", new() { ["state"] = m.Groups["state"].Value.ToLowerInvariant() is "deleted" ? "trashed" : m.Groups["state"].Value.ToLowerInvariant() })),
        ($"{Show} workspaces (?:tagged|with the tag) (?<tag>{OneTag})", m => Move.Of("workspace.list", new() { ["tag"] = m.Groups["tag"].Value.TrimStart('#') })),
        ("find (?:the |all )?workspaces? (?:called|named|like) {x}", m => Title(m, "x") is { } x ? Move.Of("workspace.list", new() { ["text"] = x }) : null),
        ("show(?: me)? (?:the )?workspace {x}", m => Title(m, "x") is { } x ? new Move.Call(PlannedCall.On("workspace.get", x)) : null),
        ($"{Show}(?: (?<state>pending|accepted|ended))? invitations", m => Move.Of("invitation.list", m.Groups["state"].Success ? new() { ["state"] = m.Groups["state"].Value.ToLowerInvariant() } : [])),
        ($"{Show} sync of {The}{{x}}", m => Title(m, "x") is { } x ? new Move.Call(PlannedCall.On("sync.status", x)) : null),
        ($"{Show} settings", _ => Move.Of("config.get", [])),
        ("(?:show(?: me)?|what is) (?:the )?setting (?<key>[a-z][a-z0-9]*(?::[a-z0-9]+)+)\\??", m => Move.Of("config.get", new() { ["key"] = m.Groups["key"].Value })),
        ($"{Show} logs?{Back}", m => Logs(m, level: null)),
        ($"{Show} errors{Back}", m => Logs(m, level: "error")),
        ("search (?:the )?logs? for {x}", m => Title(m, "x") is { } x ? Move.Of("logs.search", new() { ["text"] = x }) : null),
        ($"{Show} audit (?:record|log|trail)", _ => Move.Of("audit.search", [])),
        ($"{Show} editors", _ => Move.Of("editors.list", [])),
        ("open (?:the )?workspace {x}", m => Title(m, "x") is { } x ? new Move.Call(PlannedCall.Browser("open_workspace", x)) : null),
        ($"(?:open|show(?: me)?|go to) (?:the )?(?<page>{string.Join('|', SlashCommands.Pages)}) page", m => SlashParser.Page(m.Groups["page"].Value)),
        ("highlight (?<id>[a-z]{2,4}_[a-z0-9]+)", m => new Move.Call(PlannedCall.Browser("highlight", m.Groups["id"].Value))),
    ];

    private static IEnumerable<(string Pattern, Func<Match, Move?> Move)> Writes() =>
    [
        ("(?:create|make|add) (?:a |the )?(?:new )?workspace (?:called|named) {x}(?: (?:tagged|with the tags?) {tags})?", m => Title(m, "x") is { } x && Tags(m) is { } tags ? new Move.Call(PlannedCall.Create(x, tags)) : null),
        ($"rename {The}{{x}} to {{y}}(?: and tag it(?: with| as)? {{tags}})?", Rename),
        ($"tag {The}{{x}} (?:with|as) {{tags}}", m => Title(m, "x") is { } x && Tags(m) is { Count: > 0 } tags ? new Move.Call(PlannedCall.Tag(x, tags, [])) : null),
        ($"add the tags? {{tags}} to {The}{{x}}", m => Title(m, "x") is { } x && Tags(m) is { Count: > 0 } tags ? new Move.Call(PlannedCall.Tag(x, tags, [])) : null),
        ($"remove the tags? {{tags}} from {The}{{x}}", m => Title(m, "x") is { } x && Tags(m) is { Count: > 0 } tags ? new Move.Call(PlannedCall.Tag(x, [], tags)) : null),
        ("(?<verb>pin|unpin|archive|unarchive|delete|restore|purge) (?:the )?(?:workspaces? )?{many}(?<trash> from the trash)?", OnEach),
        ($"share {The}{{x}} with {Who} as {Role}", m => Person(m, "workspace.add_collaborator")),
        ($"add {Who} to {The}{{x}} as {Role}", m => Person(m, "workspace.add_collaborator")),
        ($"(?:unshare {The}{{x}} with|remove) {Who}(?: from {The}{{y}})?", Unshare),
        ($"make {Who} {Role} of {The}{{x}}", m => Person(m, "workspace.set_role")),
        ($"invite {Who} to {The}{{x}} as {Role}", m => Title(m, "x") is { } x ? Invite(m, x) : null),
        ($"invite {Who} to (?:the|this) hub", m => Invite(m, null)),
        ("revoke (?:the )?invitation (?<id>inv_[a-z0-9]+)", m => Move.Of("invitation.revoke", new() { ["invitation_id"] = m.Groups["id"].Value })),
        ($"(?:start|turn on) (?:the |a )?(?:(?<size>small|medium|large) )?host (?:of|for) {The}{{x}}", m => Title(m, "x") is { } x ? new Move.Call(PlannedCall.StartHost(x, m.Groups["size"].Success ? m.Groups["size"].Value.ToLowerInvariant() : null)) : null),
        ($"(?:turn off|shut down) the host of {The}{{x}}", m => Title(m, "x") is { } x ? new Move.Call(PlannedCall.On("workspace.stop_host", x)) : null),
        ("sync (?:the )?workspace {x}", m => Title(m, "x") is { } x ? new Move.Call(PlannedCall.On("sync.run", x)) : null),
        ($"configure the sync of {The}{{x}} to (?<way>push to|pull from) {Remote}", m => Title(m, "x") is { } x ? new Move.Call(PlannedCall.Sync(x, m.Groups["remote"].Value, m.Groups["way"].Value[..4].ToLowerInvariant(), [])) : null),
        ($"ask the (?:workspace )?agent(?: of {The}{{x}})? to (?<goal>\"[^\"“”\\n]+\"|“[^\"“”\\n]+”)", m => HandOver(m)),
        ("set (?:the setting )?(?<key>[a-z][a-z0-9]*(?::[a-z0-9]+)+) to (?:\"(?<value>[^\"\\n]+)\"|(?<value>[\\p{L}\\p{N}_./:+-]*[\\p{L}\\p{N}_/+-]))", m => new Move.Call(PlannedCall.Set(m.Groups["key"].Value, m.Groups["value"].Value))),
        ("(?:switch to|use) (?:the )?(?<theme>dark|light|system) theme", m => new Move.Call(PlannedCall.Set("Ui:Theme", m.Groups["theme"].Value.ToLowerInvariant()))),
        ("undo (?:that|it|the last change|my last change|the last action)", _ => new Move.UndoLast()),
        ("undo (?:the )?(?:action )?(?<id>act_[a-z0-9]+)", m => Move.Of("undo", new() { ["action_id"] = m.Groups["id"].Value })),
    ];

    // The tag comes first: after the rename, the old title would name nothing.
    private static Move? Rename(Match match)
    {
        if (Title(match, "x") is not { } from || Title(match, "y") is not { } to || Tags(match) is not { } tags) return null;
        return tags.Count == 0 ? new Move.Call(PlannedCall.Rename(from, to)) : Move.Together([PlannedCall.Tag(from, tags, []), PlannedCall.Rename(from, to)]);
    }

    private static Move? OnEach(Match match)
    {
        var verb = match.Groups["verb"].Value.ToLowerInvariant();
        if (match.Groups["trash"].Success && verb is not ("restore" or "purge")) return null;
        var calls = new List<PlannedCall>();
        foreach (Capture item in match.Groups["item"].Captures)
        {
            if (Unquote(item.Value) is not { } title) return null;
            calls.Add(verb is "pin" or "unpin" ? PlannedCall.Pin(title, verb == "pin") : PlannedCall.On("workspace." + verb, title));
        }
        return Move.Together(calls);
    }

    private static Move.Call? Person(Match match, string tool) =>
        Title(match, "x") is { } title ? new Move.Call(PlannedCall.Person(tool, title, match.Groups["who"].Value, match.Groups["role"].Value.ToLowerInvariant())) : null;

    // Who has an account is shared with; an invitation goes to an address.
    private static Move.Call? Invite(Match match, string? workspace)
    {
        var (who, call) = (match.Groups["who"].Value, new PlannedCall("invitation.create", []));
        if (!who.Contains('@', StringComparison.Ordinal)) return null;
        call.Arguments["email"] = who;
        if (workspace is not null) (call.Arguments["workspace_id"], call.Arguments["workspace_role"]) = (workspace, match.Groups["role"].Value.ToLowerInvariant());
        return new Move.Call(call);
    }

    // "unshare A with m@x" and "remove m@x from A": one title, on one side only.
    private static Move.Call? Unshare(Match match)
    {
        if (match.Groups["x"].Success == match.Groups["y"].Success || Title(match, match.Groups["x"].Success ? "x" : "y") is not { } title) return null;
        return new Move.Call(PlannedCall.Person("workspace.remove_collaborator", title, match.Groups["who"].Value, null));
    }

    // The task stands in quotes: what is in it is the agent's to read, and no word of it is an order to the hub.
    private static Move.Call? HandOver(Match match)
    {
        if (match.Groups["goal"].Value[1..^1].Trim() is not { Length: > 0 } goal) return null;
        if (!match.Groups["x"].Success) return new Move.Call(PlannedCall.HandOver(null, goal));
        return Title(match, "x") is { } title ? new Move.Call(PlannedCall.HandOver(title, goal)) : null;
    }

    private Move Logs(Match match, string? level)
    {
        var arguments = new System.Text.Json.Nodes.JsonObject();
        if (level is not null) arguments["level"] = level;
        if (match.Groups["unit"].Success) arguments["from"] = CommandText.Since((match.Groups["n"].Success ? match.Groups["n"].Value.Trim() : "1") + match.Groups["unit"].Value[..1], _time);
        return Move.Of("logs.search", arguments);
    }

    internal static string? Title(Match match, string group) => Unquote(match.Groups[group].Value);

    private static string? Unquote(string text)
    {
        if (text.Length > 2 && text[0] is '"' or '“') return text[1..^1].Trim() is { Length: > 0 } quoted ? quoted : null;
        return text.Length == 0 || Guards.Joins(text) ? null : text.Trim();
    }

    private static List<string>? Tags(Match match)
    {
        List<string> tags = [.. match.Groups["tag"].Captures.Select(c => c.Value.TrimStart('#'))];
        return tags.Exists(Guards.Joins) ? null : tags;
    }

    /// <summary>A sentence up to its colon, with whatever follows.</summary>
    internal static Regex Opening(string pattern) => new($@"\A(?:please )?(?:{WithTitles(pattern)}):(?=\s)", Options, TimeSpan.FromMilliseconds(250));

    private static Regex Compile(string pattern) => new($@"\A(?:please )?(?:{WithTitles(pattern)})(?: please)?\.?\z", Options, TimeSpan.FromMilliseconds(250));

    private static string WithTitles(string pattern)
    {
        const string quoted = "\"[^\"“”\\n]+\"|“[^\"“”\\n]+”";
        var item = $"(?<item>{quoted}|{Bare})";
        return pattern
            .Replace("{x}", $"(?<x>{quoted}|{Bare})", StringComparison.Ordinal)
            .Replace("{y}", $"(?<y>{quoted}|{Bare})", StringComparison.Ordinal)
            .Replace("{many}", $"{item}(?:(?:, {item})*?(?:, and | and ){item})?", StringComparison.Ordinal)
            .Replace("{tags}", $"(?<tag>{OneTag})(?:{Joint}(?<tag>{OneTag}))*?", StringComparison.Ordinal);
    }
}
