namespace ControlChat.Harness;

/// <summary>A PostgreSQL server of one's own for hubs of one process each, and room for their data.</summary>
public sealed class PostgresHubs : IAsyncDisposable
{
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("controlchat-hubs-");

    private PostgresHubs(PostgresServer server) => Server = server;

    public PostgresServer Server { get; }

    public static async Task<PostgresHubs> StartAsync() => new(await PostgresServer.StartAsync());

    /// <summary>What a hub on a new, empty database is told.</summary>
    public async Task<Dictionary<string, string>> SettingsAsync() => HubProcess.SettingsOn(await Server.CreateDatabaseAsync(), new Dictionary<string, string>());

    /// <summary>A path; nothing is made there.</summary>
    public string PathOf(string name) => Path.Combine(_home.FullName, name);

    /// <summary>A folder for one hub.</summary>
    public string Folder(string name) => _home.CreateSubdirectory(name).FullName;

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        _home.Delete(recursive: true);
    }
}
