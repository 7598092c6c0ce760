using System.Text.Json.Nodes;
using ControlChat.Core.Gate;
using ControlChat.Core.Settings;
using Microsoft.Extensions.Logging;
using ModelContextProtocol.Protocol;

namespace ControlChat.Core.Mcp.Servers;

/// <summary>The links to all servers of <c>Mcp:Servers</c>, and calls through them of what is pinned.</summary>
internal sealed class ServerCaller : IAsyncDisposable
{
    private readonly Dictionary<string, ServerLink> _links;

    public ServerCaller(IHubSettings settings, ServerConnections connections, TimeProvider time, ILoggerFactory loggers) =>
        _links = settings.Current.Mcp.Servers.Select((server, i) => new ServerLink(server, i, connections, time, loggers.CreateLogger<ServerLink>())).ToDictionary(l => l.Server.Name, StringComparer.Ordinal);

    public IReadOnlyCollection<ServerLink> Links => _links.Values;

    /// <summary>Told of what a server said of its tools just before a call.</summary>
    public Func<ServerLink, IReadOnlyList<Tool>, CancellationToken, Task> Seen { get; set; } = static (_, _, _) => Task.CompletedTask;

    /// <param name="tool">By the hash that was pinned: right before the call the server must still say the same of it.</param>
    /// <param name="sending">Told right before the call may reach the server; null for what only reads, which is tried once more over a new connection when the present one breaks.</param>
    /// <exception cref="ServerFaultException">The server does not answer.</exception>
    /// <exception cref="ToolRefusedException">The server is not configured any more, has no such tool, or says something else of it.</exception>
    public async Task<ServerResult> CallAsync(ServerToolDefinition tool, JsonObject arguments, Action? sending, CancellationToken cancellationToken)
    {
        if (!_links.TryGetValue(tool.Server, out var link)) throw ToolRefusedException.NotFound($"There is no server '{tool.Server}' any more.");
        var said = await AgainAsync(() => link.ListAsync(cancellationToken));
        await Seen(link, said, cancellationToken);
        var present = said.FirstOrDefault(t => t.Name == tool.Name) ?? throw ToolRefusedException.NotFound($"The server '{tool.Server}' has no tool '{tool.Name}' any more.");
        if (ServerToolDefinition.Read(tool.Server, present).Definition?.Hash != tool.Hash) throw ServerTool.Changed();
        Task<CallToolResult> Once() => link.CallAsync(tool.Name, arguments, sending, cancellationToken);
        return ServerResult.Of(await (sending is null ? AgainAsync(Once) : Once()));
    }

    public async ValueTask DisposeAsync() => await Task.WhenAll(_links.Values.Select(link => link.DisposeAsync().AsTask()));

    // A connection may have been broken long before this finds out.
    private static async Task<T> AgainAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch (ServerFaultException e) when (e.IsBroken)
        {
            return await ask();
        }
    }
}
