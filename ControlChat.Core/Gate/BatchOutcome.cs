using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Gate;

/// <summary>What a batch came to, from its step rows.</summary>
internal static class BatchOutcome
{
    public static Outcome Of(BatchRow batch, Plan plan, IReadOnlyList<BatchStepRow> steps)
    {
        var stopped = steps.FirstOrDefault(s => s.Error is not null);
        var anything = steps.Any(s => s.Status == "completed");
        var changed = Changed(plan, steps).Any();
        var way = WayBack(plan, steps);
        return new Outcome
        {
            RequestId = batch.RequestId,
            Tool = plan.Tool,
            Status = stopped is null ? "completed" : "partial",
            ActionId = anything ? batch.Id : null,
            Plan = plan,
            RequiresConfirmation = plan.Decision != "none",
            ApprovalId = batch.ApprovalId,
            Result = new JsonObject { ["steps"] = new JsonArray([.. steps.Select(s => (JsonNode)Shown(s, plan.Steps![(int)s.Step], StepSubject.Of(plan.Steps, (int)s.Step)))]) },
            Undo = !changed ? UndoOffer.None : way is null ? new UndoOffer(false, null, "One of the steps cannot be undone.") : new UndoOffer(true, null, null),
            Error = stopped is null ? null : Json.Read<OutcomeError>(stopped.Error!),
        };
    }

    /// <summary>The way back over the completed steps, last first; null when one of them has none.</summary>
    public static Compensation? WayBack(Plan plan, IReadOnlyList<BatchStepRow> steps)
    {
        var done = Changed(plan, steps).Reverse().Select(s => s.Compensation).ToList();
        if (done.Count == 0 || done.Contains(null)) return null;
        var back = done.Select(c => (JsonNode)new JsonObject { ["tool"] = c!.Tool, ["arguments"] = c.Arguments.DeepClone() });
        return new Compensation("plan.batch", new JsonObject { ["steps"] = new JsonArray([.. back]) });
    }

    public static ActionRow Action(ApplyWork work, DateTimeOffset now, IReadOnlyList<BatchStepRow> steps)
    {
        var versions = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var left in steps.Where(s => s.Versions is not null).Select(s => JsonSerializer.Deserialize<Dictionary<string, long>>(s.Versions!)!))
        {
            foreach (var (resource, version) in left) versions[resource] = version;
        }
        return new ActionRow
        {
            Id = work.ActionId,
            Tool = work.Plan.Tool,
            PlanId = work.PlanId,
            ApprovalId = work.ApprovalId,
            AccountId = work.Principal.AccountId,
            Summary = work.Summary,
            Compensation = work.Compensation is null ? null : Json.Write(work.Compensation),
            Versions = JsonSerializer.Serialize(versions),
            ConversationId = work.Origin.ConversationId,
            RunId = work.Origin.RunId,
            BatchId = work.BatchId,
            AppliedAt = now,
        };
    }

    private static IEnumerable<PlanStep> Changed(Plan plan, IReadOnlyList<BatchStepRow> steps) =>
        steps.Where(s => s.Status == "completed").Select(s => plan.Steps![(int)s.Step]).Where(s => s.Effects.Count > 0);

    private static JsonObject Shown(BatchStepRow step, PlanStep planned, string? about) => new()
    {
        ["index"] = step.Step,
        ["tool"] = planned.Tool,
        ["about"] = about,
        ["status"] = step.Status,
        ["action_id"] = step.ActionId,
        ["result"] = step.Result is null ? null : JsonNode.Parse(step.Result),
        ["error"] = step.Error is null ? null : JsonNode.Parse(step.Error),
    };
}
