using System.Globalization;
using ControlChat.Core.Gate;

namespace ControlChat.App.Approvals.Cards;

/// <summary>The words of a plan's card, from the plan alone.</summary>
internal static class PlanWords
{
    private static readonly Dictionary<string, (string Do, string Done, string Icon)> Tools = new()
    {
        ["workspace.create"] = ("Create", "Created", "plus"),
        ["workspace.rename"] = ("Rename", "Renamed", "edit"),
        ["workspace.archive"] = ("Archive", "Archived", "archive"),
        ["workspace.unarchive"] = ("Unarchive", "Unarchived", "archive"),
        ["workspace.delete"] = ("Move to the trash", "Moved to the trash", "trash"),
        ["workspace.restore"] = ("Restore", "Restored", "undo"),
        ["workspace.purge"] = ("Delete for good", "Deleted for good", "trash"),
        ["workspace.tag"] = ("Change the tags", "Tagged", "tag"),
        ["workspace.pin"] = ("Change the pin", "Pinned", "pin"),
        ["workspace.add_collaborator"] = ("Let in", "Let in", "people"),
        ["workspace.remove_collaborator"] = ("Remove", "Removed", "people"),
        ["workspace.set_role"] = ("Change the role", "Changed the role", "people"),
        ["workspace.start_host"] = ("Start the host", "Ordered the start", "cost"),
        ["workspace.stop_host"] = ("Stop the host", "Ordered the stop", "stop"),
        ["config.set"] = ("Change the setting", "Changed the setting", "settings"),
        ["undo"] = ("Undo", "Undone", "undo"),
    };

    /// <summary>Scopes as on the wire, the strictest first.</summary>
    public static IReadOnlyList<string> Scopes(Plan plan)
    {
        var scopes = (plan.Steps ?? []).Select(s => s.Scope).Append(plan.Scope).ToHashSet();
        var words = new List<string>();
        if (scopes.Contains(ToolScope.Destructive)) words.Add("destructive");
        if (scopes.Contains(ToolScope.Billing) || plan.Cost is not null) words.Add("billing");
        if (plan.Access) words.Add("access");
        if (words.Count == 0) words.Add("write");
        return words;
    }

    public static string Icon(Plan plan) => Tools.TryGetValue(plan.Tool, out var tool) ? tool.Icon
        : plan.Steps?.Select(s => s.Tool).Distinct().ToList() is [var only] && Tools.TryGetValue(only, out var of) ? of.Icon
        : plan.Scope switch { ToolScope.Destructive => "trash", ToolScope.Billing => "cost", _ => plan.Access ? "people" : "edit" };

    /// <summary>"Archive", "Approve 7 steps", "Approve € 0.16 an hour": the verb and the number.</summary>
    public static string Approve(Plan plan, int steps) =>
        plan.Cost is { } cost ? $"Approve {Money(cost)}"
        : plan.Steps is { Count: > 1 } ? $"Approve {steps} {(steps == 1 ? "step" : "steps")}"
        : Tools.TryGetValue(plan.Steps is [var one] ? one.Tool : plan.Tool, out var tool) ? tool.Do : "Approve";

    public static bool IsDestructive(Plan plan) => plan.Scope == ToolScope.Destructive;

    public static string Steps(Plan plan) => plan.Steps is { Count: > 1 } steps ? $"{steps.Count} steps, one decision" : "1 step";

    public static string Versions(Plan plan) => plan.ReadSet.Count == 1 ? "1 version read at" : $"{plan.ReadSet.Count} versions read at";

    /// <summary>The summary in the past tense; a batch is told by what its steps did.</summary>
    public static string Done(Plan plan) => plan.Steps is { Count: > 1 } steps ? Sentence(steps) : Done(plan.Summary);

    public static string Done(string summary) => PastTense.Of(summary);

    public static string Money(Cost cost)
    {
        var amount = cost.Currency switch { "EUR" => $"€ {cost.Amount}", "USD" => $"$ {cost.Amount}", "GBP" => $"£ {cost.Amount}", _ => $"{cost.Amount} {cost.Currency}" };
        return cost.Per switch { "once" => amount, "hour" => $"{amount} an hour", _ => $"{amount} a {cost.Per}" };
    }

    public static string Door(Requester by) => by.TokenName is { } token ? $"through API token {token}" : by.Via switch
    {
        "ask" => "in a conversation",
        "ui" => "on a page of this hub",
        "rest" => "over the API",
        "mcp" => "through an agent of their own",
        "cli" => "at the command line",
        "workspace_agent" => "through a workspace agent",
        _ => $"by {by.Via}",
    };

    private static string Sentence(IReadOnlyList<PlanStep> steps)
    {
        var parts = steps.Where(s => s.Effects.Count > 0).GroupBy(s => s.Tool).Select(g => Part(g.Key, g.SelectMany(s => s.Effects).Select(e => e.Resource).Distinct().Count())).ToList();
        var text = string.Join(", ", parts);
        return text.Length == 0 ? "Nothing was left to do" : char.ToUpper(text[0], CultureInfo.InvariantCulture) + text[1..];
    }

    private static string Part(string tool, int count)
    {
        var noun = tool.StartsWith("workspace.", StringComparison.Ordinal) ? count == 1 ? "workspace" : "workspaces" : tool == "config.set" ? count == 1 ? "setting" : "settings" : count == 1 ? "thing" : "things";
        return tool switch
        {
            "workspace.delete" => $"moved {count} {noun} to the trash",
            "workspace.purge" => $"deleted {count} {noun} for good",
            "config.set" => $"changed {count} {noun}",
            _ when Tools.TryGetValue(tool, out var of) => $"{of.Done.ToLowerInvariant()} {count} {noun}",
            _ => $"{tool} on {count} {noun}",
        };
    }
}
