using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Tools.Actions;

/// <summary>One plan with many steps and one decision. Its scope and decision are those of the strictest step.</summary>
internal sealed class PlanBatch : WriteTool<PlanBatch.Arguments>
{
    public const int MostSteps = 50;

    public sealed record Step(
        [Description("The tool of this step, such as workspace.rename. No batch inside a batch.")][MaxLength(64)] string Tool,
        [Description("Its arguments. In place of the id of something an earlier step creates, write {\"$step\": 0} with that step's index.")] JsonObject Arguments);

    public sealed record Cap(
        [Description("In plain digits, such as 2 or 0.50.")][MaxLength(16)] string Amount,
        [Description("As the steps' own cost names it, such as EUR.")][MinLength(3)][MaxLength(3)] string Currency,
        [Description("What hosts cost is an hour.")][AllowedValues("hour", "day", "month", "once")] string Per);

    public sealed record Arguments(
        [Description("1 to 50 steps, done in order; the first that fails stops the rest.")][MinLength(1)][MaxLength(MostSteps)] IReadOnlyList<Step> Steps,
        [Description("The most that all steps together may cost. Above it nothing is planned; set it only when the person says what it may cost at most.")] Cap? CostCap = null);

    public override ToolDefinition Definition { get; } = Define("plan.batch", ToolScope.Write,
        "Plans several changes as one plan with one decision. Use it when a request needs more than one change. Each step is done exactly once, in order; a person may leave steps out. "
        + "To let several people in, one invitation.create each; with a workspace each, workspace.create, then invitation.create (and workspace.start_host if they ask for hosts) with {\"$step\": n} of that workspace.create as workspace_id.");

    protected override async Task<PlanDraft> PlanAsync(PlanningContext context, Arguments arguments, CancellationToken cancellationToken)
    {
        if (context.Earlier.Count > 0) throw ToolRefusedException.Invalid("A batch cannot stand inside a batch.");
        var planning = new BatchPlanning(context);
        for (var i = 0; i < arguments.Steps.Count; i++) await planning.AddAsync(i, arguments.Steps[i], cancellationToken);
        var draft = planning.Draft();
        if (Capped(arguments.CostCap) is not { } cap) return draft;
        if (CostCap.WhyNot(draft.Cost, cap) is { } why) throw ToolRefusedException.Denied(why + " Nothing was changed.");
        draft.Arguments["cost_cap"] = JsonSerializer.SerializeToNode(cap, Json.Wire);
        return draft;
    }

    // The same amount is the same plan, however many zeros were typed.
    private static Cost? Capped(Cap? cap)
    {
        if (cap is null) return null;
        var amount = Cost.ReadAmount(cap.Amount) ?? throw ToolRefusedException.Invalid("'cost_cap.amount' is no amount. Write digits, and a point before at most four more, such as 2 or 0.50.");
        if (!cap.Currency.All(char.IsAsciiLetter)) throw ToolRefusedException.Invalid("'cost_cap.currency' is no currency. Write its three letters, such as EUR.");
        return new Cost(amount, cap.Currency.ToUpperInvariant(), cap.Per);
    }

    public override Task<JsonObject> ApplyAsync(ApplyContext context, AppliedPlan plan, CancellationToken cancellationToken) =>
        throw new InvalidOperationException("A batch is applied step by step, each in a transaction of its own.");
}

/// <summary>Plans step after step, each seeing what the earlier ones will have done.</summary>
internal sealed class BatchPlanning(PlanningContext context)
{
    private readonly List<PlanStep> _steps = [];
    private readonly List<PlanDraft> _drafts = [];
    private readonly List<Effect> _effects = [];
    private readonly List<ReadVersion> _readSet = [];

    public async Task AddAsync(int index, PlanBatch.Step step, CancellationToken cancellationToken)
    {
        if (step.Tool == "plan.batch") throw ToolRefusedException.Invalid($"Step {index}: a batch cannot stand inside a batch.");
        var seen = new PlanningContext(context.Reader, context.Principal, context.Origin, context.Planner, [.. _effects], context.Recheck);
        PlannedCall planned;
        try
        {
            planned = await context.Planner.PlanAsync(seen, step.Tool, Resolve(step.Arguments, index), cancellationToken);
        }
        catch (ToolRefusedException refusal)
        {
            throw new ToolRefusedException(refusal.Status, refusal.Code, $"Step {index} ({step.Tool}): {refusal.Message}") { Untrusted = refusal.Untrusted };
        }
        if (planned.Tool is IOutsideTool) throw ToolRefusedException.Invalid($"Step {index}: {step.Tool} is done outside of the hub. Ask for it alone.");
        if (planned.Draft.Steps is not null) throw ToolRefusedException.Invalid($"Step {index}: this undo has steps of its own. Ask for it alone.");
        Add(planned);
    }

    public PlanDraft Draft() => new(
        new JsonObject { ["steps"] = new JsonArray([.. _steps.Select(s => (JsonNode)new JsonObject { ["tool"] = s.Tool, ["arguments"] = s.Arguments.DeepClone() })]) },
        Summary(), _effects, _readSet, _drafts.Max(d => d.Scope))
    {
        Access = _drafts.Any(d => d.Access),
        Cost = Cost(),
        Compensation = WayBack(),
        Reversible = _drafts.All(d => d.Reversible),
        TypedConfirmation = Typed(),
        Steps = _steps,
        Untrusted = _drafts.Any(d => d.Untrusted),
        Through = [.. _drafts.SelectMany(d => d.Through)],
        Warnings = [.. _drafts.SelectMany(d => d.Warnings).Distinct()],
        Unchanged = new JsonObject { ["steps"] = new JsonArray() },
    };

    private void Add(PlannedCall planned)
    {
        var draft = planned.Draft;
        // What earlier steps touch has no fixed version yet: the batch's read set holds what lies outside it.
        var touched = _effects.Select(e => e.Resource).ToHashSet();
        var outside = draft.ReadSet.Where(r => !touched.Contains(r.Resource)).OrderBy(r => r.Resource, StringComparer.Ordinal).ToList();
        _steps.Add(new PlanStep(planned.Tool.Definition.Name, planned.Tool.Definition.Hash, draft.Arguments, draft.Effects, outside, draft.Scope, draft.Cost, draft.Reversible, draft.Compensation));
        _readSet.AddRange(outside.Where(r => _readSet.All(o => o.Resource != r.Resource)));
        _effects.AddRange(draft.Effects);
        _drafts.Add(draft);
    }

    private JsonObject Resolve(JsonObject arguments, int index) => (JsonObject)Replace(arguments.DeepClone(), index)!;

    private JsonNode? Replace(JsonNode? node, int index)
    {
        switch (node)
        {
            case JsonObject { Count: 1 } reference when reference.ContainsKey("$step"):
                return Created(reference["$step"], index);
            case JsonObject o:
                foreach (var (name, value) in o.ToList()) o[name] = Replace(value?.DeepClone(), index);
                return o;
            case JsonArray a:
                for (var i = 0; i < a.Count; i++) a[i] = Replace(a[i]?.DeepClone(), index);
                return a;
            default:
                return node;
        }
    }

    private string Created(JsonNode? reference, int index)
    {
        if (reference is not JsonValue value || !value.TryGetValue(out int step) || step < 0 || step >= index)
            throw ToolRefusedException.Invalid($"Step {index}: \"$step\" must name an earlier step, {(index == 0 ? "and there is none before the first" : $"0 to {index - 1}")}.");
        return MintedIds.Of(_steps[step].Effects).FirstOrDefault()
            ?? throw ToolRefusedException.Invalid($"Step {index}: step {step} creates nothing that gets an id. Write what is meant in place of \"$step\".");
    }

    private string Summary() => _drafts.Count == 1
        ? _drafts[0].Summary
        : _drafts.Count <= 3 ? string.Join("; ", _drafts.Select(d => d.Summary)) : $"{_drafts[0].Summary} and {_drafts.Count - 1} more changes";

    private Compensation? WayBack()
    {
        var back = _drafts.Where(d => d.Effects.Count > 0).Select(d => d.Compensation).Reverse().ToList();
        if (back.Count == 0 || back.Contains(null)) return null;
        var steps = back.Select(c => (JsonNode)new JsonObject { ["tool"] = c!.Tool, ["arguments"] = c.Arguments.DeepClone() });
        return new Compensation("plan.batch", new JsonObject { ["steps"] = new JsonArray([.. steps]) });
    }

    private string? Typed()
    {
        var typed = _drafts.Where(d => !d.Reversible).Select(d => d.TypedConfirmation!).ToList();
        return typed.Count switch { 0 => null, 1 => typed[0], _ => $"approve {typed.Count} steps without a way back" };
    }

    private Cost? Cost()
    {
        var costs = _drafts.Select(d => d.Cost).OfType<Cost>().ToList();
        if (costs.Count == 0) return null;
        if (costs.Select(c => (c.Currency, c.Per)).Distinct().Count() > 1) throw ToolRefusedException.Invalid("The steps cost in different currencies or spans. Make two batches.");
        return costs[0] with { Amount = costs.Sum(c => decimal.Parse(c.Amount, CultureInfo.InvariantCulture)).ToString(CultureInfo.InvariantCulture) };
    }
}
