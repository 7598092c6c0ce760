using System.Globalization;
using ControlChat.App.Ui;
using ControlChat.Core.Gate;

namespace ControlChat.App.Approvals.Cards;

/// <summary>The words of a plan's card, from the plan alone.</summary>
internal static class PlanWords
{
    private static readonly Dictionary<string, (Func<string> Do, Func<string> Done, string Icon)> Tools = new()
    {
        ["workspace.create"] = (() => Texts.Create, () => Texts.Created, "plus"),
        ["workspace.rename"] = (() => Texts.Rename, () => Texts.Renamed, "edit"),
        ["workspace.archive"] = (() => Texts.Archive, () => Texts.Archived, "archive"),
        ["workspace.unarchive"] = (() => Texts.Unarchive, () => Texts.Unarchived, "archive"),
        ["workspace.delete"] = (() => Texts.MoveToTrash, () => Texts.MovedToTrash, "trash"),
        ["workspace.restore"] = (() => Texts.Restore, () => Texts.Restored, "undo"),
        ["workspace.purge"] = (() => Texts.DeleteForGood, () => Texts.DeletedForGood, "trash"),
        ["workspace.tag"] = (() => Texts.ChangeTags, () => Texts.Tagged, "tag"),
        ["workspace.pin"] = (() => Texts.ChangePin, () => Texts.Pinned, "pin"),
        ["workspace.add_collaborator"] = (() => Texts.LetIn, () => Texts.LetIn, "people"),
        ["workspace.remove_collaborator"] = (() => Texts.Remove, () => Texts.Removed, "people"),
        ["workspace.set_role"] = (() => Texts.ChangeRole, () => Texts.ChangedRole, "people"),
        ["invitation.create"] = (() => Texts.Invite, () => Texts.Invited, "people"),
        ["invitation.revoke"] = (() => Texts.RevokeInvitation, () => Texts.RevokedInvitation, "people"),
        ["workspace.start_host"] = (() => Texts.StartHost, () => Texts.OrderedStart, "cost"),
        ["workspace.stop_host"] = (() => Texts.StopHost, () => Texts.OrderedStop, "stop"),
        ["config.set"] = (() => Texts.ChangeSetting, () => Texts.ChangedSetting, "settings"),
        ["undo"] = (() => CommonTexts.Undo, () => Texts.Undone, "undo"),
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
    /// <param name="leftOut">Steps that are not to be done.</param>
    public static string Approve(Plan plan, IReadOnlySet<int> leftOut) =>
        CostOf(plan, leftOut) is { } cost ? Texts.ApproveCost.With(Money(cost))
        : plan.Steps is { Count: > 1 } all ? Approve(all.Count - leftOut.Count)
        : Tools.TryGetValue(plan.Steps is [var one] ? one.Tool : plan.Tool, out var tool) ? tool.Do() : Texts.Approve;

    /// <summary>What the steps cost that are to be done; null: nothing.</summary>
    /// <inheritdoc cref="Approve(Plan, IReadOnlySet{int})" path="/param"/>
    public static Cost? CostOf(Plan plan, IReadOnlySet<int> leftOut)
    {
        if (plan is not { Cost: { } all, Steps: { } steps } || leftOut.Count == 0) return plan.Cost;
        var costs = steps.Where((_, i) => !leftOut.Contains(i)).Select(s => s.Cost).OfType<Cost>().ToList();
        return costs.Count == 0 ? null : all with { Amount = costs.Sum(c => decimal.Parse(c.Amount, CultureInfo.InvariantCulture)).ToString(CultureInfo.InvariantCulture) };
    }

    /// <summary>What a tool does, as a button says it; its name when there is no word for it.</summary>
    public static string Verb(string tool) => Tools.TryGetValue(tool, out var words) ? words.Do() : tool;

    public static bool IsDestructive(Plan plan) => plan.Scope == ToolScope.Destructive;

    public static string Steps(Plan plan) => plan.Steps is { Count: > 1 } steps ? Texts.StepsOneDecision.With(steps.Count) : Texts.OneStep;

    public static string Versions(Plan plan) => plan.ReadSet.Count == 1 ? Texts.OneVersionReadAt : Texts.ManyVersionsReadAt.With(plan.ReadSet.Count);

    /// <summary>The summary in the past tense; a batch is told by what its steps did.</summary>
    public static string Done(Plan plan) => plan.Steps is { Count: > 1 } steps ? Sentence(steps) : Done(plan.Summary);

    public static string Done(string summary) => PastTense.Of(summary);

    public static string Money(Cost cost)
    {
        var amount = cost.Currency switch { "EUR" => $"€ {cost.Amount}", "USD" => $"$ {cost.Amount}", "GBP" => $"£ {cost.Amount}", _ => $"{cost.Amount} {cost.Currency}" };
        return cost.Per switch { "once" => amount, "hour" => Texts.CostAnHour.With(amount), _ => Texts.CostA.With(amount, cost.Per) };
    }

    public static string Door(Requester by) => by.TokenName is { } token ? Texts.ThroughToken.With(token) : by.Via switch
    {
        "ask" => Texts.InConversation,
        "ui" => Texts.OnAPage,
        "rest" => Texts.OverApi,
        "mcp" => Texts.ThroughOwnAgent,
        "cli" => Texts.AtCommandLine,
        "workspace_agent" => Texts.ThroughWorkspaceAgent,
        _ => Texts.ByDoor.With(by.Via),
    };

    private static string Approve(int steps) => Texts.ApproveSteps.With(steps, steps == 1 ? Texts.WordStep : Texts.ManySteps);

    private static string Sentence(IReadOnlyList<PlanStep> steps)
    {
        var parts = steps.Where(s => s.Effects.Count > 0).GroupBy(s => s.Tool).Select(g => Part(g.Key, g.SelectMany(s => s.Effects).Select(e => e.Resource).Distinct().Count())).ToList();
        var text = string.Join(", ", parts);
        return text.Length == 0 ? Texts.NothingLeftToDo : char.ToUpper(text[0], CultureInfo.InvariantCulture) + text[1..];
    }

    private static string Part(string tool, int count)
    {
        var noun = tool.StartsWith("workspace.", StringComparison.Ordinal) ? count == 1 ? Texts.WordWorkspace : Texts.WordWorkspaces : tool == "config.set" ? count == 1 ? Texts.WordSetting : Texts.WordSettings : count == 1 ? Texts.WordThing : Texts.WordThings;
        return tool switch
        {
            "invitation.create" => Texts.PartInvited.With(count, count == 1 ? Texts.WordPerson : Texts.WordPeople),
            "workspace.start_host" => Texts.PartOrderedStart.With(count, count == 1 ? Texts.WordHost : Texts.WordHosts),
            "workspace.delete" => Texts.PartMovedToTrash.With(count, noun),
            "workspace.purge" => Texts.PartDeletedForGood.With(count, noun),
            "config.set" => Texts.PartChanged.With(count, noun),
            _ when Tools.TryGetValue(tool, out var of) => $"{of.Done().ToLowerInvariant()} {count} {noun}",
            _ => Texts.PartOther.With(tool, count, noun),
        };
    }
}
