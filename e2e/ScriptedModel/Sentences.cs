using System.Text.Json;
using System.Text.RegularExpressions;

namespace ControlChat.ScriptedModel;

/// <summary>Plain asks for browser journeys: one sentence, one call, then a short text about its outcome.</summary>
public static class Sentences
{
    private static readonly (string Pattern, Func<Match, ScriptedCall> Call)[] Asks =
    [
        (@"(?:create|make|add) (?:a |the )?(?:new )?workspace (?:called |named )?(?<x>.+?)(?: (?:tagged|with the tags?) (?<tags>.+))?", m => m.Groups["tags"].Success
            ? Call("workspace_create", new { title = Name(m), tags = Tags(m) }) : Call("workspace_create", new { title = Name(m) })),
        (@"rename (?:the )?(?:workspace )?(?<x>.+?) to (?<y>.+)", m => Call("workspace_rename", new { workspace_id = Name(m), title = Clean(m.Groups["y"].Value) })),
        (@"tag (?:the )?(?:workspace )?(?<x>.+?) (?:with|as) (?<tags>.+)", m => Call("workspace_tag", new { workspace_id = Name(m), add = Tags(m) })),
        (@"untag (?:the )?(?:workspace )?(?<x>.+?) (?:from )?(?<tags>\S+)", m => Call("workspace_tag", new { workspace_id = Name(m), remove = Tags(m) })),
        (@"pin (?:the )?(?:workspace )?(?<x>.+)", m => Call("workspace_pin", new { workspace_id = Name(m), pinned = true })),
        (@"unpin (?:the )?(?:workspace )?(?<x>.+)", m => Call("workspace_pin", new { workspace_id = Name(m), pinned = false })),
        (@"(?<verb>archive|unarchive|delete|restore|purge) (?:the )?(?:workspace )?(?<x>.+)", m => Call("workspace_" + m.Groups["verb"].Value.ToLowerInvariant(), new { workspace_id = Name(m) })),
        (@"(?:list|show)(?: me)? (?:all |my |the )*workspaces", _ => Call("workspace_list", new { })),
        (@"show(?: me)? (?:the )?settings", _ => Call("config_get", new { })),
        (@"set (?<x>[A-Za-z:.]+) to (?<y>.+)", m => Call("config_set", new { key = Name(m), value = Clean(m.Groups["y"].Value) })),
        (@"show(?: me)? (?:the )?logs", _ => Call("logs_search", new { })),
        (@"(?:show(?: me)? )?(?:the )?audit(?: record| log)?", _ => Call("audit_search", new { })),
        (@"list (?:the )?editors", _ => Call("editors_list", new { })),
        (@"undo (?<x>act_\S+)", m => Call("undo", new { action_id = Name(m) })),
        (@"open (?:the )?workspace (?<x>.+)", m => Call("ui_action", new { action = "open_workspace", target = Name(m) })),
        (@"(?:open|show)(?: me)? (?:the )?(?<x>\w+) page", m => Call("ui_action", new { action = "show_page", target = Name(m).ToLowerInvariant() })),
    ];

    private static readonly (Regex Pattern, Func<Match, ScriptedCall> Call)[] Compiled =
        [.. Asks.Select(a => (new Regex($@"^(?:please )?{a.Pattern}$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant), a.Call))];

    public static Reply Answer(ModelRequest request)
    {
        ArgumentNullException.ThrowIfNull(request);
        if (request.Results.Count > 0) return Reply.Text(Summary(request.Results));
        var text = request.LastUser.Trim().TrimEnd('.', '!');
        foreach (var (pattern, call) in Compiled)
            if (pattern.Match(text) is { Success: true } match) return Offer(request, call(match));
        return Reply.Text("I am the scripted model. I heard: " + text);
    }

    /// <summary>One short sentence a result.</summary>
    public static string Summary(IEnumerable<ModelRequest.Item> results) => string.Join(' ', results.Select(r => Sentence(r.Text)));

    private static Reply Offer(ModelRequest request, ScriptedCall call) =>
        request.Tools.Contains(call.Name) ? Reply.Calls(call) : Reply.Text($"I was not given the tool {call.Name}.");

    private static string Sentence(string outcome)
    {
        try
        {
            var root = JsonSerializer.Deserialize<JsonElement>(outcome);
            var status = root.GetProperty("status").GetString()!;
            if (root.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object) return $"That did not work ({status}): {error.GetProperty("message").GetString()}";
            return status == "confirmation_required" ? "A plan waits for your approval." : $"Done: {root.GetProperty("tool").GetString()}.";
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return "The tool has answered.";
        }
    }

    private static ScriptedCall Call(string tool, object arguments) => new(tool, JsonSerializer.Serialize(arguments));

    private static string Name(Match match) => Clean(match.Groups["x"].Value);

    private static string[] Tags(Match match) => [.. match.Groups["tags"].Value.Split([",", " and "], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Clean)];

    private static string Clean(string text) => text.Trim().Trim('"', '\'', '“', '”').TrimStart('#');
}
