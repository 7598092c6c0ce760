namespace ControlChat.App.Mcp;

/// <summary>The open connections of agents and other MCP clients in this process: few for each session, bounded in all, gone when nobody uses them.</summary>
internal sealed partial class McpConnections : IAsyncDisposable
{
    /// <summary>Of one agent's session or token: a client that begins anew again and again pushes its own oldest out.</summary>
    public const int MostOfOne = 8;

    /// <summary>Of one account, whatever sessions and tokens it has: nobody alone takes them all.</summary>
    public const int MostOfAccount = 64;

    public const int MostInAll = 512;

    /// <summary>How long one is kept whose client has stopped listening: it may only have changed its network.</summary>
    public static readonly TimeSpan Left = TimeSpan.FromMinutes(2);

    /// <summary>An agent may be silent while a person decides.</summary>
    public static readonly TimeSpan Idle = TimeSpan.FromHours(1);

    private readonly ILoggerFactory _logs;
    private readonly TimeProvider _time;
    private readonly ILogger<McpConnections> _logger;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, McpConnection> _open = new(StringComparer.Ordinal);
    private readonly ITimer _sweep;

    public McpConnections(ILoggerFactory logs, TimeProvider time, ILogger<McpConnections> logger)
    {
        (_logs, _time, _logger) = (logs, time, logger);
        _sweep = time.CreateTimer(_ => Sweep(), null, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(1));
    }

    public int Count
    {
        get
        {
            lock (_lock) return _open.Count;
        }
    }

    /// <returns>Null when the process has as many as it may, all of them at work.</returns>
    public McpConnection? Open(McpCaller caller)
    {
        Sweep();
        McpConnection? pushedOut = null;
        try
        {
            lock (_lock)
            {
                var own = _open.Values.Where(c => c.Owner == caller.Owner).ToList();
                var account = _open.Values.Where(c => c.Account == caller.Account).ToList();
                if (own.Count >= MostOfOne || account.Count >= MostOfAccount || _open.Count >= MostInAll)
                {
                    // One's own oldest, or of one's account one that its client has left; somebody else's only where the room for all is full, and left.
                    pushedOut = own.Where(c => !c.IsBusy).MinBy(c => c.LastUsed);
                    if (own.Count < MostOfOne) pushedOut ??= (account.Count >= MostOfAccount ? account : [.. _open.Values]).Where(c => c.IsLeft && !c.IsBusy).MinBy(c => c.LastUsed);
                    if (pushedOut is null) return null;
                    _open.Remove(pushedOut.Id);
                }
                var connection = new McpConnection(caller, _logs, _time.GetTimestamp());
                return _open[connection.Id] = connection;
            }
        }
        finally
        {
            if (pushedOut is not null) _ = CloseAsync(pushedOut);
        }
    }

    /// <returns>Null when there is none of this id, or it is another caller's.</returns>
    public McpConnection? Find(string id, string owner)
    {
        lock (_lock)
        {
            if (!_open.TryGetValue(id, out var found) || found.Owner != owner || IsIdle(found)) return null;
            (found.LastUsed, found.IsLeft) = (_time.GetTimestamp(), false);
            return found;
        }
    }

    /// <summary>Nobody listens to it any more: the place is free before long, unless its client is heard of again.</summary>
    /// <param name="since">When the listening began: whoever was heard of after that has only changed its way here.</param>
    public void Leave(McpConnection connection, long since)
    {
        lock (_lock)
            if (connection.LastUsed <= since) (connection.LastUsed, connection.IsLeft) = (_time.GetTimestamp(), true);
    }

    public async Task RemoveAsync(McpConnection connection)
    {
        lock (_lock) _open.Remove(connection.Id);
        await CloseAsync(connection);
    }

    public async ValueTask DisposeAsync()
    {
        await _sweep.DisposeAsync();
        List<McpConnection> all;
        lock (_lock)
        {
            all = [.. _open.Values];
            _open.Clear();
        }
        foreach (var connection in all) await CloseAsync(connection);
    }

    private bool IsIdle(McpConnection connection) => !connection.IsBusy && _time.GetElapsedTime(connection.LastUsed) > (connection.IsLeft ? Left : Idle);

    private void Sweep()
    {
        List<McpConnection> idle;
        lock (_lock)
        {
            idle = [.. _open.Values.Where(IsIdle)];
            foreach (var connection in idle) _open.Remove(connection.Id);
        }
        foreach (var connection in idle) _ = CloseAsync(connection);
    }

    private async Task CloseAsync(McpConnection connection)
    {
        try
        {
            await connection.DisposeAsync();
        }
        catch (Exception e)
        {
            LogNotClosed(e, connection.Owner);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A connection of {Owner} to tools did not close in good order")]
    private partial void LogNotClosed(Exception exception, string owner);
}
