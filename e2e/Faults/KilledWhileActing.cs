using System.Text.Json.Nodes;
using ControlChat.Harness;

namespace ControlChat.Faults;

/// <summary>F1: kill -9 at a random point while confirmed actions, a batch and plain writes run; of a team's two nodes, one by chance.</summary>
public sealed class KilledWhileActing : Fault
{
    private const int Actions = 5;
    private const int Steps = 4;

    public override string Id => "F1";

    public override string Title => "kill -9 while confirmed actions run: exactly once, none unconfirmed, none lost, the chain holds";

    public override int Trials => 200;

    public override int ShortTrials => 3;

    public override IReadOnlyList<string> Stores => [FaultRun.Sqlite, FaultRun.Postgres];

    public override async Task RunAsync(FaultRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        await using var bed = await Bed.MakeAsync(run);
        foreach (var trial in run.EachTrial())
        {
            var singles = new List<(string Workspace, Opened Approval)>();
            for (var i = 0; i < Actions; i++)
            {
                var workspace = await bed.CreateWorkspaceAsync($"t{trial} a{i}");
                singles.Add((workspace, await bed.AskAsync("workspace.archive", new JsonObject { ["workspace_id"] = workspace })));
            }
            var stepped = new List<string>();
            for (var i = 0; i < Steps; i++) stepped.Add(await bed.CreateWorkspaceAsync($"t{trial} b{i}"));
            var batch = await bed.AskAsync("plan.batch", Batch(stepped));
            var unconfirmed = await bed.CreateWorkspaceAsync($"t{trial} c");
            await bed.AskAsync("workspace.archive", new JsonObject { ["workspace_id"] = unconfirmed });

            var victim = run.Dice.Next(bed.Nodes.Count);
            HubClient On(int call) => bed.Clients[call % bed.Clients.Count];
            var answers = singles.Select((s, i) => TryAsync(() => Bed.ApproveAsync(On(i), s.Approval))).ToList();
            // Where it is killed: that a batch goes on is what is to be seen.
            var batchAnswer = TryAsync(() => Bed.ApproveAsync(On(victim), batch));
            var created = Enumerable.Range(0, Actions).Select(i => TryAsync(() => On(i).CallAsync("workspace.create", new JsonObject { ["title"] = $"t{trial} d{i}" }))).ToList();
            // Two nodes that write in turns take longer to be through with it.
            await Task.Delay(TimeSpan.FromMilliseconds(run.Dice.Next(0, run.Store == FaultRun.Sqlite ? 120 : 400)), TimeProvider.System);
            await bed.Nodes[victim].KillAsync();
            var acknowledged = await Task.WhenAll(answers);
            var batchAcknowledged = await batchAnswer;
            var createdAnswers = await Task.WhenAll(created);
            await bed.ReviveAsync(victim);

            foreach (var ((workspace, approval), answer) in singles.Zip(acknowledged)) await CheckSingleAsync(run, bed, workspace, approval, answer);
            await CheckBatchAsync(run, bed, stepped, batch, batchAcknowledged);
            run.Expect(await bed.StateOfAsync(unconfirmed) == "active", $"{unconfirmed} was archived although nobody confirmed");
            await CheckCreatedAsync(run, bed, createdAnswers);
            var fault = bed.Record.FirstFault();
            run.Expect(fault is null, $"the chain broke: {fault}");
        }
        await CheckExactlyOnceAsync(run, bed);
    }

    private static JsonObject Batch(IEnumerable<string> workspaces) => new()
    {
        ["steps"] = new JsonArray([.. workspaces.Select(w => (JsonNode)new JsonObject { ["tool"] = "workspace.archive", ["arguments"] = new JsonObject { ["workspace_id"] = w } })]),
    };

    /// <summary>Null when the kill came before the answer.</summary>
    private static async Task<HubAnswer?> TryAsync(Func<Task<HubAnswer>> call)
    {
        try
        {
            return await call();
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return null;
        }
    }

    private static async Task CheckSingleAsync(FaultRun run, Bed bed, string workspace, Opened approval, HubAnswer? answer)
    {
        var status = (await bed.Person.GetAsync($"/api/v1/approvals/{approval.Id}")).Field("status");
        run.Count(answer is null ? "cut off" : "acknowledged");
        run.Expect(answer is null || answer.Status == 200, $"approve answered {answer?.Status}: {answer?.Text}");
        run.Expect(status is "pending" or "consumed", $"{approval.Id} is {status}");
        run.Expect(answer is null || status == "consumed", $"{approval.Id} was acknowledged and is {status}: lost");
        run.Expect(await bed.StateOfAsync(workspace) == (status == "consumed" ? "archived" : "active"), $"{workspace}: approval {status} and state {await bed.StateOfAsync(workspace)}");
        if (status != "pending") return;
        var again = await bed.ApproveAsync(await bed.OpenAsync(approval.Id));
        run.Expect(again.Status == 200, $"{approval.Id} could not be confirmed after the restart: {again.Status} {again.Text}");
    }

    private static async Task CheckBatchAsync(FaultRun run, Bed bed, IReadOnlyList<string> workspaces, Opened batch, HubAnswer? answer)
    {
        var status = (await bed.Person.GetAsync($"/api/v1/approvals/{batch.Id}")).Field("status");
        run.Count(answer is null ? "batch cut off" : "batch acknowledged");
        if (answer is null && status == "consumed") run.Count("batches killed under way");
        run.Expect(answer is null || status == "consumed", $"batch {batch.Id} was acknowledged and is {status}: lost");
        if (status == "pending")
        {
            var again = await bed.ApproveAsync(await bed.OpenAsync(batch.Id));
            run.Expect(again.Status == 200, $"batch {batch.Id} could not be confirmed after the restart: {again.Status} {again.Text}");
        }
        foreach (var workspace in workspaces)
            run.Expect(await Soon.HoldsAsync(async () => await bed.StateOfAsync(workspace) == "archived"), $"the batch's step for {workspace} did not end within 10 s of the restart");
    }

    private static async Task CheckCreatedAsync(FaultRun run, Bed bed, IEnumerable<HubAnswer?> answers)
    {
        foreach (var answer in answers.OfType<HubAnswer>().Where(a => a.Status == 200))
        {
            var id = Bed.CreatedId(answer);
            run.Count("creations acknowledged");
            run.Expect(await bed.StateOfAsync(id) == "active", $"{id} was acknowledged and is gone");
            run.Expect(await Soon.HoldsAsync(() => Task.FromResult(Directory.Exists(Path.Combine(bed.Hub.WorkspacesRoot, id)))), $"{id} has no directory 10 s after the restart");
        }
    }

    private static async Task CheckExactlyOnceAsync(FaultRun run, Bed bed)
    {
        foreach (var node in bed.Nodes) await node.StopAsync();
        var applied = bed.Record.Bodies().Where(b => b["event"]?.GetValue<string>() == "tool.applied" && b["tool"]?.GetValue<string>() == "workspace.archive");
        foreach (var twice in applied.GroupBy(b => b["workspace_id"]?.GetValue<string>()).Where(g => g.Count() > 1))
            run.Expect(false, $"{twice.Key} was archived {twice.Count()} times");
        if (run.Store == FaultRun.Sqlite) run.Expect(RecordFile.Integrity(bed.Hub.DatabasePath) == "ok", "integrity_check failed");
    }
}
