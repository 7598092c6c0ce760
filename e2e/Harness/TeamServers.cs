namespace ControlChat.Harness;

/// <summary>What the nodes of one team's hub share: PostgreSQL and Redis of their own, and the folder of the workspaces.</summary>
public sealed class TeamServers : IAsyncDisposable
{
    // Enough for the pools of two nodes, and few enough to be used up.
    private const int Connections = 100;
    private readonly DirectoryInfo _workspaces = Directory.CreateTempSubdirectory("controlchat-team-");

    private TeamServers(PostgresServer postgres, string connectionString)
    {
        (Postgres, ConnectionString) = (postgres, connectionString);
        Settings = new Dictionary<string, string>(PostgresServer.HubSettings(connectionString)) { ["Workspaces:Root"] = _workspaces.FullName };
    }

    public PostgresServer Postgres { get; }

    public RedisServer Redis { get; } = new();

    public string ConnectionString { get; }

    public string WorkspacesRoot => _workspaces.FullName;

    /// <summary>What every node is told.</summary>
    public Dictionary<string, string> Settings { get; }

    public static async Task<TeamServers> StartAsync()
    {
        var postgres = await PostgresServer.StartAsync(Connections);
        var team = new TeamServers(postgres, await postgres.CreateDatabaseAsync());
        try
        {
            await team.Redis.ReadyAsync();
            team.Settings["Bus:Kind"] = "redis";
            team.Settings["Bus:Redis:Endpoint"] = team.Redis.Place.Endpoint;
            team.Settings["Bus:Redis:Password"] = team.Redis.Place.Password!;
            return team;
        }
        catch
        {
            await team.DisposeAsync();
            throw;
        }
    }

    /// <summary>One more node, with data of its own.</summary>
    public Task<HubProcess> StartNodeAsync(IReadOnlyDictionary<string, string> settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var all = new Dictionary<string, string>(Settings);
        foreach (var (key, value) in settings) all[key] = value;
        return HubProcess.StartAsync(all);
    }

    public async ValueTask DisposeAsync()
    {
        await Redis.DisposeAsync();
        await Postgres.DisposeAsync();
        _workspaces.Delete(recursive: true);
    }
}
