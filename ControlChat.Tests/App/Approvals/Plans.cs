using System.Text.Json.Nodes;
using ControlChat.App.Approvals.Cards;
using ControlChat.Core.Gate;
using ControlChat.Tests.Support;

namespace ControlChat.Tests.App.Approvals;

/// <summary>Plans and approvals as the gate would make them, for cards without a hub.</summary>
internal static class Plans
{
    public const string Reader = "acc_ada";

    public static DateTimeOffset Now { get; } = new FakeTime().GetUtcNow();

    public static Plan Archive(string title = "river-gauge") => new()
    {
        Id = "pln_1",
        Hash = "9f3ca71e00000000000000000000000000000000000000000000000000000000",
        Tool = "workspace.archive",
        Arguments = new JsonObject { ["workspace_id"] = "ws_1" },
        Summary = $"Archive '{title}'",
        Effects = [new Effect("update", "workspace/ws_1", "state", "active", "archived")],
        ReadSet = [new ReadVersion("workspace/ws_1", 3)],
        Scope = ToolScope.Destructive,
        Access = false,
        Cost = null,
        Reversible = true,
        TypedConfirmation = null,
        Compensation = new Compensation("workspace.unarchive", new JsonObject { ["workspace_id"] = "ws_1" }),
        Steps = null,
        Warnings = [],
        Tainted = false,
        Decision = "confirm",
        CreatedAt = Now,
        ExpiresAt = Now.AddMinutes(15),
    };

    public static Plan Purge(string title = "payments") => Archive(title) with
    {
        Tool = "workspace.purge",
        Summary = $"Purge '{title}' for good",
        Effects = [new Effect("delete", "workspace/ws_1", null, new JsonObject { ["title"] = title, ["state"] = "trashed", ["tags"] = new JsonArray("a", "b") }, null)],
        Reversible = false,
        TypedConfirmation = title,
        Compensation = null,
        Warnings = ["The workspace's directory and everything in it are removed."],
    };

    /// <summary>Archives a number of workspaces; step 2 touches the first one again.</summary>
    public static Plan Batch(int count = 3)
    {
        var steps = Enumerable.Range(1, count).Select(i => Step($"workspace/ws_{i}")).ToList();
        steps.Insert(1, Step("workspace/ws_1") with { Tool = "workspace.rename", Effects = [new Effect("update", "workspace/ws_1", "title", "one", "uno")] });
        return Archive() with
        {
            Tool = "plan.batch",
            Summary = "Archive 'one' and more",
            Steps = steps,
            Effects = [.. steps.SelectMany(s => s.Effects)],
            Compensation = new Compensation("plan.batch", []),
        };
    }

    public static Approval Approval(Plan? plan = null, string status = "pending") => new()
    {
        Id = "apr_1",
        Kind = "plan",
        Status = status,
        Plan = plan ?? Archive(),
        RequestedBy = new Requester(Reader, "Ada", "rest", "ci"),
        Decision = "confirm",
        MayDecide = status == "pending",
        CreatedAt = Now,
        ExpiresAt = Now.AddMinutes(15),
        DecidedBy = status is "pending" or "expired" ? null : "acc_ben",
        DecidedAt = status == "pending" ? null : Now.AddMinutes(2),
    };

    public static Outcome Completed(Plan plan) => new() { RequestId = "r", Tool = plan.Tool, Status = "completed", ActionId = "act_1", Plan = plan, Result = [], Undo = new UndoOffer(true, null, null), ApprovalId = "apr_1" };

    public static Outcome Partial(Plan plan, params string[] statuses) => Completed(plan) with
    {
        Status = "partial",
        Result = new JsonObject { ["steps"] = new JsonArray([.. statuses.Select((s, i) => (JsonNode)new JsonObject { ["index"] = i, ["status"] = s })]) },
        Error = new OutcomeError("plan_stale", "Something this step depends on changed."),
    };

    public static CardView View(CardPhase phase, Approval? approval = null) => new(approval ?? Approval(), phase, Names, Reader);

    public static CardNames Names { get; } = new(
        new Dictionary<string, string> { ["workspace/ws_1"] = "river-gauge", ["workspace/ws_2"] = "two", ["workspace/ws_3"] = "three" },
        new Dictionary<string, string> { [Reader] = "Ada", ["acc_ben"] = "Ben" });

    private static PlanStep Step(string resource) => new("workspace.archive", "h", new JsonObject { ["workspace_id"] = resource.Split('/')[1] },
        [new Effect("update", resource, "state", "active", "archived")], [new ReadVersion(resource, 1)], ToolScope.Destructive, null, true, new Compensation("workspace.unarchive", []));
}
