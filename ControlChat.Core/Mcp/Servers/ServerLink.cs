using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Bus;
using ControlChat.Core.Sessions;
using ControlChat.Core.Settings;
using Microsoft.Extensions.Logging;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace ControlChat.Core.Mcp.Servers;

/// <summary>One outside server: connected when it is needed, connected again when it went away, never asked more than a bounded time.</summary>
internal sealed partial class ServerLink(McpServer server, int index, ServerConnections connections, TimeProvider time, ILogger<ServerLink> logger) : IAsyncDisposable
{
    private readonly SemaphoreSlim _connecting = new(1, 1);
    private readonly SemaphoreSlim _room = new(ServerLimits.AtOnce, ServerLimits.AtOnce);
    private ServerConnection? _connection;
    private DateTimeOffset _notBefore;
    private TimeSpan _pause = ServerLimits.Retry;
    private string _fault = "";

    public McpServer Server => server;

    /// <summary>Its tools, all pages of them.</summary>
    /// <exception cref="ServerFaultException">It cannot be reached, or does not answer as it should.</exception>
    public Task<IReadOnlyList<Tool>> ListAsync(CancellationToken cancellationToken) => AskAsync<IReadOnlyList<Tool>>(async (connection, patience) =>
    {
        var tools = new List<Tool>();
        string? cursor = null;
        do
        {
            var page = await connection.Client.ListToolsAsync(new ListToolsRequestParams { Cursor = cursor }, patience);
            tools.AddRange(page.Tools.Where(t => t?.Name is not null));
            cursor = page.NextCursor;
        }
        while (cursor is not null && tools.Count < ServerLimits.MostTools);
        return [.. tools.Take(ServerLimits.MostTools)];
    }, cancellationToken);

    /// <param name="sending">Told right before it may reach the server.</param>
    /// <exception cref="ServerFaultException">As of <see cref="ListAsync"/>.</exception>
    public Task<CallToolResult> CallAsync(string tool, JsonObject arguments, Action? sending, CancellationToken cancellationToken)
    {
        var wire = arguments.ToDictionary(p => p.Key, p => JsonSerializer.SerializeToElement(p.Value));
        return AskAsync(async (connection, patience) =>
        {
            patience.ThrowIfCancellationRequested();
            sending?.Invoke();
            return await connection.Client.CallToolAsync(new CallToolRequestParams { Name = tool, Arguments = wire }, patience);
        }, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        ServerConnection? last;
        lock (_connecting) (last, _connection) = (_connection, null);
        if (last is not null) await LeaveAsync(last, counted: false);
        _connecting.Dispose();
        _room.Dispose();
    }

    private async Task<T> AskAsync<T>(Func<ServerConnection, CancellationToken, Task<T>> ask, CancellationToken cancellationToken)
    {
        await _room.WaitAsync(cancellationToken);
        try
        {
            var connection = await ConnectAsync(cancellationToken);
            using var patience = new CancellationTokenSource(ServerLimits.Call, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
            try
            {
                connection.Renew();
                return await ask(connection, either.Token).WaitAsync(either.Token);
            }
            catch (McpProtocolException e)
            {
                // An answer, though not the one that was asked for: the connection is good.
                throw new ServerFaultException($"The server '{server.Name}' refused: its error {(int)e.ErrorCode}.", e);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                var why = patience.IsCancellationRequested ? $"did not answer within {ServerLimits.Call.TotalSeconds:0} s" : "broke the connection off";
                LogLost(logger, server.Name, why, Kind(e));
                Detach(connection);
                throw new ServerFaultException($"The server '{server.Name}' {why}.", e) { IsBroken = !patience.IsCancellationRequested };
            }
            finally
            {
                await LeaveAsync(connection);
            }
        }
        finally
        {
            _room.Release();
        }
    }

    private async Task<ServerConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        await _connecting.WaitAsync(cancellationToken);
        try
        {
            if (Enter() is { } present) return present;
            if (time.GetUtcNow() < _notBefore) throw new ServerFaultException(_fault);
            try
            {
                var opened = await connections.OpenAsync(server, index, cancellationToken);
                opened.Users = 1;
                lock (_connecting) _connection = opened;
                _pause = ServerLimits.Retry;
                LogConnected(logger, server.Name);
                return opened;
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                LogAway(logger, server.Name, Kind(e));
                (_notBefore, _fault) = (time.GetUtcNow() + _pause, $"The server '{server.Name}' cannot be reached. It is tried again by itself; an operator finds the reason in the log.");
                _pause = TimeSpan.FromTicks(Math.Min(_pause.Ticks * 2, ServerLimits.Look.Ticks));
                throw new ServerFaultException(_fault, e);
            }
        }
        finally
        {
            _connecting.Release();
        }
    }

    // Null: there is none that can be used. One that is over and that nobody uses is left by the last who did.
    private ServerConnection? Enter()
    {
        lock (_connecting)
        {
            if (_connection is not { } present) return null;
            if (present.IsOver)
            {
                _connection = null;
                if (present.Users == 0) _ = LeaveAsync(present, counted: false);
                return null;
            }
            present.Users++;
            return present;
        }
    }

    // The next call takes a new one; who is at work on this one may end.
    private void Detach(ServerConnection connection)
    {
        lock (_connecting)
            if (ReferenceEquals(_connection, connection)) _connection = null;
    }

    private async Task LeaveAsync(ServerConnection connection, bool counted = true)
    {
        lock (_connecting)
            if (counted && (--connection.Users > 0 || ReferenceEquals(_connection, connection))) return;
        if (connection.Complaint is { } words) LogComplaint(logger, server.Name, words.ReplaceLineEndings(" "));
        try
        {
            await connection.DisposeAsync().AsTask().WaitAsync(ServerLimits.Connect, time);
        }
        catch (Exception e)
        {
            LogLost(logger, server.Name, "could not be left in good order", Kind(e));
        }
    }

    // What a fault says may be the server's words, which do not belong into the log.
    private static string Kind(Exception fault) => fault switch
    {
        HttpRequestException { StatusCode: { } status } => $"HTTP status {(int)status}",
        HttpRequestException { HttpRequestError: var error } => $"HttpRequestException, {error}",
        IOException or AgentException or ArgumentException => OneLine.Of(fault),
        _ => fault.GetType().Name,
    };

    [LoggerMessage(1, LogLevel.Information, "Connected to the tool server {Server}")]
    private static partial void LogConnected(ILogger logger, string server);

    [LoggerMessage(2, LogLevel.Warning, "The tool server {Server} cannot be reached: {Fault}")]
    private static partial void LogAway(ILogger logger, string server, string fault);

    [LoggerMessage(3, LogLevel.Warning, "The tool server {Server} {Why}: {Fault}")]
    private static partial void LogLost(ILogger logger, string server, string why, string fault);

    [LoggerMessage(4, LogLevel.Warning, "The program of the tool server {Server} wrote: {Complaint}")]
    private static partial void LogComplaint(ILogger logger, string server, string complaint);
}
