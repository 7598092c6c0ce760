using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using ControlChat.Harness;

namespace ControlChat.Faults;

/// <summary>What a person has under way on all nodes when the database goes away: approvals, a batch, plain writes and runs.</summary>
internal sealed class DatabaseWork
{
    private const int Creations = 4;
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(60);
    private readonly Bed _bed;
    private readonly int _trial;
    private readonly List<(string Conversation, string Title)> _talks = [];
    private readonly ConcurrentQueue<PostedRun> _runs = new();
    private readonly ConcurrentQueue<string> _titles = new();
    private Opened _batch = null!;

    private DatabaseWork(Bed bed, int trial) => (_bed, _trial) = (bed, trial);

    public List<(string Workspace, Opened Approval)> Singles { get; } = [];

    public List<string> Stepped { get; } = [];

    public string Unconfirmed { get; private set; } = "";

    public IReadOnlyCollection<PostedRun> Runs => _runs;

    /// <summary>Of the workspaces that were asked for.</summary>
    public IReadOnlyCollection<string> Titles => _titles;

    public static async Task<DatabaseWork> PrepareAsync(Bed bed, int trial, int actions)
    {
        var work = new DatabaseWork(bed, trial);
        for (var i = 0; i < actions; i++)
        {
            var workspace = await bed.CreateWorkspaceAsync($"t{trial} a{i}");
            work.Singles.Add((workspace, await bed.AskAsync("workspace.archive", Of(workspace))));
            work.Stepped.Add(await bed.CreateWorkspaceAsync($"t{trial} b{i}"));
            work._talks.Add((await SlowAnswers.ConversationAsync(bed.Person), $"t{trial} talked {i}"));
        }
        work._batch = await bed.AskAsync("plan.batch", new JsonObject
        {
            ["steps"] = new JsonArray([.. work.Stepped.Select(w => (JsonNode)new JsonObject { ["tool"] = "workspace.archive", ["arguments"] = Of(w) })]),
        });
        work.Unconfirmed = await bed.CreateWorkspaceAsync($"t{trial} c");
        await bed.AskAsync("workspace.archive", Of(work.Unconfirmed));
        return work;
    }

    /// <summary>Everything, over all nodes, each at a moment of its own within <paramref name="spread"/>.</summary>
    public IReadOnlyList<Task> Begin(FaultRun run, string trouble, TimeSpan spread)
    {
        List<Func<Task>> calls =
        [
            .. Singles.Select((s, i) => new Func<Task>(() => ApproveAsync(run, trouble, On(i), s.Approval))),
            () => ApproveAsync(run, trouble, On(1), _batch),
            .. _talks.Select((t, i) => new Func<Task>(() => TalkAsync(run, trouble, On(i), t.Conversation, t.Title))),
            .. Enumerable.Range(0, Creations).Select(i => new Func<Task>(() => CreateAsync(run, trouble, On(i), $"t{_trial} made {i}"))),
        ];
        return [.. calls.Select(call => AfterAsync(spread * run.Dice.NextDouble(), call))];
    }

    private static async Task AfterAsync(TimeSpan pause, Func<Task> call)
    {
        await Task.Delay(pause, TimeProvider.System);
        await call();
    }

    private static JsonObject Of(string workspace) => new() { ["workspace_id"] = workspace };

    private HubClient On(int call) => _bed.Clients[call % _bed.Clients.Count];

    private static async Task ApproveAsync(FaultRun run, string trouble, HubClient client, Opened approval)
    {
        var answer = await InsistAsync(run, trouble, () => Bed.ApproveAsync(client, approval));
        run.Expect(answer.Status == 200 || (answer.Status == 409 && answer.Field("code") == "already_decided"), $"{trouble}: an approval answered {answer.Status}: {answer.Text}");
    }

    private async Task CreateAsync(FaultRun run, string trouble, HubClient client, string title)
    {
        var requestId = $"create-{Guid.CreateVersion7():N}";
        _titles.Enqueue(title);
        var answer = await InsistAsync(run, trouble, () => client.CallAsync("workspace.create", new JsonObject { ["title"] = title }, requestId));
        run.Expect(answer.Status == 200, $"{trouble}: a write answered {answer.Status}: {answer.Text}");
    }

    private async Task TalkAsync(FaultRun run, string trouble, HubClient client, string conversation, string title)
    {
        var message = new JsonObject { ["text"] = $"/create {title}", ["request_id"] = $"msg-{Guid.CreateVersion7():N}" };
        var answer = await InsistAsync(run, trouble, () => client.PostAsync($"/api/v1/conversations/{conversation}/messages", message.DeepClone()));
        if (run.Expect(answer.Status == 202, $"{trouble}: a message answered {answer.Status}: {answer.Text}")) _runs.Enqueue(new PostedRun(conversation, answer.Field("run_id")!, title));
    }

    /// <summary>The last answer to the same request, sent again as long as it says so.</summary>
    private static async Task<HubAnswer> InsistAsync(FaultRun run, string trouble, Func<Task<HubAnswer>> call)
    {
        HubAnswer? answer = null;
        var settled = await Soon.HoldsAsync(async () =>
        {
            answer = await call();
            var again = (answer.Status == 503 && answer.Field("code") == "unavailable") || (answer.Status == 409 && answer.Field("code") == "in_progress");
            if (again) run.Count($"{trouble}: told to try again");
            return !again;
        }, _patience);
        run.Expect(settled, $"{trouble}: still {answer!.Status} after {_patience.TotalSeconds:0} s: {answer.Text}");
        return answer!;
    }
}

/// <param name="Title">Of the workspace that the run is to create.</param>
internal sealed record PostedRun(string Conversation, string Id, string Title);
