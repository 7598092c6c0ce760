using System.Text.Json.Nodes;
using ControlChat.Harness;

namespace ControlChat.Faults;

/// <summary>
/// F2: the same confirm token, and the same request id, a hundred times at once, over both nodes of a team's hub. On SQLite a hub is one
/// process, so the callers come over two clients with connections of their own. Expired tokens are the business of the unit tests, where time is fake.
/// </summary>
public sealed class SameAnswerTwice : Fault
{
    private const int AtOnce = 100;

    public override string Id => "F2";

    public override string Title => "one confirm token or request id 100 times at once: one effect, the rest repeat its answer";

    public override int Trials => 100;

    public override int ShortTrials => 3;

    public override IReadOnlyList<string> Stores => [FaultRun.Sqlite, FaultRun.Postgres];

    public override async Task RunAsync(FaultRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        await using var bed = await Bed.MakeAsync(run);
        using var second = await HubClient.ResumeAsync(bed.Nodes[^1], bed.Person.Cookies);
        HubClient[] clients = [bed.Person, second];
        foreach (var trial in run.EachTrial())
        {
            var workspace = await OneCreationAsync(run, bed, clients, trial);
            await OneConfirmationAsync(run, bed, clients, workspace);
            if (trial % 10 == 0) await WrongTokensAsync(run, bed);
        }
        var fault = bed.Record.FirstFault();
        run.Expect(fault is null, $"the chain broke: {fault}");
    }

    private static async Task<string> OneCreationAsync(FaultRun run, Bed bed, HubClient[] clients, int trial)
    {
        var (requestId, title) = ($"round-{run.Seed}-{trial}", $"round {trial} {run.Dice.Next():x8}");
        var arguments = new JsonObject { ["title"] = title, ["tags"] = new JsonArray("a", "b") };
        var answers = await AtOnceAsync(clients, c => c.CallAsync("workspace.create", arguments, requestId));
        foreach (var odd in answers.Where(a => a.Status != 200 && a.Field("status") != "in_progress")) run.Expect(false, $"create answered {odd.Status}: {odd.Text}");
        var done = answers.Where(a => a.Status == 200).ToList();
        run.Count("creations answered", done.Count);
        run.Expect(done.Count(a => !a.Json["replayed"]!.GetValue<bool>()) == 1, "not exactly one creation was the first");
        run.Expect(done.Select(Body).Distinct().Count() == 1, "replays differ from the first answer");
        var listed = await bed.Person.CallAsync("workspace.list", new JsonObject { ["text"] = title });
        run.Expect(listed.Text.Split(title).Length - 1 == 1, $"'{title}' exists {listed.Text.Split(title).Length - 1} times");

        var other = await bed.Person.CallAsync("workspace.create", new JsonObject { ["title"] = title + " other" }, requestId);
        run.Expect(other.Status == 422 && other.Field("code") == "request_id_reused", $"another body under the same id answered {other.Status}");
        var reordered = await bed.Person.CallAsync("workspace.create", new JsonObject { ["tags"] = new JsonArray("a", "b"), ["title"] = title }, requestId);
        run.Expect(reordered.Status == 200 && reordered.Json["replayed"]!.GetValue<bool>(), $"the same arguments in another order answered {reordered.Status}");
        return Bed.CreatedId(done[0]);
    }

    private static async Task OneConfirmationAsync(FaultRun run, Bed bed, HubClient[] clients, string workspace)
    {
        var approval = await bed.AskAsync("workspace.archive", new JsonObject { ["workspace_id"] = workspace });
        var path = $"/api/v1/approvals/{approval.Id}/approve";
        var body = new JsonObject { ["confirm_token"] = approval.ConfirmToken };
        var answers = await AtOnceAsync(clients, c => c.PostAsync(path, body.DeepClone()));
        var first = answers.Where(a => a.Status == 200).ToList();
        run.Count("confirmations", answers.Count);
        if (!run.Expect(first.Count == 1, $"{first.Count} confirmations were answered 200")) return;
        var action = first[0].Field("action_id");
        foreach (var late in answers.Where(a => a.Status != 200))
        {
            run.Expect(late.Status == 409 && late.Field("code") == "already_decided", $"a late confirmation answered {late.Status}: {late.Text}");
            run.Expect(late.Json["outcome"]?["action_id"]?.GetValue<string>() == action, "a late confirmation told another outcome");
        }
        var applied = bed.Record.Applied("workspace.archive", workspace);
        run.Expect(applied == 1, $"{workspace} was archived {applied} times");
        foreach (var client in clients)
        {
            var used = await client.PostAsync(path, body.DeepClone());
            run.Expect(used.Status == 409, $"a used token answered {used.Status}");
        }
    }

    /// <summary>A made-up token, one of another approval, and one of another session; a browser of its own, because five wrong ones close its mouth.</summary>
    private static async Task WrongTokensAsync(FaultRun run, Bed bed)
    {
        using var browser = await bed.SecondBrowserAsync();
        var workspace = await bed.CreateWorkspaceAsync("wrong tokens");
        var mine = await bed.AskAsync("workspace.archive", new JsonObject { ["workspace_id"] = workspace });
        var other = await bed.AskAsync("workspace.delete", new JsonObject { ["workspace_id"] = await bed.CreateWorkspaceAsync("another") });
        foreach (var (token, what) in new[] { (new string('A', 43), "a made-up token"), (mine.ConfirmToken, "another session's token"), (other.ConfirmToken, "another approval's token") })
        {
            var answer = await browser.PostAsync($"/api/v1/approvals/{mine.Id}/approve", new JsonObject { ["confirm_token"] = token });
            run.Count("wrong tokens refused", answer.Status == 403 ? 1 : 0);
            run.Expect(answer.Status == 403 && answer.Field("code") == "confirm_token_invalid", $"{what} answered {answer.Status}: {answer.Text}");
        }
        run.Expect(await bed.StateOfAsync(workspace) == "active", "a wrong token had an effect");
    }

    private static async Task<IReadOnlyList<HubAnswer>> AtOnceAsync(HubClient[] clients, Func<HubClient, Task<HubAnswer>> call)
    {
        using var gate = new SemaphoreSlim(0, AtOnce);
        var all = Enumerable.Range(0, AtOnce).Select(async i =>
        {
            await gate.WaitAsync();
            return await call(clients[i % clients.Length]);
        }).ToList();
        gate.Release(AtOnce);
        return await Task.WhenAll(all);
    }

    private static string Body(HubAnswer answer)
    {
        var body = answer.Json.AsObject();
        body.Remove("replayed");
        return body.ToJsonString();
    }
}
