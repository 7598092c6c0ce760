using System.Globalization;
using System.Text.Json.Nodes;
using ControlChat.Harness;

namespace ControlChat.Faults;

/// <summary>
/// F2: the same confirm token, and the same request id, a hundred times at once, over both nodes of a team's hub; and a hundred plans that
/// one grant covers, of which it lets a few through. On SQLite a hub is one
/// process, so the callers come over two clients with connections of their own. Expired tokens are the business of the unit tests, where time is fake.
/// </summary>
public sealed class SameAnswerTwice : Fault
{
    private const int AtOnce = 100;
    // What asks stays open, and only so much may.
    private const int GrantEvery = 20;

    public override string Id => "F2";

    public override string Title => "one confirm token or request id 100 times at once: one effect, the rest repeat its answer; one grant: its count and no more";

    public override int Trials => 100;

    public override int ShortTrials => 3;

    public override IReadOnlyList<string> Stores => [FaultRun.Sqlite, FaultRun.Postgres];

    public override async Task RunAsync(FaultRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        await using var bed = await Bed.MakeAsync(run, ("Policy:RecentSignIn", "12:00:00"));
        using var second = await HubClient.ResumeAsync(bed.Nodes[^1], bed.Person.Cookies);
        HubClient[] clients = [bed.Person, second];
        var granted = new List<string>();
        while (granted.Count < AtOnce) granted.Add(await bed.CreateWorkspaceAsync($"granted {granted.Count}"));
        foreach (var trial in run.EachTrial())
        {
            var workspace = await OneCreationAsync(run, bed, clients, trial);
            await OneConfirmationAsync(run, bed, clients, workspace);
            if (trial % 10 == 0) await WrongTokensAsync(run, bed);
            if (trial % GrantEvery == 0) await OneGrantAsync(run, bed, clients, granted);
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

    private static async Task OneGrantAsync(FaultRun run, Bed bed, HubClient[] clients, List<string> workspaces)
    {
        var approval = await bed.AskAsync("workspace.archive", new JsonObject { ["workspace_id"] = workspaces[0] });
        await bed.ApproveAsync(approval);
        await BackAsync(bed, workspaces[0]);
        var count = run.Dice.Next(1, 12);
        var grant = await bed.Person.PostAsync($"/api/v1/approvals/{approval.Id}/grant", new JsonObject
        {
            ["constraints"] = new JsonArray(new JsonObject { ["argument"] = "workspace_id", ["is"] = "one_of", ["values"] = new JsonArray([.. workspaces.Select(w => (JsonNode)w)]) }),
            ["count"] = count,
            ["ends_at"] = TimeProvider.System.GetUtcNow().AddHours(1).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
        });
        if (!run.Expect(grant.Status == 201, $"the grant answered {grant.Status}: {grant.Text}")) return;
        var next = -1;
        var answers = await AtOnceAsync(clients, async c =>
        {
            var workspace = workspaces[Interlocked.Increment(ref next)];
            return (Workspace: workspace, Answer: await c.CallAsync("workspace.archive", new JsonObject { ["workspace_id"] = workspace }));
        });
        var done = answers.Where(a => a.Answer.Status == 200).ToList();
        run.Count("plans beside a grant", answers.Count);
        run.Expect(done.Count == count, $"a grant for {count} let {done.Count} through");
        run.Expect(done.Select(a => a.Answer.Field("grant_used")).Distinct().Count() == done.Count, "two uses of a grant have one number");
        foreach (var (_, odd) in answers.Where(a => a.Answer.Status is not (200 or 202))) run.Expect(false, $"a plan beside a grant answered {odd.Status}: {odd.Text}");
        var rows = bed.Record.Bodies().Count(b => b["event"]!.GetValue<string>() == "grant.used" && b["data"]!["grant_id"]!.GetValue<string>() == grant.Field("id"));
        run.Expect(rows == count, $"{rows} uses of a grant for {count} are on the record");
        foreach (var (workspace, _) in done) await BackAsync(bed, workspace);
    }

    private static Task<HubAnswer> BackAsync(Bed bed, string workspace) => bed.Person.CallAsync("workspace.unarchive", new JsonObject { ["workspace_id"] = workspace });

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

    private static async Task<IReadOnlyList<T>> AtOnceAsync<T>(HubClient[] clients, Func<HubClient, Task<T>> call)
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
