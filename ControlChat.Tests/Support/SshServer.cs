using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using ControlChat.Core.Sync;
using ControlChat.Tests.Support;
using Xunit;

[assembly: AssemblyFixture(typeof(SshServer))]

namespace ControlChat.Tests.Support;

/// <summary>
/// A real sshd of these tests alone, on a free port, with a host key and a list of one key that may sign in: started when the first test
/// asks, ended with the tests.
/// </summary>
public sealed class SshServer : IAsyncDisposable
{
    // sshd wants this directory when it runs as root, and refuses one that others may write: sshd(8), FILES.
    private const string Privileges = "/run/sshd";
    private readonly TempFolder _folder = new();
    private readonly SemaphoreSlim _gate = new(1, 1);
    private Process? _keeper;
    private string _pid = "";

    public int Port { get; private set; }

    /// <summary>The private key that may sign in.</summary>
    public string Key => _folder["user_key"];

    /// <summary>The host key it proves itself with, as a client pins it.</summary>
    public HostKey HostKey => KeyOf("host_key");

    /// <summary>A host key of somebody else.</summary>
    public HostKey OtherKey => KeyOf("other_key");

    /// <summary>The remote for a directory on this server.</summary>
    public string Remote(string directory) => $"ssh://{Environment.UserName}@127.0.0.1:{Port}{directory}";

    /// <summary>Running, with its own host key.</summary>
    public Task ReadyAsync() => UseAsync("host_key");

    /// <summary>Starts anew with another host key, as a machine that was set up again, or one in between.</summary>
    public Task ChangeHostKeyAsync() => UseAsync("other_key");

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _gate.Dispose();
        _folder.Dispose();
    }

    private async Task UseAsync(string hostKey)
    {
        await _gate.WaitAsync();
        try
        {
            if (Port == 0) await PrepareAsync();
            await StopAsync();
            await StartAsync(hostKey);
        }
        finally
        {
            _gate.Release();
        }
    }

    private async Task PrepareAsync()
    {
        foreach (var name in (string[])["host_key", "other_key", "user_key"]) await RunAsync("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", _folder[name]);
        File.Copy(_folder["user_key.pub"], _folder["authorized_keys"]);
        if (Environment.UserName == "root") Directory.CreateDirectory(Privileges, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task StartAsync(string hostKey)
    {
        var config = string.Create(CultureInfo.InvariantCulture, $"""
            ListenAddress 127.0.0.1:{Port}
            HostKey {_folder[hostKey]}
            AuthorizedKeysFile {_folder["authorized_keys"]}
            PidFile none
            PermitRootLogin prohibit-password
            PasswordAuthentication no
            KbdInteractiveAuthentication no
            StrictModes no
            UsePAM no
            LogLevel VERBOSE
            """);
        await File.WriteAllTextAsync(_folder["config"], config + "\n");
        // The shell holds the server: when these tests end, however they end, its input closes and it takes the server along.
        const string Keeper = """
            "$1" -D -E "$2" -f "$3" </dev/null &
            server=$!; echo $server
            { read -r _; kill -9 $server; } <&3 & guard=$!
            wait $server; kill $guard
            """;
        var start = new ProcessStartInfo("sh")
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            ArgumentList = { "-c", "exec 3<&0 2>/dev/null; " + Keeper, "keeper", Find(), _folder["log"], _folder["config"] },
        };
        _keeper = Process.Start(start) ?? throw new InvalidOperationException("sshd was not started.");
        _pid = await _keeper.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("sshd was not started.");
        await Waiting.UntilAsync(AnswersAsync, TimeSpan.FromSeconds(60));
    }

    private async Task StopAsync()
    {
        if (_keeper is null) return;
        await RunAsync("sh", "-c", $"kill {_pid}");
        await _keeper.WaitForExitAsync();
        _keeper.Dispose();
        _keeper = null;
    }

    private async Task<bool> AnswersAsync()
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, Port);
            var buffer = new byte[4];
            return await client.GetStream().ReadAsync(buffer) == 4 && buffer is [(byte)'S', (byte)'S', (byte)'H', _];
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return false;
        }
    }

    private HostKey KeyOf(string name) => HostKey.Parse(string.Join(' ', File.ReadAllText(_folder[name + ".pub"]).Split(' ')[..2]).Trim())!;

    // Its folder is on root's path only.
    private static string Find() => ((string[])["/usr/sbin/sshd", "/usr/local/sbin/sshd", "/sbin/sshd"]).First(File.Exists);

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {error}");
    }
}

/// <summary>Tests of the one sshd take turns: some change its key.</summary>
[CollectionDefinition(Name)]
public sealed class SshTurns
{
    public const string Name = "ssh";
}
