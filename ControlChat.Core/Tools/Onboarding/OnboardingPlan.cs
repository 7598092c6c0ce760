using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;
using ControlChat.Core.Tools.Actions;
using ControlChat.Core.Tools.Invitations;
using ControlChat.Core.Tools.Workspaces;
using ControlChat.Core.Workspaces;

namespace ControlChat.Core.Tools.Onboarding;

/// <summary>The people of a table as one call of <c>plan.batch</c>. Rights and limits are the gate's to check, when it plans.</summary>
/// <param name="Rows">With role, title and host filled in as the order says.</param>
/// <param name="Faults">What is wrong with the whole.</param>
/// <param name="Steps">How many a plan of all rows would have.</param>
/// <param name="Arguments">Of the call; null while anything is wrong.</param>
public sealed record OnboardingPlan(IReadOnlyList<PersonRow> Rows, IReadOnlyList<string> Faults, int Steps, JsonObject? Arguments)
{
    private const int MostSteps = PlanBatch.MostSteps;

    /// <param name="table">Who.</param>
    /// <param name="order">To what.</param>
    /// <param name="titleChars"><c>Limits:TitleChars</c>.</param>
    public static OnboardingPlan Of(PeopleTable table, OnboardingOrder order, int titleChars)
    {
        var rows = order.Workspace is null ? OwnOnes(table.Rows, order, titleChars) : [.. table.Rows.Select(r => Placed(r, order))];
        List<string> faults = [.. table.Faults];
        if (order is { Workspace: not null, Host: not null }) faults.Add("A host is started in new workspaces only. Choose no host, or a workspace each.");
        if (rows.Count == 0 && faults.Count == 0) faults.Add("Nobody stands in the table. Paste one person a row, with an e-mail address.");
        var steps = rows.Sum(r => StepsOf(r, order));
        if (steps > MostSteps) faults.Add(TooMany(rows, order, steps));
        return new OnboardingPlan(rows, faults, steps, faults.Count > 0 || rows.Any(r => r.Faults.Count > 0) ? null : Call(rows, order));
    }

    /// <summary>What the hosts of these rows are estimated to cost, all together; null without a host.</summary>
    public Cost? Cost(HostsSection hosts)
    {
        var costs = Rows.Select(r => r.Host).OfType<string>().Where(h => h != PersonRow.NoHost).Select(size => HostPrice.Of(hosts, size)).ToList();
        return costs.Count == 0 ? null : costs[0] with { Amount = costs.Sum(c => decimal.Parse(c.Amount, CultureInfo.InvariantCulture)).ToString(CultureInfo.InvariantCulture) };
    }

    private static int StepsOf(PersonRow row, OnboardingOrder order) => order.Workspace is not null ? 1 : row.Host == PersonRow.NoHost ? 2 : 3;

    private static string TooMany(IReadOnlyList<PersonRow> rows, OnboardingOrder order, int steps)
    {
        var (fit, taken) = (0, 0);
        while (taken + StepsOf(rows[fit], order) <= MostSteps) taken += StepsOf(rows[fit++], order);
        return $"{rows.Count} people make {steps} steps, and one plan has at most {MostSteps}: the first {fit} people fit. Make a plan for those, then one for the others. "
            + $"At most {InvitationLimits.MostPending} invitations of yours may wait, and {InvitationLimits.MostInAnHour} be made in an hour.";
    }

    private static PersonRow Placed(PersonRow row, OnboardingOrder order)
    {
        var placed = row with { Role = row.Role ?? order.Role, Host = PersonRow.NoHost };
        if (row.Workspace.Length > 0) placed = placed.With("The row names a workspace, and everybody comes into one. Take its cell out, or choose a workspace each.");
        return row.Host is null or PersonRow.NoHost ? placed : placed.With("The row names a host, and hosts are started in new workspaces only. Take its cell out, or choose a workspace each.");
    }

    // Equal titles are allowed on the hub; in one plan nobody could tell the workspaces apart.
    private static IReadOnlyList<PersonRow> OwnOnes(IReadOnlyList<PersonRow> rows, OnboardingOrder order, int titleChars)
    {
        var first = new Dictionary<string, int>(StringComparer.Ordinal);
        return [.. rows.Select(row =>
        {
            var own = row with { Role = row.Role ?? order.Role, Host = row.Host ?? order.Host ?? PersonRow.NoHost };
            if (TitleOf(row) is not { } wanted) return own;
            if (WorkspaceText.CleanTitle(wanted, titleChars, out var title) is { } problem) return own.With(problem.Message);
            own = own with { Workspace = title };
            return first.TryAdd(WorkspaceText.Key(title), row.Number) ? own
                : own.With($"Its workspace would have the title of the one of row {first[WorkspaceText.Key(title)]}. Give it another in a column called workspace.");
        })];
    }

    private static string? TitleOf(PersonRow row) => row switch
    {
        { Workspace.Length: > 0 } => row.Workspace,
        { Name.Length: > 0 } => row.Name,
        _ => row.Email?.Split('@')[0],
    };

    private static JsonObject Call(IReadOnlyList<PersonRow> rows, OnboardingOrder order)
    {
        var steps = new JsonArray();
        foreach (var row in rows)
        {
            var made = steps.Count;
            JsonNode Workspace() => order.Workspace is { } one ? one : new JsonObject { ["$step"] = made };
            if (order.Workspace is null) steps.Add((JsonNode)Step("workspace.create", new() { ["title"] = row.Workspace }));
            var invitation = new JsonObject { ["email"] = row.Email, ["workspace_id"] = Workspace(), ["workspace_role"] = row.Role };
            if (order.Days is { } days) invitation["days"] = days;
            steps.Add((JsonNode)Step("invitation.create", invitation));
            if (row.Host is { } size and not PersonRow.NoHost) steps.Add((JsonNode)Step("workspace.start_host", new() { ["workspace_id"] = Workspace(), ["size"] = size }));
        }
        var arguments = new JsonObject { ["steps"] = steps };
        if (order.Cap is { } cap) arguments["cost_cap"] = JsonSerializer.SerializeToNode(cap, Json.Wire);
        return arguments;
    }

    private static JsonObject Step(string tool, JsonObject arguments) => new JsonObject { ["tool"] = tool, ["arguments"] = arguments };
}
