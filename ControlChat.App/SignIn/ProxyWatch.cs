namespace ControlChat.App.SignIn;

/// <summary>Whether the trusted proxy's headers arrive. Without them the hub refuses everybody, and somebody should know why: /health/ready says it, the log warns.</summary>
public sealed partial class ProxyWatch(TimeProvider time, ILogger<ProxyWatch> logger)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private readonly Lock _gate = new();
    private bool _missing;
    private bool _seen;
    private long? _warnedAt;

    /// <summary><c>ok</c>, <c>missing</c> (the latest request came without them), or <c>not_seen</c> before any request.</summary>
    public string State
    {
        get { lock (_gate) return _missing ? "missing" : _seen ? "ok" : "not_seen"; }
    }

    internal void Saw()
    {
        lock (_gate) (_seen, _missing) = (true, false);
    }

    internal void Missed()
    {
        lock (_gate)
        {
            _missing = true;
            if (_warnedAt is { } at && time.GetElapsedTime(at) < Minute) return;
            _warnedAt = time.GetTimestamp();
        }
        LogMissing(logger);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A request came without the headers of the trusted proxy (SignIn:Proxy). Do not expose this hub directly: let the proxy be the only way to it, and let it set its headers and the secret on every request.")]
    private static partial void LogMissing(ILogger logger);
}
