using System.Globalization;
using System.Text.Json.Nodes;
using ControlChat.Faults;
using ControlChat.Harness;
using ControlChat.ScriptedModel;
using Npgsql;
using Xunit;

namespace ControlChat.Journeys;

/// <summary>Several processes of one hub over PostgreSQL and Redis, some of which stop in the worst moment.</summary>
public sealed class NodesJourney
{
    private static readonly TimeSpan _long = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Two_nodes_sign_one_chain_of_checkpoints_whoever_of_them_is_killed()
    {
        await using var nodes = await HubNodes.MakeAsync();
        // Both at once on an empty database: one of them makes the schema, the key and the first account.
        var started = await Task.WhenAll(nodes.StartAsync(), nodes.StartAsync());
        var (one, two) = (started[0], started[1]);
        Assert.Equal(1, await CountAsync(nodes, "select count(*) from accounts"));
        using var person = await HubClient.SignInAsync(one);
        for (var round = 0; round < 3; round++)
        {
            // Busy enough that the one which is killed is the one that signs.
            using var there = await HubClient.ResumeAsync(one, person.Cookies);
            using var elsewhere = await HubClient.ResumeAsync(two, person.Cookies);
            var busy = Enumerable.Range(0, 8).Select(i => RecordUntilGoneAsync(there, 60)).ToList();
            await RecordUntilGoneAsync(elsewhere, 20 + (20 * round));
            await one.KillAsync();
            await Task.WhenAll(busy);
            await RecordUntilGoneAsync(elsewhere, 5);
            await one.StartAgainAsync();
            (one, two) = (two, one);
        }
        var last = await LastRowAsync(nodes);
        Assert.True(await Soon.HoldsAsync(() => Task.FromResult(SignedUpTo(one) >= last && Chain(one) == Chain(two)), _long), $"{Chain(one)}\n\n{Chain(two)}");
        var count = Chain(one).Count(c => c == '\n');
        foreach (var node in (HubProcess[])[one, two])
        {
            using var client = await HubClient.ResumeAsync(node, person.Cookies);
            var verdict = (await client.GetAsync("/api/v1/audit/verify")).Json;
            Assert.True(verdict["ok"]!.GetValue<bool>(), verdict.ToJsonString());
            Assert.True(verdict["checkpoints"]!.GetValue<int>() >= count, verdict.ToJsonString());
            var (code, output, errors) = await node.RunAsync("audit", "verify");
            Assert.True(code == 0 && output.StartsWith("ok ", StringComparison.Ordinal), output + errors);
        }
        Assert.True(count > 5, $"only {count} checkpoints were signed");
    }

    [Fact]
    public async Task A_worker_that_stood_still_past_its_lease_changes_nothing_when_it_goes_on()
    {
        await using var model = await ScriptedModelServer.StartAsync();
        var late = new TaskCompletionSource();
        // The first one who asks hears nothing until it has lost the run; whoever asks after it is answered at once.
        model.Enqueue(_ => Reply.Of(new Step.Text("stale "), new Step.WaitFor(late.Task), new Step.Calls([new ScriptedCall("workspace_create", """{"title":"stale"}""")])));
        model.Handler = request => request.Results.Count == 0 ? Reply.Call("workspace_create", new { title = "fresh" }) : Reply.Text("Made.");
        await using var nodes = await HubNodes.MakeAsync(Model(model));
        var web = await nodes.StartAsync("web");
        var sleeper = await nodes.StartAsync("worker");
        using var person = await HubClient.SignInAsync(web);
        var conversation = (await person.PostAsync("/api/v1/conversations", new JsonObject())).Field("id")!;
        var run = await SayAsync(person, conversation, "make one");
        Assert.True(await Soon.HoldsAsync(() => Task.FromResult(model.Requests.Count == 1), _long));

        await sleeper.PauseAsync();
        var other = await nodes.StartAsync("worker");
        Assert.True(await Soon.HoldsAsync(async () => await StatusAsync(person, conversation, run) == "completed", _long), other.Tail());
        var before = await FactsAsync(person, conversation);
        late.SetResult();
        await sleeper.ResumeAsync();

        // It is awake and works when it does what comes next; by then the stale answer was tried.
        await other.StopAsync();
        var next = await SayAsync(person, conversation, "and one more");
        Assert.True(await Soon.HoldsAsync(async () => await StatusAsync(person, conversation, next) == "completed", _long), sleeper.Tail());
        var (events, titles) = await FactsAsync(person, conversation);
        Assert.Equal(before.Events, events.Take(before.Events.Count));
        Assert.Equal(["fresh", "fresh"], titles);
        Assert.Equal(2, events.Count(e => e.StartsWith("run_finished", StringComparison.Ordinal)));
        Assert.DoesNotContain(events, e => e.Contains("stale", StringComparison.Ordinal));
        await RecordHoldsAsync(person);
    }

    [Fact]
    public async Task A_batch_whose_node_stands_still_half_way_is_finished_once_by_the_other()
    {
        const int steps = 50;
        await using var nodes = await HubNodes.MakeAsync(("Limits:Workspaces", "1000"));
        var (one, two) = (await nodes.StartAsync(), await nodes.StartAsync());
        using var person = await HubClient.SignInAsync(one);
        using var elsewhere = await HubClient.ResumeAsync(two, person.Cookies);
        var list = new JsonArray([.. Enumerable.Range(0, steps).Select(i => (JsonNode)new JsonObject { ["tool"] = "workspace.create", ["arguments"] = new JsonObject { ["title"] = $"batch {i:00}" } })]);
        // An admin setting in it makes the whole batch ask, so that it is carried out by who approved.
        list[^1] = new JsonObject { ["tool"] = "config.set", ["arguments"] = new JsonObject { ["key"] = "Workspaces:TrashDays", ["value"] = "21" } };
        var asked = await person.CallAsync("plan.batch", new JsonObject { ["steps"] = list });
        Assert.True(asked.Status == 202, asked.Text);
        var opened = await person.GetAsync($"/api/v1/approvals/{asked.Field("approval_id")}");
        Task<HubAnswer> ApproveAsync() => person.PostAsync($"/api/v1/approvals/{asked.Field("approval_id")}/approve", new JsonObject { ["confirm_token"] = opened.Field("confirm_token") });
        var approving = ApproveAsync();
        Assert.True(await Soon.HoldsAsync(async () => await CountAsync(nodes, "select count(*) from batch_steps where status = 'completed'") > 3, _long));

        await one.PauseAsync();
        Assert.True(await Soon.HoldsAsync(async () => await CountAsync(nodes, "select count(*) from batch_steps where status = 'pending'") == 0, _long), two.Tail());
        await one.ResumeAsync();
        // It may have been stopped inside of a step, whose connection the server gave up: then it says so, and asking again tells what became of it.
        var answer = await approving;
        if (answer.Status == 503) answer = await ApproveAsync();
        var outcome = answer.Status == 409 ? answer.Json["outcome"]! : answer.Json;
        Assert.Equal("completed", outcome["status"]!.GetValue<string>());
        Assert.Equal(steps, await CountAsync(nodes, "select count(*) from batch_steps where status = 'completed'"));
        Assert.Equal(steps - 1, await CountAsync(nodes, "select count(*) from workspaces"));
        Assert.Equal(steps - 1, await CountAsync(nodes, "select count(*) from audit where event = 'tool.applied' and tool = 'workspace.create' and body like '%\"arguments\"%'"));
        Assert.Equal(1, await CountAsync(nodes, "select count(*) from audit where event = 'tool.applied' and tool = 'plan.batch'"));
        await RecordHoldsAsync(elsewhere);
    }

    [Fact]
    public async Task A_setting_that_was_changed_through_one_node_is_in_force_on_the_other()
    {
        await using var nodes = await HubNodes.MakeAsync();
        var (one, two) = (await nodes.StartAsync(), await nodes.StartAsync());
        using var person = await HubClient.SignInAsync(one);
        using var elsewhere = await HubClient.ResumeAsync(two, person.Cookies);
        var made = await person.CallAsync("workspace.create", new JsonObject { ["title"] = "river" });
        var asked = await person.CallAsync("config.set", new JsonObject { ["key"] = "Workspaces:TrashDays", ["value"] = "7" });
        var opened = await elsewhere.GetAsync($"/api/v1/approvals/{asked.Field("approval_id")}");
        var decided = await elsewhere.PostAsync($"/api/v1/approvals/{asked.Field("approval_id")}/approve", new JsonObject { ["confirm_token"] = opened.Field("confirm_token") });
        Assert.Equal("completed", decided.Field("status"));
        foreach (var client in (HubClient[])[person, elsewhere])
            Assert.True(await Soon.HoldsAsync(async () => await TrashDaysAsync(client, Bed.CreatedId(made)) is > 6.9 and < 7.1, _long));
    }

    // As a plan reckons with it on this node.
    private static async Task<double> TrashDaysAsync(HubClient client, string workspace)
    {
        var plan = (await client.CallAsync("workspace.delete", new JsonObject { ["workspace_id"] = workspace }, dryRun: true)).Json["plan"]!;
        var purge = plan["effects"]!.AsArray().Single(e => e!["field"]!.GetValue<string>() == "purge_at")!["after"]!.GetValue<string>();
        return (DateTimeOffset.Parse(purge, CultureInfo.InvariantCulture) - DateTimeOffset.Parse(plan["created_at"]!.GetValue<string>(), CultureInfo.InvariantCulture)).TotalDays;
    }

    private static (string, string)[] Model(ScriptedModelServer model) =>
        [("Model:Provider", "openai"), ("Model:Endpoint", model.Url), ("Model:Name", "scripted"), ("OPENAI_API_KEY", "none")];

    // Until the hub is gone under it.
    private static async Task RecordUntilGoneAsync(HubClient client, int calls)
    {
        try
        {
            for (var i = 0; i < calls; i++) await client.CallAsync("workspace.create", new JsonObject { ["title"] = $"row {Guid.CreateVersion7():N}" });
        }
        catch (HttpRequestException)
        {
            // Killed.
        }
    }

    private static async Task<string> SayAsync(HubClient person, string conversation, string text)
    {
        var sent = await person.PostAsync($"/api/v1/conversations/{conversation}/messages", new JsonObject { ["text"] = text, ["request_id"] = $"say-{Guid.CreateVersion7():N}" });
        Assert.True(sent.Status == 202, sent.Text);
        return sent.Field("run_id")!;
    }

    private static async Task<string?> StatusAsync(HubClient person, string conversation, string run) =>
        (await person.GetAsync($"/api/v1/conversations/{conversation}")).Json["runs"]!.AsArray().Single(r => r!["id"]!.GetValue<string>() == run)!["status"]!.GetValue<string>();

    private static async Task<(List<string> Events, List<string> Titles)> FactsAsync(HubClient person, string conversation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/conversations/{conversation}/events?after=0");
        request.Headers.Accept.ParseAdd("application/json");
        using var answer = await person.Http.SendAsync(request);
        var items = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["items"]!.AsArray();
        var workspaces = (await person.CallAsync("workspace.list", [])).Json["result"]!["items"]!.AsArray();
        return ([.. items.Select(i => $"{i!["type"]} {i.ToJsonString()}")], [.. workspaces.Select(w => w!["title"]!.GetValue<string>())]);
    }

    private static async Task RecordHoldsAsync(HubClient person)
    {
        var verdict = (await person.GetAsync("/api/v1/audit/verify")).Json;
        Assert.True(verdict["ok"]!.GetValue<bool>(), verdict.ToJsonString());
    }

    private static Task<long> LastRowAsync(HubNodes nodes) => CountAsync(nodes, "select max(seq) from audit");

    private static async Task<long> CountAsync(HubNodes nodes, string sql)
    {
        await using var connection = new NpgsqlConnection(nodes.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return Convert.ToInt64(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
    }

    private static string Chain(HubProcess node)
    {
        var file = Path.Combine(node.DataDirectory, "checkpoints", "checkpoints.jsonl");
        return File.Exists(file) ? File.ReadAllText(file) : "";
    }

    private static long SignedUpTo(HubProcess node) => Chain(node).TrimEnd('\n').Split('\n') is [.., { Length: > 0 } line] ? JsonNode.Parse(line)!["last_seq"]!.GetValue<long>() : 0;
}
