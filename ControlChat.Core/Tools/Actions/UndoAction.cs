using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using ControlChat.Core.Gate;

namespace ControlChat.Core.Tools.Actions;

/// <summary>Plans the way back of an earlier action. It has no scope of its own: that of the plan it makes.</summary>
internal sealed class UndoAction(IActionHistory history) : WriteTool<UndoAction.Arguments>
{
    public sealed record Arguments(
        [Description("The action_id of the outcome to take back, act_… .")][MaxLength(64)] string ActionId);

    public override ToolDefinition Definition { get; } = Define("undo", ToolScope.Write,
        "Takes back an earlier action by planning its way back. Needs the action_id of that action's outcome. Refuses when something changed since; then make the change by hand.");

    protected override async Task<PlanDraft> PlanAsync(PlanningContext context, Arguments arguments, CancellationToken cancellationToken)
    {
        var action = await history.FindAsync(context, arguments.ActionId, cancellationToken)
            ?? throw ToolRefusedException.NotFound("There is no such action of yours. Look for its action_id in the record of changes.");
        if (action.Undone) throw ToolRefusedException.Conflict("This was undone already.");
        if (action.Compensation is not { } back) throw ToolRefusedException.Conflict("This action has no way back, so it cannot be undone.");
        if (action.Moved is { Count: > 0 } moved)
            throw ToolRefusedException.Conflict($"Something changed since, so this cannot be undone as it was: {string.Join(", ", moved)}. Look at it and make the change by hand.");
        var planned = await context.Planner.PlanAsync(context, back.Tool, back.Arguments.DeepClone().AsObject(), cancellationToken);
        return planned.Draft with
        {
            Arguments = new JsonObject { ["action_id"] = arguments.ActionId },
            Summary = $"Undo: {planned.Draft.Summary}",
            Through = [.. planned.Draft.Through, new PlanPart(back.Tool, planned.Draft.Scope, planned.Draft.Arguments)],
            ReadSet = [.. planned.Draft.ReadSet, new ReadVersion($"action/{arguments.ActionId}", 1)],
        };
    }

    public override async Task<JsonObject> ApplyAsync(ApplyContext context, AppliedPlan plan, CancellationToken cancellationToken)
    {
        var back = await history.WayBackAsync(context.Transaction, plan.Arguments["action_id"]!.GetValue<string>(), cancellationToken)
            ?? throw ToolRefusedException.Conflict("This cannot be undone any more.");
        var tool = (IWriteTool)context.Catalog.Find(back.Tool)!;
        return await tool.ApplyAsync(context, new AppliedPlan(back.Tool, back.Arguments, plan.Effects), cancellationToken);
    }
}
