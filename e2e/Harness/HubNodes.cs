using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace ControlChat.Harness;

/// <summary>A hub of several processes: a PostgreSQL server, a Redis and a folder of workspaces of its own, and as many nodes as are started.</summary>
public sealed class HubNodes : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("controlchat-nodes-");
    private readonly ConcurrentBag<HubProcess> _nodes = [];
    private readonly Dictionary<string, string> _settings = [];

    private HubNodes(PostgresServer postgres) => Postgres = postgres;

    public PostgresServer Postgres { get; }

    public RedisServer Redis { get; } = new();

    /// <summary>Of the one database, for who looks at its rows.</summary>
    public string ConnectionString => _settings["Hub:ConnectionString"];

    /// <param name="settings">For every node, by their names in the contract.</param>
    public static async Task<HubNodes> MakeAsync(params (string Key, string Value)[] settings)
    {
        var nodes = new HubNodes(await PostgresServer.StartAsync());
        try
        {
            await nodes.Redis.ReadyAsync();
            nodes._settings["Hub:Store"] = "postgres";
            nodes._settings["Hub:ConnectionString"] = await nodes.Postgres.CreateDatabaseAsync();
            nodes._settings["Hub:KeyEncryptionKey"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
            nodes._settings["Bus:Redis:Endpoint"] = nodes.Redis.Place.Endpoint;
            nodes._settings["Bus:Redis:Password"] = nodes.Redis.Place.Password!;
            nodes._settings["Bus:Redis:Database"] = "2";
            nodes._settings["Workspaces:Root"] = Path.Combine(nodes._folder.FullName, "workspaces");
            nodes._settings["Model:Provider"] = "offline";
            nodes._settings["Limits:RequestsPerMinute"] = "100000";
            // Links sign in at any time, so that a test is quickly in; where it is about accounts it says otherwise.
            nodes._settings["SignIn:Link"] = "true";
            foreach (var (key, value) in settings) nodes._settings[key] = value;
            return nodes;
        }
        catch
        {
            await nodes.DisposeAsync();
            throw;
        }
    }

    /// <param name="mode"><c>all</c>, <c>web</c> or <c>worker</c>.</param>
    /// <param name="printsLink">Whether the start waits for a sign-in link.</param>
    public async Task<HubProcess> StartAsync(string mode = "all", bool printsLink = true)
    {
        var node = await HubProcess.StartNodeAsync(_settings, mode, printsLink);
        _nodes.Add(node);
        return node;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes) await node.DisposeAsync();
        await Redis.DisposeAsync();
        await Postgres.DisposeAsync();
        if (_folder.Exists) _folder.Delete(recursive: true);
    }
}
