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
    private readonly SemaphoreSlim _reading = new(1, 1);
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
        // One after the other, so that no older reading replaces a newer one.
        await _reading.WaitAsync(cancellationToken);
        try
        {
            await ReadAsync(cancellationToken);
        }
        finally
        {
            _reading.Release();
        }
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
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
        await _caller.DisposeAsync().AsTask().WaitAsync(cancellationToken);
    }

    public override void Dispose()
    {
        _reading.Dispose();
        base.Dispose();
    }

    private async Task WatchAsync(ServerLink link, CancellationToken cancellationToken)
    {
        var pause = ServerLimits.Retry;
        while (!cancellationToken.IsCancellationRequested)
        {
            var there = await LookAsync(link, cancellationToken);
            if (there) await FollowAsync(cancellationToken);
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
            return false;
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return true;
        }
        catch (Exception e)
        {
            // Whatever it answers, it is looked at again.
            LogBroke(_logger, e, link.Server.Name);
            _looks[link.Server.Name] = new ServerLook([], $"What the server '{link.Server.Name}' answers cannot be read.");
        }
        lock (_changing) Show();
        return false;
    }

    private async Task SeeAsync(ServerLink link, IReadOnlyList<Tool> tools, CancellationToken cancellationToken)
    {
        var server = link.Server.Name;
        var seen = tools.DistinctBy(t => t.Name).Select(t => new SeenTool(t.Name, ServerToolDefinition.Read(server, t))).ToList();
        var news = seen.Where(s => s.Definition is { } d && !(_pins.TryGetValue((server, d.Name), out var pin) && pin.Knows(d))).Select(s => s.Definition!).ToList();
        // What is known to be too much is not looked at again each time.
        if (_pins.Keys.Count(k => k.Server == server) >= ServerLimits.MostPins) news.RemoveAll(d => !_pins.ContainsKey((server, d.Name)));
        if (news.Count > 0)
        {
            await using (var transaction = await _database.BeginAsync(cancellationToken))
            {
                await ServerToolPins.SeeAsync(transaction, server, news, cancellationToken);
                transaction.Hint(Topic, server);
                await transaction.CommitAsync(cancellationToken);
            }
            LogNews(_logger, news.Count, server);
        }
        _looks[server] = new ServerLook(seen, null);
        if (news.Count > 0) await RefreshAsync(cancellationToken);
        else lock (_changing) Show();
    }

    // Under the lock.
    private void Show()
    {
        var all = _pins.Values.Where(p => !p.IsNew).ToDictionary(p => ServerTool.NameOf(p.Server, p.Name), Made, StringComparer.Ordinal);
        var offered = _servers.SelectMany(ToolsOf).Where(t => t.State is ServerToolState.Offered).Select(t => all[t.FullName]).ToList();
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

    // Under the lock.
    private List<ToolServerTool> ToolsOf(McpServer server)
    {
        var room = new ModelRoom();
        foreach (var earlier in _servers.TakeWhile(s => s != server)) Judge(earlier, room);
        return Judge(server, room);
    }

    private List<ToolServerTool> Judge(McpServer server, ModelRoom room)
    {
        var tools = new List<ToolServerTool>();
        foreach (var seen in _looks.GetValueOrDefault(server.Name)?.Tools ?? [])
        {
            var tool = new ToolServerTool(seen.Name, ServerTool.NameOf(server.Name, seen.Name), server.ReadTools.Contains(seen.Name), ServerToolState.Refused, null, null, null, null, null);
            if (seen.Definition is null) tools.Add(tool with { Fault = seen.Fault });
            else if (!_pins.TryGetValue((server.Name, seen.Name), out var pin)) tools.Add(tool with { Fault = "The server has shown more tools than are kept." });
            else tools.Add(Judge(tool with { Definition = pin.Definition, Hash = pin.Hash }, pin, room));
        }
        return tools;
    }

    private static ToolServerTool Judge(ToolServerTool tool, PinRow pin, ModelRoom room)
    {
        if (pin.ChangedHash is { } changed) return tool with { State = pin.IsNew ? ServerToolState.New : ServerToolState.Changed, Changed = pin.ChangedDefinition, ChangedHash = changed };
        return room.Take(tool.FullName, pin.InForce) is { } fault ? tool with { Fault = fault } : tool with { State = ServerToolState.Offered };
    }

    // What is told to a model of all servers together: the first ones have it.
    private sealed class ModelRoom
    {
        private readonly HashSet<string> _names = new(StringComparer.Ordinal);
        private int _told;

        /// <returns>Why there is no room; null: it has taken it.</returns>
        public string? Take(string name, ServerToolDefinition definition)
        {
            // On a model's wire a dot is an underscore.
            if (_names.Contains(name.Replace('.', '_'))) return "Another tool has the same name where a dot counts as an underscore.";
            if (_names.Count == ServerLimits.MostOffered) return $"A model is offered at most {ServerLimits.MostOffered} tools of outside servers.";
            var told = definition.Description.Length + definition.Schema.GetRawText().Length;
            if (_told + told > ServerLimits.MostTold) return $"A model is told at most {ServerLimits.MostTold:N0} characters of outside tools.";
            _told += told;
            _names.Add(name.Replace('.', '_'));
            return null;
        }
    }

    private sealed record View(IReadOnlyList<IControlTool> Offered, IReadOnlyDictionary<string, ServerTool> All);

    private sealed record ServerLook(IReadOnlyList<SeenTool> Tools, string? Fault);

    private sealed record SeenTool(string Name, (ServerToolDefinition? Definition, string? Fault) Read)
    {
        public ServerToolDefinition? Definition => Read.Definition;

        public string? Fault => Read.Fault;
    }

    [LoggerMessage(1, LogLevel.Information, "{Count} definitions of the tool server {Server} are new or changed")]
    private static partial void LogNews(ILogger logger, int count, string server);

    [LoggerMessage(2, LogLevel.Debug, "The pinned tools were not read")]
    private static partial void LogNotRead(ILogger logger, Exception fault);

    [LoggerMessage(3, LogLevel.Warning, "The tools of {Server} could not be read")]
    private static partial void LogBroke(ILogger logger, Exception fault, string server);
}
