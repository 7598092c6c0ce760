using System.Text;
using System.Text.Json.Nodes;
using ControlChat.Harness;

namespace ControlChat.Faults;

/// <summary>F3: something changes between plan and apply, or nothing does and only the spelling of the request differs.</summary>
public sealed class StalePlans : Fault
{
    public override string Id => "F3";

    public override string Title => "the world moves between plan and apply: no stale plan applied, no false refusal";

    public override int Trials => 1000;

    public override int ShortTrials => 40;

    public override async Task RunAsync(FaultRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        await using var bed = await Bed.MakeAsync(run);
        foreach (var trial in run.EachTrial())
        {
            switch (trial % 5)
            {
                case 0: await RenamedTargetAsync(run, bed, trial); break;
                case 1: await ApprovalAsync(run, bed, trial); break;
                case 2: await UnrelatedAsync(run, bed, trial); break;
                case 3: await SpellingAsync(run, bed, trial); break;
                default: await PlannedAsync(run, bed, trial); break;
            }
        }
        var fault = bed.Record.FirstFault();
        run.Expect(fault is null, $"the chain broke: {fault}");
    }

    /// <summary>Each change that moves a workspace's version.</summary>
    private static async Task<string> ChangeAsync(FaultRun run, Bed bed, string workspace)
    {
        var (tool, more) = run.Dice.Next(4) switch
        {
            0 => ("workspace.rename", new JsonObject { ["title"] = $"moved {run.Dice.Next():x8}" }),
            1 => ("workspace.tag", new JsonObject { ["add"] = new JsonArray($"t{run.Dice.Next():x8}") }),
            2 => ("workspace.archive", []),
            _ => ("workspace.delete", []),
        };
        more["workspace_id"] = workspace;
        var answer = await bed.Person.CallAsync(tool, more);
        if (answer.Status == 202) answer = await bed.ApproveAsync(await bed.OpenAsync(answer.Field("approval_id")!));
        if (answer.Status != 200) throw new InvalidOperationException($"{tool} answered {answer.Status}: {answer.Text}");
        return tool;
    }

    private static async Task PlannedAsync(FaultRun run, Bed bed, int trial)
    {
        var workspace = await bed.CreateWorkspaceAsync($"p{trial}");
        var title = $"applied {trial}";
        var plan = await PlanAsync(bed, "workspace.rename", new JsonObject { ["workspace_id"] = workspace, ["title"] = title });
        var change = await ChangeAsync(run, bed, workspace);
        var answer = await ApplyAsync(bed, plan);
        run.Count($"stale after {change}");
        run.Expect(answer.Status == 409 && answer.Field("code") == "plan_stale", $"a plan from before {change} answered {answer.Status}: {answer.Text}");
        run.Expect(!(await TitleAsync(bed, workspace)).Equals(title, StringComparison.Ordinal), $"a plan from before {change} was applied");
    }

    private static async Task ApprovalAsync(FaultRun run, Bed bed, int trial)
    {
        var workspace = await bed.CreateWorkspaceAsync($"a{trial}");
        var approval = await bed.AskAsync("workspace.delete", new JsonObject { ["workspace_id"] = workspace });
        var tagged = await bed.Person.CallAsync("workspace.tag", new JsonObject { ["workspace_id"] = workspace, ["add"] = new JsonArray("late") });
        run.Expect(tagged.Status == 200, $"workspace.tag answered {tagged.Status}");
        var answer = await bed.ApproveAsync(approval);
        run.Count("stale approvals");
        run.Expect(answer.Status == 409 && answer.Field("code") == "plan_stale", $"a stale approval answered {answer.Status}: {answer.Text}");
        run.Expect(answer.Json["difference"] is JsonArray { Count: > 0 }, "a stale approval said no difference");
        run.Expect(await bed.StateOfAsync(workspace) == "active", "a stale approval was applied");
        if (answer.Field("approval_id") is not { Length: > 0 } fresh) return;
        var confirmed = await bed.ApproveAsync(await bed.OpenAsync(fresh));
        run.Expect(confirmed.Status == 200 && await bed.StateOfAsync(workspace) == "trashed", $"the fresh approval answered {confirmed.Status}: {confirmed.Text}");
    }

    /// <summary>The plan named its target by title; meanwhile the title belongs to another workspace.</summary>
    private static async Task RenamedTargetAsync(FaultRun run, Bed bed, int trial)
    {
        var name = $"target {trial} {run.Dice.Next():x8}";
        var first = await bed.CreateWorkspaceAsync(name);
        var other = await bed.CreateWorkspaceAsync($"other {trial}");
        var plan = await PlanAsync(bed, "workspace.tag", new JsonObject { ["workspace_id"] = name, ["add"] = new JsonArray("meant") });
        await RenameAsync(bed, first, $"was {name}");
        await RenameAsync(bed, other, name);
        var answer = await ApplyAsync(bed, plan);
        run.Count("renamed targets");
        run.Expect(answer.Status == 409 && answer.Field("code") == "plan_stale", $"a plan for a renamed target answered {answer.Status}: {answer.Text}");
        foreach (var workspace in new[] { first, other })
            run.Expect(!(await GetAsync(bed, workspace)).Contains("\"meant\"", StringComparison.Ordinal), $"{workspace} was tagged by a stale plan");
    }

    /// <summary>Changes elsewhere, and a personal pin, do not concern the plan.</summary>
    private static async Task UnrelatedAsync(FaultRun run, Bed bed, int trial)
    {
        var workspace = await bed.CreateWorkspaceAsync($"u{trial}");
        var title = $"applied {trial}";
        var plan = await PlanAsync(bed, "workspace.rename", new JsonObject { ["workspace_id"] = workspace, ["title"] = title });
        await ChangeAsync(run, bed, await bed.CreateWorkspaceAsync($"elsewhere {trial}"));
        var pinned = await bed.Person.CallAsync("workspace.pin", new JsonObject { ["workspace_id"] = workspace, ["pinned"] = true });
        run.Expect(pinned.Status == 200, $"workspace.pin answered {pinned.Status}: {pinned.Text}");
        var answer = await ApplyAsync(bed, plan);
        run.Count("unrelated changes");
        run.Expect(answer.Status == 200 && await TitleAsync(bed, workspace) == title, $"an unrelated change refused a plan: {answer.Status} {answer.Text}");
    }

    /// <summary>Key order, spaces, escapes and number forms: the same plan and the same request.</summary>
    private static async Task SpellingAsync(FaultRun run, Bed bed, int trial)
    {
        var workspace = await bed.CreateWorkspaceAsync($"s{trial}");
        var requestId = $"spelling-{run.Seed}-{trial}";
        string[] same =
        [
            $$"""{"request_id":"{{requestId}}","arguments":{"workspace_id":"{{workspace}}","title":"Zürich {{trial}}"} }""",
            $$"""{ "arguments" : { "title" : "Z\u00fcrich {{trial}}" , "workspace_id" : "{{workspace}}" } , "request_id":"{{requestId}}" }""",
            $$"""{"dry_run":false,"request_id":"{{requestId}}","arguments":{"workspace_id":"\u0077s{{workspace[2..]}}","title":"\u005a\u00FCrich {{trial}}"} }""",
        ];
        string? first = null;
        foreach (var body in same)
        {
            var answer = await RawAsync(bed, "/api/v1/tools/workspace.rename", body);
            run.Count("spellings");
            if (!run.Expect(answer.Status == 200, $"a spelling answered {answer.Status}: {answer.Text}")) return;
            first ??= answer.Field("action_id");
            run.Expect(answer.Field("action_id") == first, "a spelling was applied as a request of its own");
        }
        foreach (var limit in new[] { "10", "10.0", "1e1" })
        {
            var answer = await RawAsync(bed, "/api/v1/tools/workspace.list", $$"""{"request_id":"{{requestId}}-n","arguments":{"limit":{{limit}} } }""");
            run.Expect(answer.Status == 200, $"limit {limit} answered {answer.Status}: {answer.Text}");
        }
    }

    private static async Task<string> PlanAsync(Bed bed, string tool, JsonObject arguments)
    {
        var answer = await bed.Person.CallAsync(tool, arguments, dryRun: true);
        return answer.Status == 200 ? answer.Json["plan"]!["id"]!.GetValue<string>() : throw new InvalidOperationException($"dry run of {tool} answered {answer.Status}: {answer.Text}");
    }

    private static Task<HubAnswer> ApplyAsync(Bed bed, string plan) =>
        bed.Person.PostAsync($"/api/v1/plans/{plan}/apply", new JsonObject { ["request_id"] = $"apply-{Guid.CreateVersion7():N}" });

    private static async Task RenameAsync(Bed bed, string workspace, string title)
    {
        var answer = await bed.Person.CallAsync("workspace.rename", new JsonObject { ["workspace_id"] = workspace, ["title"] = title });
        if (answer.Status != 200) throw new InvalidOperationException($"workspace.rename answered {answer.Status}: {answer.Text}");
    }

    private static async Task<string> GetAsync(Bed bed, string workspace) =>
        (await bed.Person.CallAsync("workspace.get", new JsonObject { ["workspace_id"] = workspace })).Text;

    private static async Task<string> TitleAsync(Bed bed, string workspace)
    {
        var result = JsonNode.Parse(await GetAsync(bed, workspace))!["result"]!;
        return (result["workspace"] ?? result)["title"]!.GetValue<string>();
    }

    private static async Task<HubAnswer> RawAsync(Bed bed, string path, string json) =>
        await bed.Person.SendRawAsync(HttpMethod.Post, path, Encoding.UTF8.GetBytes(json), "application/json");
}
