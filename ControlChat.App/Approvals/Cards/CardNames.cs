using ControlChat.App.Ui;
using ControlChat.Core.Gate;

namespace ControlChat.App.Approvals.Cards;

/// <summary>Names for ids, as the reader may know them. What has no name is shown by its id.</summary>
/// <param name="Resources">By <c>kind/id</c>.</param>
/// <param name="People">By account id.</param>
public sealed record CardNames(IReadOnlyDictionary<string, string> Resources, IReadOnlyDictionary<string, string> People)
{
    public static CardNames None { get; } = new(new Dictionary<string, string>(), new Dictionary<string, string>());

    /// <summary>What an admin noted at the rule by which the plan asks; null: it is no rule's doing, or nothing was noted.</summary>
    public string? RuleNote { get; init; }

    public string Person(string accountId) => People.GetValueOrDefault(accountId, accountId);

    /// <summary>The plan's own words first: what it creates or deletes carries its title, or whom it invites, in the effect.</summary>
    public string Resource(Plan plan, string resource) => InPlan(plan, resource) ?? Resource(resource);

    public string Resource(string resource) => Resources.TryGetValue(resource, out var name) ? name : resource[(resource.IndexOf('/', StringComparison.Ordinal) + 1)..];

    private static string? InPlan(Plan plan, string resource)
    {
        var effect = plan.Effects.FirstOrDefault(e => e.Resource == resource && (e.Before ?? e.After) is System.Text.Json.Nodes.JsonObject);
        return ((effect?.Before ?? effect?.After) as System.Text.Json.Nodes.JsonObject)?["title"] is System.Text.Json.Nodes.JsonValue title && title.TryGetValue(out string? text) ? text
            : resource.StartsWith("invitation/", StringComparison.Ordinal) && ((effect?.Before ?? effect?.After) as System.Text.Json.Nodes.JsonObject)?["email"] is System.Text.Json.Nodes.JsonValue email && email.TryGetValue(out string? address) ? address
            : resource.StartsWith("host/", StringComparison.Ordinal) && InPlan(plan, "workspace/" + resource["host/".Length..]) is { } of ? Texts.HostOf.With(of)
            : plan.Effects.FirstOrDefault(e => e.Resource == resource && e.Field == "title")?.Before is System.Text.Json.Nodes.JsonValue before && before.TryGetValue(out string? was) ? was
            : null;
    }
}
