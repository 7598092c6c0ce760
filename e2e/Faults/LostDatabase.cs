using System.Diagnostics;
using System.Text.Json.Nodes;
using ControlChat.Harness;

namespace ControlChat.Faults;

/// <summary>
/// F6: PostgreSQL is restarted, stands still for 5 s, or has no connection left, under approvals, a batch, plain writes and runs on both nodes.
/// Clients do what the contract says: what answers <c>unavailable</c> is sent again with the same id.
/// </summary>
public sealed class LostDatabase : Fault
{
    private const int Actions = 4;
    private static readonly TimeSpan _spread = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(15);

    public override string Id => "F6";

    public override string Title => "PostgreSQL restarted, standing still or out of connections: nothing half-applied, no run stuck for 15 s, errors say try again";

    public override int Trials => 150;

    public override int ShortTrials => 3;

    public override IReadOnlyList<string> Stores => [FaultRun.Postgres];

    public override async Task RunAsync(FaultRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        await using var bed = await Bed.MakeAsync(run);
        foreach (var trial in run.EachTrial()) await TrialAsync(run, bed, trial);
        // A few trials may go by unnoticed; many of them unnoticed would have tested nothing.
        if (run.Trials <= ShortTrials) return;
        foreach (var name in new[] { "restart", "exhaustion" })
            run.Expect(run.Counts.ContainsKey($"{name}: told to try again"), $"nobody noticed a {name}");
    }

    private static async Task TrialAsync(FaultRun run, Bed bed, int trial)
    {
        var trouble = DatabaseTrouble.Of(trial, run.Dice);
        var work = await DatabaseWork.PrepareAsync(bed, trial, Actions);
        // Some calls come before it, some under it, some after it.
        var calls = work.Begin(run, trouble.Name, _spread);
        await trouble.HappenAsync(run, bed);
        run.Count(trouble.Name);
        var over = Stopwatch.GetTimestamp();
        await Task.WhenAll(calls);
        run.Measure($"{trouble.Name}: last answer", Stopwatch.GetElapsedTime(over));
        await Task.WhenAll(work.Runs.Select(r => EndsAsync(run, bed, trouble.Name, r, over)));
        await CheckAsync(run, bed, trouble.Name, work);
        var fault = bed.Record.FirstFault();
        run.Expect(fault is null, $"{trouble.Name}: the chain broke: {fault}");
    }

    private static async Task EndsAsync(FaultRun run, Bed bed, string trouble, PostedRun posted, long over)
    {
        JsonNode? found = null;
        var ended = await Soon.HoldsAsync(async () =>
        {
            found = (await bed.Person.GetAsync($"/api/v1/conversations/{posted.Conversation}")).Json["runs"]?.AsArray().FirstOrDefault(r => r!["id"]!.GetValue<string>() == posted.Id);
            return found?["status"]?.GetValue<string>() is "completed" or "failed" or "cancelled";
        }, _longest);
        var status = found?["status"]?.GetValue<string>();
        run.Expect(ended, $"{trouble}: run {posted.Id} is {status} {Stopwatch.GetElapsedTime(over).TotalSeconds:0} s after it was over");
        run.Expect(status != "cancelled", $"{trouble}: run {posted.Id} was cancelled by nobody");
        run.Expect(status != "failed" || found!["error"]?["message"] is not null, $"{trouble}: run {posted.Id} failed and says nothing");
        run.Count($"{trouble}: runs {status}");
        run.Measure($"{trouble}: runs ended", Stopwatch.GetElapsedTime(over));
        var made = await bed.CountAsync(posted.Title);
        run.Expect(made == 1 || (made == 0 && status == "failed"), $"{trouble}: run {posted.Id} is {status} and '{posted.Title}' exists {made} times");
    }

    private static async Task CheckAsync(FaultRun run, Bed bed, string trouble, DatabaseWork work)
    {
        foreach (var title in work.Titles)
        {
            var made = await bed.CountAsync(title);
            run.Expect(made == 1, $"{trouble}: '{title}' exists {made} times");
        }
        foreach (var (workspace, approval) in work.Singles)
        {
            var status = (await bed.Person.GetAsync($"/api/v1/approvals/{approval.Id}")).Field("status");
            run.Expect(status == "consumed", $"{trouble}: {approval.Id} is {status} in the end");
            run.Expect(await bed.StateOfAsync(workspace) == "archived", $"{trouble}: {workspace} was confirmed and is {await bed.StateOfAsync(workspace)}");
        }
        foreach (var workspace in work.Stepped)
            run.Expect(await Soon.HoldsAsync(async () => await bed.StateOfAsync(workspace) == "archived", _longest), $"{trouble}: the batch's step for {workspace} is not done");
        foreach (var workspace in work.Singles.Select(s => s.Workspace).Concat(work.Stepped))
        {
            var applied = bed.Record.Applied("workspace.archive", workspace);
            run.Expect(applied == 1, $"{trouble}: {workspace} was archived {applied} times");
        }
        run.Expect(await bed.StateOfAsync(work.Unconfirmed) == "active", $"{trouble}: {work.Unconfirmed} was archived although nobody confirmed");
    }
}
