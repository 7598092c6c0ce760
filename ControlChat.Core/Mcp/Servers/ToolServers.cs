using System.Collections.Concurrent;
using ControlChat.Core.Audit;
using ControlChat.Core.Bus;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ModelContextProtocol.Protocol;

namespace ControlChat.Core.Mcp.Servers;

/// <summary>
/// The tools of outside servers as tools of the hub. Each server's list is looked at in turn: what is new is pinned as it is, what is not as it was
/// is offered no more until an admin accepts it. A server that is away keeps its place; its tools come back with it.
/// </summary>
public sealed partial class ToolServers : BackgroundService, IToolSource
{
    /// <summary>A hint that a definition was pinned, changed or accepted.</summary>
    public static readonly string Topic = Topics.Stream("mcp_tools");

    /// <summary>The action by which an admin accepts what a server changed: <c>{server, tool, hash}</c>.</summary>
    public const string Accept = "mcp.accept";

    private readonly HubDatabase _database;
    private readonly ServerCaller _caller;
    private readonly ServerCalls _calls;
    private readonly IAuditTrail _audit;
    private readonly IBus _bus;
    private readonly TimeProvider _time;
    private readonly ILogger<ToolServers> _logger;
    private readonly IReadOnlyList<McpServer> _servers;
    private readonly ConcurrentDictionary<string, ServerLook> _looks = new(StringComparer.Ordinal);
    private readonly Lock _changing = new();
    private Dictionary<(string Server, string Name), PinRow> _pins = [];
    private volatile View _view = new([], new Dictionary<string, ServerTool>());

    internal ToolServers(HubDatabase database, ServerCaller caller, ServerCalls calls, IAuditTrail audit, IBus bus, IHubSettings settings, TimeProvider time, ILogger<ToolServers> logger)
    {
        (_database, _caller, _calls, _audit, _bus, _time, _logger) = (database, caller, calls, audit, bus, time, logger);
        _servers = settings.Current.Mcp.Servers;
        caller.Seen = SeeAsync;
    }

    public IReadOnlyList<IControlTool> Offered => _view.Offered;

    public IControlTool? Find(string name) => _view.All.GetValueOrDefault(name);

    /// <summary>Every configured server with what is known of it now, in the order of the settings.</summary>
    public IReadOnlyList<ToolServer> Servers => [.. _servers.Select(Describe)];

    /// <summary>Looks at every server's tools now.</summary>
    public Task LookAsync(CancellationToken cancellationToken) => Task.WhenAll(_caller.Links.Select(link => LookAsync(link, cancellationToken)));

    /// <summary>Reads the pins again, of which this or another node has changed some.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        await using var reader = await _database.ReadAsync(cancellationToken);
        var pins = (await ServerToolPins.AllAsync(reader, cancellationToken)).Where(p => _servers.Any(s => s.Name == p.Server)).ToDictionary(p => (p.Server, p.Name));
        lock (_changing)
        {
            _pins = pins;
            Show();
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_servers.Count == 0) return;
        await FollowAsync(stoppingToken);
        await Task.WhenAll(_caller.Links.Select(link => WatchAsync(link, stoppingToken)).Append(ListenAsync(stoppingToken)));
    }

    // What is missed here, the next look at the server finds.
    private async Task ListenAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await foreach (var _ in _bus.TailAsync(Topic, null, cancellationToken)) await FollowAsync(cancellationToken);
            }
            catch (Exception e) when (e is BusGapException or HubUnavailableException)
            {
                await Task.WhenAny(Task.Delay(ServerLimits.Retry, _time, cancellationToken));
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await _caller.DisposeAsync();
    }

    private async Task WatchAsync(ServerLink link, CancellationToken cancellationToken)
    {
        var pause = ServerLimits.Retry;
        while (!cancellationToken.IsCancellationRequested)
        {
            var there = await LookAsync(link, cancellationToken);
            pause = there || pause >= ServerLimits.Look ? ServerLimits.Look : pause * 2;
            try
            {
                await Task.Delay(pause, _time, cancellationToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            if (there) pause = ServerLimits.Retry;
        }
    }

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        try
        {
            await RefreshAsync(cancellationToken);
        }
        catch (Exception e) when (e is HubUnavailableException or OperationCanceledException)
        {
            // The next look reads them again.
            LogNotRead(_logger, e);
        }
    }

    private async Task<bool> LookAsync(ServerLink link, CancellationToken cancellationToken)
    {
        try
        {
            await SeeAsync(link, await link.ListAsync(cancellationToken), cancellationToken);
            return true;
        }
        catch (ServerFaultException e)
        {
            _looks[link.Server.Name] = new ServerLook([], e.Message);
        }
        catch (HubUnavailableException e)
        {
            LogNotRead(_logger, e);
            return true;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return true;
        }
        lock (_changing) Show();
        return false;
    }

    private async Task SeeAsync(ServerLink link, IReadOnlyList<Tool> tools, CancellationToken cancellationToken)
    {
        var seen = tools.DistinctBy(t => t.Name).Select(t => new SeenTool(t.Name, ServerToolDefinition.Read(link.Server.Name, t))).ToList();
        var news = seen.Where(s => s.Definition is { } d && !(_pins.TryGetValue((d.Server, d.Name), out var pin) && pin.Knows(d))).Select(s => s.Definition!).ToList();
        if (news.Count > 0)
        {
            await using (var transaction = await _database.BeginAsync(cancellationToken))
            {
                foreach (var definition in news) await ServerToolPins.SeeAsync(transaction, definition, cancellationToken);
                transaction.Hint(Topic, link.Server.Name);
                await transaction.CommitAsync(cancellationToken);
            }
            foreach (var definition in news) LogNews(_logger, definition.Name, definition.Server, definition.Hash);
        }
        _looks[link.Server.Name] = new ServerLook(seen, null);
        await RefreshAsync(cancellationToken);
    }

    // Under the lock.
    private void Show()
    {
        var all = _pins.Values.ToDictionary(p => ServerTool.NameOf(p.Server, p.Name), Made, StringComparer.Ordinal);
        var offered = _servers.SelectMany(s => ToolsOf(s).Where(t => t.State is ServerToolState.Offered)).Select(t => all[t.FullName]).ToList();
        // What is the same stays the same, so that nothing that is made from it is made anew.
        if (!_view.Offered.SequenceEqual(offered) || _view.All.Count != all.Count || !_view.All.Values.All(t => all.GetValueOrDefault(t.Definition.Name) == t)) _view = new View(offered, all);
    }

    private ServerTool Made(PinRow pin)
    {
        var server = _servers.First(s => s.Name == pin.Server);
        var name = ServerTool.NameOf(pin.Server, pin.Name);
        if (_view.All.TryGetValue(name, out var present) && present.Pinned == pin.InForce && present.Definition.Version == pin.Version) return present;
        return server.ReadTools.Contains(pin.Name) ? new ServerReadTool(pin.InForce, pin.Version, _caller, _audit) : new ServerWriteTool(pin.InForce, pin.Version, _calls);
    }

    private ToolServer Describe(McpServer server)
    {
        lock (_changing)
        {
            var look = _looks.GetValueOrDefault(server.Name);
            return new ToolServer(server.Name, server.Url ?? server.Command ?? "", look is not null && look.Fault is null, look?.Fault, ToolsOf(server));
        }
    }

    // Under the lock. On a model's wire a dot is an underscore: of two tools that are called the same there, only the first is offered.
    private List<ToolServerTool> ToolsOf(McpServer server)
    {
        var tools = new List<ToolServerTool>();
        foreach (var seen in _looks.GetValueOrDefault(server.Name)?.Tools ?? [])
        {
            var name = ServerTool.NameOf(server.Name, seen.Name);
            var reads = server.ReadTools.Contains(seen.Name);
            if (seen.Definition is null || !_pins.TryGetValue((server.Name, seen.Name), out var pin))
                tools.Add(new ToolServerTool(seen.Name, name, reads, ServerToolState.Refused, seen.Fault ?? "It is not pinned yet.", null, null, null, null));
            else if (pin.ChangedHash is { } changed)
                tools.Add(new ToolServerTool(seen.Name, name, reads, ServerToolState.Changed, null, pin.Definition, pin.Hash, pin.ChangedDefinition, changed));
            else if (IsTaken(server, name, tools))
                tools.Add(new ToolServerTool(seen.Name, name, reads, ServerToolState.Refused, "Another tool has the same name where a dot counts as an underscore.", pin.Definition, pin.Hash, null, null));
            else
                tools.Add(new ToolServerTool(seen.Name, name, reads, ServerToolState.Offered, null, pin.Definition, pin.Hash, null, null));
        }
        return tools;
    }

    private bool IsTaken(McpServer server, string name, List<ToolServerTool> earlier)
    {
        var wire = Wire(name);
        return earlier.Any(t => Wire(t.FullName) == wire)
            || _servers.TakeWhile(s => s != server).Any(s => (_looks.GetValueOrDefault(s.Name)?.Tools ?? []).Any(t => Wire(ServerTool.NameOf(s.Name, t.Name)) == wire));
    }

    private static string Wire(string name) => name.Replace('.', '_');

    private sealed record View(IReadOnlyList<IControlTool> Offered, IReadOnlyDictionary<string, ServerTool> All);

    private sealed record ServerLook(IReadOnlyList<SeenTool> Tools, string? Fault);

    private sealed record SeenTool(string Name, (ServerToolDefinition? Definition, string? Fault) Read)
    {
        public ServerToolDefinition? Definition => Read.Definition;

        public string? Fault => Read.Fault;
    }

    [LoggerMessage(1, LogLevel.Information, "The definition of {Tool} of the tool server {Server} is new: {Hash}")]
    private static partial void LogNews(ILogger logger, string tool, string server, string hash);

    [LoggerMessage(2, LogLevel.Debug, "The pinned tools were not read")]
    private static partial void LogNotRead(ILogger logger, Exception fault);
}
