using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Bus;
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
            tools.AddRange(page.Tools);
            cursor = page.NextCursor;
        }
        while (cursor is not null && tools.Count < ServerLimits.MostTools);
        return [.. tools.Take(ServerLimits.MostTools)];
    }, cancellationToken);

    /// <exception cref="ServerFaultException">As of <see cref="ListAsync"/>; it says whether the call may have been done.</exception>
    public Task<CallToolResult> CallAsync(string tool, JsonObject arguments, CancellationToken cancellationToken)
    {
        var wire = arguments.ToDictionary(p => p.Key, p => JsonSerializer.SerializeToElement(p.Value));
        return AskAsync(async (connection, patience) => await connection.Client.CallToolAsync(new CallToolRequestParams { Name = tool, Arguments = wire }, patience), cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (_connection is not null) await _connection.DisposeAsync();
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
                return await ask(connection, either.Token).WaitAsync(either.Token);
            }
            catch (McpProtocolException e)
            {
                // An answer, though not the one that was asked for: the connection is good.
                throw new ServerFaultException($"The server '{server.Name}' refused: its error {(int)e.ErrorCode}.", sent: true, e);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                var why = patience.IsCancellationRequested ? $"did not answer within {ServerLimits.Call.TotalSeconds:0} s" : "broke the connection off";
                LogLost(logger, server.Name, why, OneLine.Of(e));
                Detach(connection);
                throw new ServerFaultException($"The server '{server.Name}' {why}.", sent: true, e) { IsBroken = !patience.IsCancellationRequested };
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
            if (_connection is { IsOver: false } present) return Enter(present);
            if (_connection is { } over)
            {
                Detach(Enter(over));
                await LeaveAsync(over);
            }
            if (time.GetUtcNow() < _notBefore) throw new ServerFaultException(_fault);
            try
            {
                _connection = await connections.OpenAsync(server, index, cancellationToken);
                _pause = ServerLimits.Retry;
                LogConnected(logger, server.Name);
                return Enter(_connection);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                LogAway(logger, server.Name, OneLine.Of(e));
                (_notBefore, _fault) = (time.GetUtcNow() + _pause, $"The server '{server.Name}' cannot be reached. It is tried again by itself; an operator finds the reason in the log.");
                _pause = TimeSpan.FromTicks(Math.Min(_pause.Ticks * 2, ServerLimits.Look.Ticks));
                throw new ServerFaultException(_fault, sent: false, e);
            }
        }
        finally
        {
            _connecting.Release();
        }
    }

    private ServerConnection Enter(ServerConnection connection)
    {
        lock (_connecting) connection.Users++;
        return connection;
    }

    // The next call takes a new one; who is at work on this one may end.
    private void Detach(ServerConnection connection) => Interlocked.CompareExchange(ref _connection, null, connection);

    private async Task LeaveAsync(ServerConnection connection)
    {
        lock (_connecting)
            if (--connection.Users > 0 || ReferenceEquals(_connection, connection)) return;
        if (connection.Complaint is { } words) LogComplaint(logger, server.Name, words.ReplaceLineEndings(" "));
        try
        {
            await connection.DisposeAsync().AsTask().WaitAsync(ServerLimits.Connect, time);
        }
        catch (Exception e)
        {
            LogLost(logger, server.Name, "could not be left in good order", OneLine.Of(e));
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Connected to the tool server {Server}")]
    private static partial void LogConnected(ILogger logger, string server);

    [LoggerMessage(2, LogLevel.Warning, "The tool server {Server} cannot be reached: {Fault}")]
    private static partial void LogAway(ILogger logger, string server, string fault);

    [LoggerMessage(3, LogLevel.Warning, "The tool server {Server} {Why}: {Fault}")]
    private static partial void LogLost(ILogger logger, string server, string why, string fault);

    [LoggerMessage(4, LogLevel.Warning, "The program of the tool server {Server} wrote: {Complaint}")]
    private static partial void LogComplaint(ILogger logger, string server, string complaint);
}
