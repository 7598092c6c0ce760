using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Gate.Policies;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Gate;

/// <summary>Turns a call into a plan: schema, the tool's own validation, policy, hash.</summary>
internal sealed class ToolPlanner(IToolCatalog catalog, Policy policy) : IToolPlanner
{
    /// <summary>For a tool that plans others: no command is among them.</summary>
    public Task<PlannedCall> PlanAsync(PlanningContext context, string tool, JsonObject arguments, CancellationToken cancellationToken) =>
        PlanAsync(context, catalog.Find(tool) is { Definition.IsCommand: false } found ? found : null, tool, arguments, cancellationToken);

    private async Task<PlannedCall> PlanAsync(PlanningContext context, IControlTool? found, string tool, JsonObject arguments, CancellationToken cancellationToken)
    {
        if (found is null) throw new ToolRefusedException("not_found", "unknown_tool", $"There is no tool '{Shown(tool)}'.");
        if (!catalog.IsOffered(found)) throw new ToolRefusedException("not_supported", "not_supported", $"This hub has no {found.Definition.Name}.");
        if (found is not IWriteTool write) throw ToolRefusedException.Invalid($"{found.Definition.Name} only reads; there is nothing to plan.");
        SchemaCheck.Check(write.Definition.InputSchema, arguments);
        var draft = await write.PlanAsync(context, arguments, cancellationToken);
        if (!draft.Reversible && draft.TypedConfirmation is null)
            throw new InvalidOperationException($"{tool} plans something irreversible without a text to type.");
        return new PlannedCall(write, draft);
    }

    /// <summary>Plans with fresh eyes: a read-only view, the principal's present rights, the policy of now.</summary>
    public async Task<PlannedCall> PlanAsync(IHubReader reader, Principal principal, CallOrigin origin, string tool, JsonObject arguments, CancellationToken cancellationToken) =>
        await BaseAsync(reader, principal, await PlanAsync(new PlanningContext(reader, principal, origin, this, []), catalog.Find(tool), tool, arguments, cancellationToken), cancellationToken);

    /// <summary>The tool's own checks and the policy of now, for a plan that was shown: see <see cref="PlanningContext.Recheck"/>.</summary>
    public async Task<PlannedCall> RecheckAsync(IHubReader reader, Principal principal, CallOrigin origin, string tool, JsonObject arguments, CancellationToken cancellationToken) =>
        await BaseAsync(reader, principal, await PlanAsync(new PlanningContext(reader, principal, origin, this, [], recheck: true), catalog.Find(tool), tool, arguments, cancellationToken), cancellationToken);

    /// <summary>The same plan under the policy of now.</summary>
    public async Task<PlannedCall> BaseAsync(IHubReader reader, Principal principal, PlannedCall planned, CancellationToken cancellationToken) =>
        planned with { Basis = new PolicyBasis(await policy.InForceAsync(reader, cancellationToken), principal) };

    public Plan Build(PlannedCall planned, CallOrigin origin, DateTimeOffset now)
    {
        var (definition, draft) = (planned.Tool.Definition, planned.Draft);
        var basis = planned.Basis ?? throw new InvalidOperationException("A plan is decided on by the rules in force.");
        var facts = PolicyFacts.Of(definition.Name, draft, basis.By, origin.Tainted);
        var decided = basis.Rules.Decide(facts);
        var plan = new Plan
        {
            Id = Ids.New("pln"),
            Hash = "",
            Tool = definition.Name,
            ToolHash = definition.Hash,
            Arguments = draft.Arguments,
            Summary = draft.Summary,
            Effects = draft.Effects,
            ReadSet = [.. draft.ReadSet.DistinctBy(r => r.Resource).OrderBy(r => r.Resource, StringComparer.Ordinal)],
            Scope = draft.Scope,
            Access = draft.Access,
            Cost = draft.Cost,
            Reversible = draft.Reversible,
            TypedConfirmation = draft.Reversible ? null : draft.TypedConfirmation,
            Compensation = draft.Compensation,
            Steps = draft.Steps,
            Warnings = draft.Warnings,
            Tainted = origin.Tainted,
            Untrusted = draft.Untrusted,
            Decision = draft.Effects.Count == 0 ? "none" : decided.Decision,
            Policy = PolicyRecord.Write(facts, decided, basis.Rules.Version),
            CreatedAt = now,
            ExpiresAt = now + Policy.Patience(draft.Scope, decided.Decision),
        };
        return plan with { Hash = PlanHash.Of(plan) };
    }

    private static string Shown(string tool) => tool.Length <= 60 ? tool : tool[..60] + "…";
}

/// <summary>By which rules, and for whom, a plan is decided on.</summary>
internal sealed record PolicyBasis(PolicyRules Rules, Principal By);
