using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Npgsql;

namespace ControlChat.Harness;

/// <summary>
/// A PostgreSQL server of one's own in a temporary folder, on a unix socket, with nothing made durable unless asked: for tests. It refuses to run as
/// root and is then run as the user <c>postgres</c>. What an earlier test program left running when it was killed is stopped first.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private const string FolderName = "controlchat-postgres-";
    private readonly string _folder;
    private readonly int _connections;
    private readonly bool _durable;
    private int _databases;
    private bool _stopped;

    private PostgresServer(string folder, int connections, bool durable)
    {
        (_folder, _connections, _durable) = (folder, connections, durable);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Stop();
    }

    /// <summary>Where it keeps its socket, and where it may write.</summary>
    public string Folder => _folder;

    /// <param name="connections">How many clients it serves at once.</param>
    /// <param name="durable">Each commit reaches the disk, as in production: for measuring.</param>
    public static async Task<PostgresServer> StartAsync(int connections = 300, bool durable = false)
    {
        StopAbandoned();
        // The name says whose it is, so that the next program can tell that its owner is gone.
        var folder = Directory.CreateTempSubdirectory($"{FolderName}{Environment.ProcessId.ToString(CultureInfo.InvariantCulture)}-").FullName;
        File.SetUnixFileMode(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherExecute);
        if (IsRoot) Run("chown", "postgres", folder);
        var server = new PostgresServer(folder, connections, durable);
        try
        {
            RunAsPostgres("initdb", "-D", $"{folder}/data", "-U", "postgres", "-A", "trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8");
            await server.StartAgainAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts it on the same data, as after a stop.</summary>
    public Task StartAgainAsync()
    {
        RunAsPostgres("pg_ctl", "-D", $"{_folder}/data", "-l", $"{_folder}/data/server.log", "-w", "-o",
            $"-c listen_addresses='' -c unix_socket_directories={_folder} -c max_connections={_connections.ToString(CultureInfo.InvariantCulture)} " + (_durable ? "-c shared_buffers=256MB" : "-c fsync=off -c full_page_writes=off -c shared_buffers=64MB"), "start");
        _stopped = false;
        return Task.CompletedTask;
    }

    /// <summary>A new database, empty or a copy of another one that nobody is connected to.</summary>
    /// <returns>Its connection string.</returns>
    public async Task<string> CreateDatabaseAsync(string? template = null)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"hub_{Interlocked.Increment(ref _databases)}");
        await ExecuteAsync(template is null ? $"create database {name}" : $"create database {name} template {new NpgsqlConnectionStringBuilder(template).Database}");
        return ConnectionString(name);
    }

    public async Task DropDatabaseAsync(string connectionString)
    {
        if (!_stopped) await ExecuteAsync($"drop database if exists {new NpgsqlConnectionStringBuilder(connectionString).Database} with (force)");
    }

    /// <summary>What a hub on a database of this server is told; the bus is its own choice.</summary>
    public static IReadOnlyDictionary<string, string> HubSettings(string connectionString) => new Dictionary<string, string>
    {
        ["Hub:Store"] = "postgres",
        ["Hub:ConnectionString"] = connectionString,
        ["Hub:KeyEncryptionKey"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)),
        // Links sign in at any time, as on SQLite: a test opens more than one browser.
        ["SignIn:Link"] = "true",
    };

    /// <summary>Every process of it stands still: connections stay, nothing answers.</summary>
    public void Pause() => Run("kill", ["-STOP", .. Processes()]);

    public void Resume() => Run("kill", ["-CONT", .. Processes()]);

    /// <summary>Stops at once, as a power cut would, or with a word to every client.</summary>
    public void Stop(bool atOnce = true)
    {
        if (_stopped) return;
        _stopped = true;
        RunAsPostgres("pg_ctl", "-D", $"{_folder}/data", "-m", atOnce ? "immediate" : "fast", "-w", "stop");
    }

    public ValueTask DisposeAsync()
    {
        Stop();
        if (Directory.Exists(_folder)) Directory.Delete(_folder, recursive: true);
        return ValueTask.CompletedTask;
    }

    private string ConnectionString(string database) => $"Host={_folder};Username=postgres;Database={database}";

    // The postmaster, and its children: backends and the server's own workers.
    private IReadOnlyList<string> Processes()
    {
        var postmaster = File.ReadLines($"{_folder}/data/postmaster.pid").First();
        return [postmaster, .. File.ReadAllText($"/proc/{postmaster}/task/{postmaster}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries)];
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString("postgres"));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private static bool IsRoot => Environment.UserName == "root";

    private static void StopAbandoned()
    {
        foreach (var folder in Directory.EnumerateDirectories(Path.GetTempPath(), FolderName + "*"))
        {
            var owner = Path.GetFileName(folder)[FolderName.Length..].Split('-')[0];
            if (Directory.Exists($"/proc/{owner}")) continue;
            var running = File.Exists($"{folder}/data/postmaster.pid");
            if (running) TryRun(() => RunAsPostgres("pg_ctl", "-D", $"{folder}/data", "-m", "immediate", "-w", "stop"));
            TryRun(() => Directory.Delete(folder, recursive: true));
        }
    }

    private static void TryRun(Action clean)
    {
        try
        {
            clean();
        }
        catch (Exception e) when (e is InvalidOperationException or IOException or UnauthorizedAccessException)
        {
            // Somebody else's, or gone meanwhile.
        }
    }

    /// <summary>Runs one of its programs as who it runs as, such as <c>pg_dump</c>.</summary>
    public static void RunAsPostgres(string program, params string[] arguments)
    {
        var path = Programs().FirstOrDefault(File.Exists) ?? throw new InvalidOperationException($"There is no {program}; install it: apt-get install postgresql");
        if (IsRoot) Run("runuser", ["-u", "postgres", "--", path, .. arguments]);
        else Run(path, arguments);

        IEnumerable<string> Programs() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(f => Path.Combine(f, program))
            .Concat(Directory.Exists("/usr/lib/postgresql") ? Directory.EnumerateDirectories("/usr/lib/postgresql").OrderDescending(StringComparer.Ordinal).Select(f => Path.Combine(f, "bin", program)) : []);
    }

    // Output goes to a file: a server that keeps a pipe open would never let its reader end.
    private static void Run(string program, params string[] arguments)
    {
        var log = Path.GetTempFileName();
        try
        {
            using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "log=$1; shift; exec \"$@\" >\"$log\" 2>&1 </dev/null", "sh", log, program, .. arguments]) { WorkingDirectory = "/" })!;
            if (!process.WaitForExit(TimeSpan.FromSeconds(120))) throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} did not end.");
            if (process.ExitCode != 0) throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}: {File.ReadAllText(log)}");
        }
        finally
        {
            File.Delete(log);
        }
    }
}
