using System.Globalization;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using ControlChat.App.Api;
using ControlChat.App.Start;
using ControlChat.Core.Hub;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;

namespace ControlChat.App.Mcp;

/// <summary>
/// Streamable HTTP of the Model Context Protocol (2025-11-25, basic/transports) over the SDK's transport. Who asks is found out at every
/// request and goes with the message; an MCP session is worth nothing without it.
/// </summary>
internal sealed class McpDoor(McpConnections connections, OwnAddresses own, IHostApplicationLifetime lifetime, TimeProvider time)
{
    private const string SessionHeader = "Mcp-Session-Id";

    /// <summary>For how long a caller is taken for who they were found out to be.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromMilliseconds(500);

    /// <summary>The longest answer: a command may run for some minutes.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(15);

    public async Task PostAsync(HttpContext context, Func<Task<McpCaller>> enter)
    {
        var caller = await EnterAsync(context, enter);
        using var limit = new CancellationTokenSource(Longest, time);
        using var end = End(context, limit);
        var began = time.GetTimestamp();
        JsonRpcMessage message;
        try
        {
            message = await McpBody.ReadAsync(context, end.Token);
        }
        catch (McpException e)
        {
            await RefuseAsync(context, 400, (int)McpErrorCode.ParseError, e.Message);
            return;
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            context.Abort();
            return;
        }
        // A body may take its time: who asks is found out again once it is whole.
        if (time.GetElapsedTime(began) > Fresh) caller = await EnterAsync(context, enter);
        if (await ConnectionOfAsync(context, message, caller) is not { } connection) return;
        try
        {
            await AnswerAsync(context, connection, message, caller, end.Token);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // Nobody waits any more, the hub stops, or it took too long: the connection says so by ending.
            context.Abort();
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or ChannelClosedException)
        {
            // Its connection was ended meanwhile.
            if (context.Response.HasStarted) context.Abort();
            else await NoSessionAsync(context);
        }
    }

    public async Task GetAsync(HttpContext context, Func<Task<McpCaller>> enter)
    {
        var caller = await EnterAsync(context, enter);
        if (Find(context, caller) is not { } connection)
        {
            await NoSessionAsync(context);
            return;
        }
        if (context.IsHead()) return;
        var since = connection.LastUsed;
        // As long as its rights may last; with their end the client's requests are refused, and this one has nothing to tell.
        var left = caller.EndsAt - time.GetUtcNow() ?? Longest;
        using var limit = new CancellationTokenSource(left > TimeSpan.Zero ? left : TimeSpan.Zero, time);
        using var end = End(context, limit);
        try
        {
            Prepare(context);
            if (!await connection.ListenAsync(context.Response, end.Token)) await RefuseAsync(context, 409, (int)McpErrorCode.InvalidRequest, "Somebody listens to this session already.");
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // It had its time, or nobody listens.
            if (context.RequestAborted.IsCancellationRequested) connections.Leave(connection, since);
        }
    }

    public async Task DeleteAsync(HttpContext context, Func<Task<McpCaller>> enter)
    {
        var caller = await EnterAsync(context, enter);
        if (Find(context, caller) is not { } connection)
        {
            await NoSessionAsync(context);
            return;
        }
        await connections.RemoveAsync(connection);
        context.Response.StatusCode = 204;
    }

    private async Task<McpCaller> EnterAsync(HttpContext context, Func<Task<McpCaller>> enter)
    {
        // A page that was led here by a trick of DNS has its own Origin; clients that are no browsers have none.
        if (context.Request.Headers.Origin is { Count: > 0 } origin && !own.IsOwnOrigin(origin.ToString(), context.Request.Host.Value)) throw new ApiException(403, "csrf", "The request comes from another site.");
        return await enter();
    }

    private async Task<McpConnection?> ConnectionOfAsync(HttpContext context, JsonRpcMessage message, McpCaller caller)
    {
        if (context.Request.Headers.ContainsKey(SessionHeader))
        {
            var found = Find(context, caller);
            if (found is null) await NoSessionAsync(context);
            return found;
        }
        if (message is not JsonRpcRequest { Method: "initialize" })
        {
            await RefuseAsync(context, 400, (int)McpErrorCode.InvalidRequest, $"Begin with 'initialize', and send its {SessionHeader} with what follows.");
            return null;
        }
        var opened = connections.Open(caller);
        if (opened is null) await RefuseAsync(context, 429, (int)McpErrorCode.InvalidRequest, "There are too many open sessions. End one, or try again in a minute.", retryAfter: 60);
        return opened;
    }

    private static async Task AnswerAsync(HttpContext context, McpConnection connection, JsonRpcMessage message, McpCaller caller, CancellationToken cancellationToken)
    {
        Prepare(context);
        context.Response.Headers[SessionHeader] = connection.Id;
        context.Response.ContentType = "text/event-stream";
        switch (await connection.AnswerAsync(message, caller, context.Response.Body, cancellationToken))
        {
            case false:
                context.Response.ContentType = null;
                context.Response.StatusCode = 202;
                break;
            case null:
                context.Response.ContentType = null;
                await RefuseAsync(context, 429, (int)McpErrorCode.InvalidRequest, $"A request with this id is being answered, or {McpConnection.MostAtOnce} requests are. Wait for one to end.", retryAfter: 1);
                break;
        }
    }

    private McpConnection? Find(HttpContext context, McpCaller caller) => connections.Find(context.Request.Headers[SessionHeader].ToString(), caller.Owner);

    private CancellationTokenSource End(HttpContext context, CancellationTokenSource limit) => CancellationTokenSource.CreateLinkedTokenSource(limit.Token, context.RequestAborted, lifetime.ApplicationStopping);

    private static void Prepare(HttpContext context) => context.Response.Headers["X-Accel-Buffering"] = "no";

    private static Task NoSessionAsync(HttpContext context) => RefuseAsync(context, 404, -32001, "There is no such session, or it has ended. Begin anew with 'initialize'.");

    private static Task RefuseAsync(HttpContext context, int status, int code, string message, int? retryAfter = null)
    {
        context.Response.StatusCode = status;
        if (retryAfter is { } seconds) context.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        return context.Response.WriteAsJsonAsync(
            new JsonObject { ["jsonrpc"] = "2.0", ["id"] = null, ["error"] = new JsonObject { ["code"] = code, ["message"] = message } }, Json.Wire, "application/json", context.RequestAborted);
    }
}
