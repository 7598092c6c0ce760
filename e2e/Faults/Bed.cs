using System.Text.Json.Nodes;
using ControlChat.Harness;
using Npgsql;

namespace ControlChat.Faults;

/// <summary>
/// A hub of its own with a signed-in person, limits out of the way, and the few calls every fault needs. A team's hub has two nodes, and
/// the person's one browser session on both.
/// </summary>
public sealed class Bed : IAsyncDisposable
{
    private const int TeamNodes = 2;
    private readonly List<HubProcess> _nodes = [];
    private readonly List<HubClient> _clients = [];

    private Bed(TeamServers? team) => Team = team;

    /// <summary>What its nodes stand on; null for a hub of one process.</summary>
    public TeamServers? Team { get; }

    public IReadOnlyList<HubProcess> Nodes => _nodes;

    /// <summary>The person, on each node.</summary>
    public IReadOnlyList<HubClient> Clients => _clients;

    public HubProcess Hub => _nodes[0];

    public HubClient Person => _clients[0];

    public StoredRecord Record => Hub.ConnectionString is { } at ? new StoredRecord(() => Connect(at)) : RecordFile.Of(Hub.DatabasePath);

    /// <summary>On the run's store: a process with a SQLite file, or two nodes with PostgreSQL and Redis.</summary>
    public static async Task<Bed> MakeAsync(FaultRun run, params (string Key, string Value)[] settings)
    {
        ArgumentNullException.ThrowIfNull(run);
        if (run.Store == FaultRun.Sqlite) return await MakeAsync([.. settings, ("Hub:Store", FaultRun.Sqlite)]);
        var bed = new Bed(await TeamServers.StartAsync());
        return await bed.StartAsync(TeamNodes, all => bed.Team!.StartNodeAsync(all), settings);
    }

    public static Task<Bed> MakeAsync(params (string Key, string Value)[] settings) => MakeAsync((string?)null, settings);

    /// <param name="folder">Where the hub's data goes; a temporary folder of its own when null.</param>
    public static Task<Bed> MakeAsync(string? folder, params (string Key, string Value)[] settings) =>
        new Bed(null).StartAsync(1, all => HubProcess.StartAsync(all, folder), settings);

    /// <summary>Starts the killed hub again; the browser session survives in the database.</summary>
    public async Task ReviveAsync(int node = 0)
    {
        await _nodes[node].StartAgainAsync();
        var cookies = _clients[node].Cookies;
        _clients[node].Dispose();
        _clients[node] = await HubClient.ResumeAsync(_nodes[node], cookies);
    }

    /// <summary>A person's second browser: a session of its own.</summary>
    public async Task<HubClient> SecondBrowserAsync()
    {
        var me = (await Person.GetAsync("/api/v1/me")).Json["account"]!["id"]!.GetValue<string>();
        var (code, output, errors) = await Hub.RunAsync("login-link", "--account", me);
        if (code != 0) throw new InvalidOperationException($"login-link ended with {code}: {errors}");
        return await HubClient.SignInAsync(Hub, new Uri(output.Trim()));
    }

    public async Task<string> CreateWorkspaceAsync(string title)
    {
        var answer = await Person.CallAsync("workspace.create", new JsonObject { ["title"] = title });
        if (answer.Status != 200) throw new InvalidOperationException($"workspace.create answered {answer.Status}: {answer.Text}");
        return CreatedId(answer);
    }

    /// <summary>The id of what a plan creates, from its only effect.</summary>
    public static string CreatedId(HubAnswer answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        return answer.Json["plan"]!["effects"]![0]!["resource"]!.GetValue<string>()["workspace/".Length..];
    }

    /// <summary>Asks for something that needs a person, and opens its approval: its id and a fresh confirm token.</summary>
    public async Task<Opened> AskAsync(string tool, JsonObject arguments)
    {
        var asked = await Person.CallAsync(tool, arguments);
        if (asked.Status != 202) throw new InvalidOperationException($"{tool} answered {asked.Status}: {asked.Text}");
        return await OpenAsync(asked.Field("approval_id")!);
    }

    public async Task<Opened> OpenAsync(string approvalId) =>
        new(approvalId, (await Person.GetAsync($"/api/v1/approvals/{approvalId}")).Field("confirm_token") ?? throw new InvalidOperationException($"{approvalId} gave no confirm token."));

    public Task<HubAnswer> ApproveAsync(Opened approval) => ApproveAsync(Person, approval);

    public static Task<HubAnswer> ApproveAsync(HubClient person, Opened approval)
    {
        ArgumentNullException.ThrowIfNull(person);
        ArgumentNullException.ThrowIfNull(approval);
        return person.PostAsync($"/api/v1/approvals/{approval.Id}/approve", new JsonObject { ["confirm_token"] = approval.ConfirmToken });
    }

    public async Task<string> StateOfAsync(string workspaceId) =>
        (await Person.CallAsync("workspace.get", new JsonObject { ["workspace_id"] = workspaceId })).Json["result"] is { } result
            ? ((result["workspace"] ?? result)["state"]?.GetValue<string>() ?? "?") : "?";

    /// <summary>How many workspaces have exactly this title.</summary>
    public async Task<int> CountAsync(string title)
    {
        var listed = (await Person.CallAsync("workspace.list", new JsonObject { ["text"] = title })).Json["result"]!["items"]!.AsArray();
        return listed.Count(w => w!["title"]!.GetValue<string>() == title);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients) client.Dispose();
        foreach (var node in _nodes) await node.DisposeAsync();
        if (Team is not null) await Team.DisposeAsync();
    }

    private async Task<Bed> StartAsync(int nodes, Func<Dictionary<string, string>, Task<HubProcess>> start, (string Key, string Value)[] settings)
    {
        var all = new Dictionary<string, string>
        {
            ["Limits:RequestsPerMinute"] = "1000000",
            ["Limits:PendingApprovals"] = "1000",
            ["Limits:Workspaces"] = "1000000",
            ["Model:Provider"] = "offline",
        };
        foreach (var (key, value) in settings) all[key] = value;
        try
        {
            while (_nodes.Count < nodes) _nodes.Add(await start(all));
            _clients.Add(await HubClient.SignInAsync(Hub));
            foreach (var other in _nodes.Skip(1)) _clients.Add(await HubClient.ResumeAsync(other, Person.Cookies));
            return this;
        }
        catch
        {
            await DisposeAsync();
            throw;
        }
    }

    private static NpgsqlConnection Connect(string connectionString)
    {
        var connection = new NpgsqlConnection($"{connectionString};Pooling=false");
        connection.Open();
        return connection;
    }
}

public sealed record Opened(string Id, string ConfirmToken);
