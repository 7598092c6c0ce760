using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace ControlChat.Harness;

/// <summary>The real product as a process of its own, on a free port and a data directory of its own,
/// with an environment built from nothing. It can be killed without warning and started again on the same data.</summary>
public sealed partial class HubProcess : IAsyncDisposable
{
    /// <summary>Set to <c>postgres</c>, every hub of its own is started on a PostgreSQL server of its own instead of SQLite.</summary>
    public const string StoreVariable = "CONTROLCHAT_TEST_STORE";

    private static readonly TimeSpan _startLimit = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan _commandLimit = TimeSpan.FromSeconds(90);

    private readonly string _folder;
    private readonly bool _ownsFolder;
    private readonly string _application;
    private readonly IReadOnlyDictionary<string, string> _settings;
    private readonly PostgresServer? _postgres;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly ConcurrentQueue<string> _errors = new();
    private Process? _process;
    private TaskCompletionSource<Uri> _link = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Uri? _url;

    private HubProcess(IReadOnlyDictionary<string, string> settings, string? folder, string? application, PostgresServer? postgres)
    {
        _settings = settings;
        _postgres = postgres;
        _application = application ?? AppContext.BaseDirectory;
        _ownsFolder = folder is null;
        _folder = folder ?? Directory.CreateTempSubdirectory("controlchat-hub-").FullName;
    }

    /// <summary>The address it listens on, without a slash at the end.</summary>
    public string Url => (_url ?? throw new InvalidOperationException("The hub was never started.")).GetLeftPart(UriPartial.Authority);

    /// <summary>The sign-in link it printed at the latest start; good once.</summary>
    public Uri Link { get; private set; } = null!;

    public string DataDirectory => Path.Combine(_folder, "data");

    public string WorkspacesRoot => _settings.GetValueOrDefault("Workspaces:Root") ?? Path.Combine(_folder, "workspaces");

    /// <summary><c>all</c>, <c>web</c> or <c>worker</c>; counts at the next start. A worker has no address.</summary>
    public string Mode { get; set; } = "all";

    /// <summary>Whether a start waits for a sign-in link; off for a node that has no use for one, such as one of a hub with accounts.</summary>
    public bool PrintsLink { get; set; } = true;

    /// <summary>The server of a hub that was started on one; it stops with the hub.</summary>
    public PostgresServer? Postgres => _postgres;

    /// <summary>Of its PostgreSQL database; null when it has a file.</summary>
    public string? ConnectionString => _settings.GetValueOrDefault("Hub:ConnectionString");

    public string DatabasePath => Directory.EnumerateFiles(DataDirectory, "*.db").First();

    public int ProcessId => _process?.Id ?? 0;

    public bool Running => _process is { HasExited: false };

    public IReadOnlyList<string> Output => [.. _output];

    public IReadOnlyList<string> Errors => [.. _errors];

    /// <summary>Starts a hub with the given settings (<c>Hub:Kind</c> = <c>lite</c> and the like) and waits for its sign-in link.</summary>
    /// <param name="settings">By their names in the contract; everything else has its default.</param>
    /// <param name="folder">Where its data goes; a temporary folder of its own when null.</param>
    /// <param name="application">The folder of a published app; the one built beside this program when null.</param>
    public static async Task<HubProcess> StartAsync(IReadOnlyDictionary<string, string>? settings = null, string? folder = null, string? application = null)
    {
        var chosen = settings ?? new Dictionary<string, string>();
        // A hub of its own that says nothing of a store has the one this program was started for.
        var postgres = folder is null && !chosen.ContainsKey("Hub:Store") && Environment.GetEnvironmentVariable(StoreVariable) == "postgres" ? await PostgresServer.StartAsync() : null;
        return await StartAsync(new HubProcess(postgres is null ? chosen : SettingsOn(await postgres.CreateDatabaseAsync(), chosen), folder, application, postgres));
    }

    /// <summary>Starts one process of a hub whose database and bus are told in the settings; its own data goes to a temporary folder.</summary>
    public static Task<HubProcess> StartNodeAsync(IReadOnlyDictionary<string, string> settings, string mode = "all", bool printsLink = true) =>
        StartAsync(new HubProcess(settings, null, null, null) { Mode = mode, PrintsLink = printsLink && mode != "worker" });

    private static async Task<HubProcess> StartAsync(HubProcess hub)
    {
        try
        {
            await hub.StartAgainAsync();
            return hub;
        }
        catch
        {
            await hub.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs a subcommand where no hub has been yet.</summary>
    public static async Task<(int Code, string Output, string Errors)> RunAsync(IReadOnlyDictionary<string, string> settings, string folder, params string[] arguments)
    {
        await using var place = new HubProcess(settings, folder, null, null);
        return await place.RunAsync(arguments);
    }

    /// <summary>The settings of a hub on a PostgreSQL database, with the bus of one process.</summary>
    public static Dictionary<string, string> SettingsOn(string connectionString, IReadOnlyDictionary<string, string> settings)
    {
        var all = new Dictionary<string, string>(settings) { ["Bus:Kind"] = "local" };
        foreach (var (key, value) in PostgresServer.HubSettings(connectionString)) all[key] = value;
        return all;
    }

    /// <summary>Starts it again on the same data, on the same port when it had one.</summary>
    public async Task StartAgainAsync()
    {
        _link = new TaskCompletionSource<Uri>(TaskCreationOptions.RunContinuationsAsynchronously);
        _started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _process = Launch(["--mode", Mode, "--urls", $"http://127.0.0.1:{_url?.Port ?? 0}"]);
        _process.OutputDataReceived += (_, line) => Heard(line.Data, _output);
        _process.ErrorDataReceived += (_, line) => Heard(line.Data, _errors);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        var exit = _process.WaitForExitAsync();
        Task awaited = PrintsLink ? _link.Task : _started.Task;
        var first = await Task.WhenAny(awaited, exit, Task.Delay(_startLimit, TimeProvider.System));
        if (first != awaited) throw new InvalidOperationException($"The hub {(first == exit ? $"ended with code {_process.ExitCode}" : "was not there in time")}.\n{Tail()}");
        if (PrintsLink) Link = await _link.Task;
        // A link may name what stands in front of the hub; this is where it listens itself.
        if (Mode != "worker") _url = await AddressAsync();
    }

    /// <summary>Runs a subcommand (<c>token create …</c>) beside the running hub and answers its exit code and output.</summary>
    public async Task<(int Code, string Output, string Errors)> RunAsync(params string[] arguments)
    {
        using var process = Launch(arguments);
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync().WaitAsync(_commandLimit);
        }
        catch (TimeoutException)
        {
            process.Kill();
            throw new TimeoutException($"'{string.Join(' ', arguments)}' did not end within {_commandLimit.TotalSeconds:0} s.");
        }
        return (process.ExitCode, await output, await errors);
    }

    /// <summary>kill -9: no handler runs, nothing is flushed.</summary>
    public async Task KillAsync()
    {
        if (_process is not { } process) return;
        if (!process.HasExited) process.Kill();
        await process.WaitForExitAsync();
    }

    /// <summary>It stands still, as a machine that was put to sleep: nothing runs, connections stay.</summary>
    public Task PauseAsync() => SignalAsync("STOP");

    public Task ResumeAsync() => SignalAsync("CONT");

    /// <summary>A polite stop, as a service manager does it. Returns the exit code.</summary>
    public async Task<int> StopAsync()
    {
        await SignalAsync("TERM");
        await _process!.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(40));
        return _process.ExitCode;
    }

    /// <summary>Waits until it has ended by itself. Returns the exit code.</summary>
    public async Task<int> EndedAsync()
    {
        await _process!.WaitForExitAsync().WaitAsync(_startLimit);
        return _process.ExitCode;
    }

    /// <summary>Lines of the hub's log at level error and above: what broke, whether or not anybody saw it.</summary>
    public IReadOnlyList<string> Broken() => [.. _errors.Where(line => line.Contains("\"level\":\"error\"", StringComparison.Ordinal) || line.Contains("\"level\":\"critical\"", StringComparison.Ordinal))];

    public string Tail() => string.Join('\n', _output.TakeLast(15).Concat(_errors.TakeLast(25)));

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process?.Dispose();
        if (_postgres is not null) await _postgres.DisposeAsync();
        if (_ownsFolder && Directory.Exists(_folder)) Directory.Delete(_folder, recursive: true);
    }

    private void Heard(string? line, ConcurrentQueue<string> into)
    {
        if (line is null) return;
        into.Enqueue(line);
        if (into == _output && SignInLink().Match(line) is { Success: true } link) _link.TrySetResult(new Uri(link.Value));
        if (into == _errors && line.Contains("Application started", StringComparison.Ordinal)) _started.TrySetResult();
    }

    // The hub writes it down when it serves there.
    private async Task<Uri> AddressAsync()
    {
        using var limit = new CancellationTokenSource(_startLimit, TimeProvider.System);
        var file = Path.Combine(DataDirectory, "run.json");
        while (true)
        {
            if (File.Exists(file) && JsonNode.Parse(await File.ReadAllTextAsync(file, limit.Token)) is { } run && run["pid"]!.GetValue<int>() == ProcessId) return new Uri(run["url"]!.GetValue<string>());
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, limit.Token);
        }
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    private Process Launch(IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(Dotnet, [Path.Combine(_application, "ControlChat.App.dll"), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = _folder,
        };
        start.Environment.Clear();
        start.Environment["PATH"] = Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin";
        start.Environment["HOME"] = _folder;
        start.Environment["LANG"] = "C.UTF-8";
        start.Environment["Hub__DataDirectory"] = DataDirectory;
        start.Environment["Workspaces__Root"] = WorkspacesRoot;
        if (Environment.GetEnvironmentVariable("DOTNET_ROOT") is { } root) start.Environment["DOTNET_ROOT"] = root;
        foreach (var (key, value) in _settings) start.Environment[key.Replace(":", "__", StringComparison.Ordinal)] = value;
        return Process.Start(start)!;
    }

    /// <summary>The host that runs this program, when it is <c>dotnet</c>; else the one on the path.</summary>
    private static string Dotnet => Environment.ProcessPath is { } own && Path.GetFileNameWithoutExtension(own) == "dotnet" ? own : "dotnet";

    [GeneratedRegex(@"https?://\S+/login\?t=[A-Za-z0-9_-]+")]
    private static partial Regex SignInLink();
}
