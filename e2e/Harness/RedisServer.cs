using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using ControlChat.Core.Bus;

namespace ControlChat.Harness;

/// <summary>
/// A real redis-server of one's own, on a free port in a folder of its own: started when it is first asked for, ended with the program
/// that asked. It keeps its data over a kill, unless somebody takes it away.
/// </summary>
public sealed class RedisServer : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("controlchat-redis-").FullName;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly string _password = Guid.NewGuid().ToString("n");
    private readonly (string Certificate, string Key)? _tls;
    private int _port;
    private Process? _keeper;
    private string _pid = "";

    public RedisServer()
    {
    }

    private RedisServer(string certificate, string key) => _tls = (certificate, key);

    /// <summary>One that speaks TLS only.</summary>
    /// <param name="certificate">The path of a PEM file.</param>
    /// <param name="key">The same.</param>
    public static RedisServer OverTls(string certificate, string key) => new(certificate, key);

    public RedisPlace Place => new($"127.0.0.1:{_port}", _tls is not null, _password, false, 2);

    /// <summary>Running, answering and empty.</summary>
    public async Task ReadyAsync()
    {
        await _gate.WaitAsync();
        try
        {
            if (_port == 0) _port = FreePort();
            if (_keeper is null) await StartAsync();
        }
        finally
        {
            _gate.Release();
        }
        await FlushAsync();
    }

    public Task FlushAsync() => AskAsync("FLUSHALL");

    /// <summary>Without a goodbye, as a power cut.</summary>
    public Task KillAsync() => EndAsync("KILL");

    /// <summary>A polite stop, as a service manager does it: what it has is on the disk.</summary>
    public Task StopAsync() => EndAsync("TERM");

    public async Task StartAsync()
    {
        // The shell holds the server: when this program ends, however it ends, its input closes and it takes the server along.
        const string Keeper = """
            folder=$1; shift
            redis-server "$@" --bind 127.0.0.1 --dir "$folder" --databases 64 --save '' --appendonly yes --appendfsync everysec --maxmemory-policy noeviction >"$folder/log" 2>&1 </dev/null &
            server=$!; echo $server
            { read -r _; kill -9 $server; } <&3 & guard=$!
            wait $server; kill $guard
            """;
        var start = new ProcessStartInfo("sh")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            ArgumentList = { "-c", "exec 3<&0 2>/dev/null; " + Keeper, "keeper", _folder, "--requirepass", _password },
        };
        var port = _port.ToString(CultureInfo.InvariantCulture);
        string[] listens = _tls is { } tls ? ["--port", "0", "--tls-port", port, "--tls-cert-file", tls.Certificate, "--tls-key-file", tls.Key, "--tls-auth-clients", "no"] : ["--port", port];
        foreach (var word in listens) start.ArgumentList.Add(word);
        _keeper = Process.Start(start) ?? throw new InvalidOperationException("redis-server was not started.");
        _pid = await _keeper.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("redis-server was not started.");
        if (!await Soon.HoldsAsync(ServesAsync, TimeSpan.FromSeconds(20))) throw new InvalidOperationException($"redis-server does not answer: {await File.ReadAllTextAsync(Path.Combine(_folder, "log"))}");
    }

    /// <summary>Stands still: connections stay, nothing answers.</summary>
    public Task PauseAsync() => SignalAsync("STOP");

    public Task ResumeAsync() => SignalAsync("CONT");

    /// <summary>Starts without what it had.</summary>
    public async Task StartEmptyAsync()
    {
        Directory.Delete(Path.Combine(_folder, "appendonlydir"), recursive: true);
        await StartAsync();
    }

    /// <summary>Asks as redis-cli does and gives the answer's lines.</summary>
    public async Task<string> AskAsync(params string[] words)
    {
        var (code, output) = await ClientAsync(["-n", "2", .. words]);
        return code == 0 ? output : throw new InvalidOperationException($"redis-cli ended with {code}: {output}");
    }

    public async ValueTask DisposeAsync()
    {
        if (_keeper is not null) await KillAsync();
        _gate.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task EndAsync(string signal)
    {
        await SignalAsync(signal);
        // The keeper waits for its server and ends with it.
        await _keeper!.WaitForExitAsync();
        _keeper.Dispose();
        _keeper = null;
    }

    private async Task<bool> ServesAsync() => (await ClientAsync(["PING"])).Output.Trim() == "PONG";

    // Who looks after a server of one's own need not check its certificate.
    private Task<(int Code, string Output)> ClientAsync(IEnumerable<string> words) =>
        RunAsync("redis-cli", ["-p", _port.ToString(CultureInfo.InvariantCulture), "-a", _password, "--no-auth-warning", .. (string[])(_tls is null ? [] : ["--tls", "--insecure"]), .. words]);

    private async Task SignalAsync(string signal) => await RunAsync("sh", ["-c", $"kill -{signal} {_pid}"]);

    private static async Task<(int Code, string Output)> RunAsync(string program, IEnumerable<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await error);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
