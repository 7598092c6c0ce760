using System.Text.Json.Nodes;
using ControlChat.Core.Gate;
using ControlChat.Core.Settings;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Mcp.Servers;

/// <summary>The links to all servers of <c>Mcp:Servers</c>, and calls through them of what is pinned.</summary>
internal sealed class ServerCaller : IAsyncDisposable
{
    private readonly Dictionary<string, ServerLink> _links;

    public ServerCaller(IHubSettings settings, ServerConnections connections, TimeProvider time, ILoggerFactory loggers) =>
        _links = settings.Current.Mcp.Servers.Select((server, i) => new ServerLink(server, i, connections, time, loggers.CreateLogger<ServerLink>())).ToDictionary(l => l.Server.Name, StringComparer.Ordinal);

    public IReadOnlyCollection<ServerLink> Links => _links.Values;

    /// <summary>Told of what a server said of its tools just before a call.</summary>
    public Func<ServerLink, IReadOnlyList<ModelContextProtocol.Protocol.Tool>, CancellationToken, Task> Seen { get; set; } = static (_, _, _) => Task.CompletedTask;

    /// <param name="tool">By the hash that was pinned: right before the call the server must still say the same of it.</param>
    /// <param name="again">Try once more over a new connection when the present one breaks: for what only reads.</param>
    /// <exception cref="ServerFaultException">The server does not answer.</exception>
    /// <exception cref="ToolRefusedException">The server is not configured any more, has no such tool, or says something else of it.</exception>
    public async Task<ServerResult> CallAsync(ServerToolDefinition tool, JsonObject arguments, bool again, CancellationToken cancellationToken)
    {
        if (!_links.TryGetValue(tool.Server, out var link)) throw ToolRefusedException.NotFound($"There is no server '{tool.Server}' any more.");
        try
        {
            return await OnceAsync(link, tool, arguments, cancellationToken);
        }
        catch (ServerFaultException e) when (again && e is { WasSent: true, IsBroken: true })
        {
            return await OnceAsync(link, tool, arguments, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var link in _links.Values) await link.DisposeAsync();
    }

    private async Task<ServerResult> OnceAsync(ServerLink link, ServerToolDefinition tool, JsonObject arguments, CancellationToken cancellationToken)
    {
        var said = await ListedAsync(link, cancellationToken);
        await Seen(link, said, cancellationToken);
        var present = said.FirstOrDefault(t => t.Name == tool.Name) ?? throw ToolRefusedException.NotFound($"The server '{tool.Server}' has no tool '{tool.Name}' any more.");
        if (ServerToolDefinition.Read(tool.Server, present).Definition?.Hash != tool.Hash) throw ServerTool.Changed();
        return ServerResult.Of(await link.CallAsync(tool.Name, arguments, cancellationToken));
    }

    // A connection may have been broken long before this finds out; nothing was asked of the tool yet, so a new one may be tried.
    private static async Task<IReadOnlyList<ModelContextProtocol.Protocol.Tool>> ListedAsync(ServerLink link, CancellationToken cancellationToken)
    {
        try
        {
            try
            {
                return await link.ListAsync(cancellationToken);
            }
            catch (ServerFaultException e) when (e.IsBroken)
            {
                return await link.ListAsync(cancellationToken);
            }
        }
        catch (ServerFaultException e)
        {
            throw new ServerFaultException(e.Message, sent: false, e.InnerException);
        }
    }
}
