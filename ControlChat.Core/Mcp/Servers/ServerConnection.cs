using System.Net.Http.Headers;
using ControlChat.Core.Processes;
using ControlChat.Core.Sessions.Containment;
using ControlChat.Core.Settings;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace ControlChat.Core.Mcp.Servers;

/// <summary>Reaches outside tool servers: over HTTP, or as a program in a namespace that holds nothing of the hub.</summary>
internal sealed class ServerConnections(AgentProcesses processes, IHubSettings settings, HubSecrets secrets, TimeProvider time)
{
    /// <param name="index">Its place in <c>Mcp:Servers</c>.</param>
    /// <exception cref="Exception">Of many kinds: whatever keeps the server from answering.</exception>
    public async Task<ServerConnection> OpenAsync(McpServer server, int index, CancellationToken cancellationToken)
    {
        var connection = server.Url is { } url ? Reach(server, url, secrets.Find($"Mcp:Servers:{index}:Token")) : await StartAsync(server);
        try
        {
            await connection.GreetAsync(time, cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    private static ServerConnection Reach(McpServer server, string url, string? token)
    {
        var http = new HttpClient(new BoundedAnswers(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = ServerLimits.Connect })) { Timeout = ServerLimits.Call + ServerLimits.Connect };
        if (token is not null) http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        var options = new HttpClientTransportOptions
        {
            Endpoint = new Uri(url),
            Name = server.Name,
            TransportMode = HttpTransportMode.StreamableHttp,
            ConnectionTimeout = ServerLimits.Connect,
            // What a server says unasked is not waited for: its tools are looked at again in time.
            EnableStandaloneGetStream = false,
        };
        return new ServerConnection(new HttpClientTransport(options, http, null, ownsHttpClient: true), null);
    }

    private async Task<ServerConnection> StartAsync(McpServer server)
    {
        var home = new CommandHome(settings.Paths, processes.User);
        try
        {
            var programs = server.Programs.Select(Path.GetFullPath).ToList();
            var command = Path.GetFullPath(server.Command!);
            if (!programs.Append("/usr").Any(p => HubPaths.Contains(p, command))) programs.Add(command);
            var environment = new Dictionary<string, string> { ["PATH"] = "/usr/local/bin:/usr/bin:/bin", ["HOME"] = home.Folder.Home, ["LANG"] = "C.UTF-8", ["TMPDIR"] = "/tmp" };
            var order = new BoxOrder(command, server.Arguments, programs, home.Folder.Home, home.Folder.Home, environment) { HasNetwork = server.Network };
            var (process, input, output) = await processes.OpenAsync(order);
            var bounded = new BoundedStream(output, wholeLines: true);
            return new ServerConnection(new StreamClientTransport(input, bounded, null), new ServerProgram(processes, process, home, input, bounded, settings, time));
        }
        catch
        {
            home.Dispose();
            throw;
        }
    }
}

/// <summary>A server's program, ended when it takes too much memory. Disposing ends it with all it started, and removes what it left.</summary>
internal sealed class ServerProgram : IAsyncDisposable
{
    private static readonly TimeSpan Watch = TimeSpan.FromSeconds(1);
    private readonly AgentProcesses _processes;
    private readonly LongProcess _process;
    private readonly CommandHome _home;
    private readonly Stream _input;
    private readonly BoundedStream _output;
    private readonly IHubSettings _settings;
    private readonly CancellationTokenSource _over = new();
    private readonly Task _watching;
    private MemoryExcess? _excess;

    public ServerProgram(AgentProcesses processes, LongProcess process, CommandHome home, Stream input, BoundedStream output, IHubSettings settings, TimeProvider time)
    {
        (_processes, _process, _home, _input, _output, _settings) = (processes, process, home, input, output, settings);
        _watching = WatchAsync(time);
    }

    /// <summary>Why it was ended, or the end of what it wrote to stderr.</summary>
    public string Complaint => (_excess ?? _processes.Excess(_process)) is { } excess
        ? $"It took {excess.Taken} MiB of memory; it may take {excess.Most} (Sessions:MemoryMegabytes)." : _process.Complaint;

    /// <summary>A call begins, to which it may answer as much as one may.</summary>
    public void Renew() => _output.Renew();

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _watching;
        await _processes.KillAsync(_process);
        try
        {
            await _input.DisposeAsync();
        }
        catch (IOException)
        {
            // What was still to be said has nobody to hear it.
        }
        _home.Dispose();
        _over.Dispose();
    }

    private async Task WatchAsync(TimeProvider time)
    {
        try
        {
            using var timer = new PeriodicTimer(Watch, time);
            while (await timer.WaitForNextTickAsync(_over.Token))
            {
                if ((_processes.Excess(_process) ?? MemoryExcess.Of(_process.Id, _settings.Current.Sessions.MemoryMegabytes)) is not { } excess) continue;
                _excess = excess;
                await _processes.KillAsync(_process);
                return;
            }
        }
        catch (OperationCanceledException)
        {
            // It is ended otherwise.
        }
    }
}

/// <summary>One connection to one server, from its first words to its end.</summary>
internal sealed class ServerConnection(IClientTransport transport, ServerProgram? program) : IAsyncDisposable
{
    private McpClient? _client;

    /// <summary>Calls that are under way on it; the link counts them.</summary>
    public int Users { get; set; }

    /// <summary>The server, once it has been greeted.</summary>
    public McpClient Client => _client ?? throw new InvalidOperationException("Nobody was greeted yet.");

    public bool IsOver => _client is null or { Completion.IsCompleted: true };

    /// <summary>Whether this one runs a program, and the end of what that complained of.</summary>
    public string? Complaint => program?.Complaint is { Length: > 0 } words ? words : null;

    public async Task GreetAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        var options = new McpClientOptions
        {
            ClientInfo = new Implementation { Name = "controlchat", Title = "ControlChat", Version = typeof(ServerConnection).Assembly.GetName().Version?.ToString(3) ?? "0" },
            // No roots, no sampling, no elicitation: a server asks the hub for nothing.
            Capabilities = new ClientCapabilities(),
            InitializationTimeout = ServerLimits.Connect,
        };
        // It is given no log: what a server says does not belong there.
        _client = await McpClient.CreateAsync(transport, options, null, cancellationToken).WaitAsync(ServerLimits.Connect, time, cancellationToken);
    }

    /// <summary>A call begins.</summary>
    public void Renew() => program?.Renew();

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (program is not null) await program.DisposeAsync();
        }
        finally
        {
            try
            {
                if (_client is not null) await _client.DisposeAsync();
            }
            finally
            {
                // It owns the HTTP client, and the client does not own it.
                if (transport is IAsyncDisposable own) await own.DisposeAsync();
            }
        }
    }
}
