using System.Collections.Concurrent;
using System.Security.Cryptography;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace ControlChat.App.Mcp;

/// <summary>One client's connection over streamable HTTP: an MCP session, which belongs to one session of an agent or to one API token, and to nobody else.</summary>
internal sealed class McpConnection : IAsyncDisposable
{
    /// <summary>Requests of one connection that are being answered, at most.</summary>
    public const int MostAtOnce = 16;

    private readonly StreamableHttpServerTransport _transport;
    private readonly McpServer _server;
    private readonly CancellationTokenSource _end = new();
    private readonly Task _run;
    private readonly ConcurrentDictionary<RequestId, bool> _open = new();
    private int _listened;
    private volatile bool _listening;

    public McpConnection(McpCaller caller, ILoggerFactory logs, long now)
    {
        (Owner, Account, LastUsed) = (caller.Owner, caller.Account, now);
        _transport = new StreamableHttpServerTransport(logs) { SessionId = Id };
        _server = McpServer.Create(_transport, caller.Options(), logs);
        _run = _server.RunAsync(_end.Token);
    }

    public string Id { get; } = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    /// <summary>As of <see cref="McpCaller"/>.</summary>
    public string Owner { get; }

    /// <summary>As of <see cref="McpCaller"/>.</summary>
    public string Account { get; }

    public long LastUsed { get; set; }

    /// <summary>Its client listened, went away and has not been heard of since.</summary>
    public bool IsLeft { get; set; }

    /// <summary>Something is being answered, or its client listens.</summary>
    public bool IsBusy => !_open.IsEmpty || _listening;

    /// <returns>False when nothing was written: the message wanted no answer. Null: another message with this id is being answered, or too many are.</returns>
    public async Task<bool?> AnswerAsync(JsonRpcMessage message, McpCaller caller, Stream output, CancellationToken cancellationToken)
    {
        var request = message as JsonRpcRequest;
        if (request is not null && (_open.Count >= MostAtOnce || !_open.TryAdd(request.Id, true))) return null;
        try
        {
            message.Context = new JsonRpcMessageContext { User = caller.User };
            return await _transport.HandlePostRequestAsync(message, output, cancellationToken);
        }
        finally
        {
            if (request is not null) _open.TryRemove(request.Id, out _);
        }
    }

    /// <summary>What the server says by itself, until it ends or nobody listens any more.</summary>
    /// <returns>False: somebody listens already, or did.</returns>
    public async Task<bool> ListenAsync(HttpResponse response, CancellationToken cancellationToken)
    {
        // The transport takes one in its life.
        if (Interlocked.Exchange(ref _listened, 1) == 1) return false;
        _listening = true;
        try
        {
            response.ContentType = "text/event-stream";
            await response.Body.FlushAsync(cancellationToken);
            await _transport.HandleGetRequestAsync(response.Body, cancellationToken);
            return true;
        }
        finally
        {
            _listening = false;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _server.DisposeAsync();
        await _transport.DisposeAsync();
        await Task.WhenAny(_run);
        _end.Dispose();
    }
}
