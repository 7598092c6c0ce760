using ControlChat.App.Api;
using ControlChat.App.Start;
using ControlChat.App.Ui;
using ControlChat.Core.Accounts;
using ControlChat.Core.Settings;

namespace ControlChat.App.SignIn;

/// <summary>
/// Whether who reaches the hub past an authenticated parent and its proxy is noticed: where others can reach the process or parents embed its
/// pages, a trusted proxy belongs in front. It warns at start, in <c>/health/ready</c> and on pages; with <c>Hub:RequireProxy</c> it refuses.
/// </summary>
public sealed partial class ProxyGuard
{
    /// <summary>The warning of every place that has one.</summary>
    public static string Warning => Texts.ProxyWarning;

    // Who sends a header of a proxy's is told of for a while, not for ever.
    private static readonly TimeSpan Remember = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly string[] Forwarded = ["X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-User", "Forwarded"];
    private readonly OwnAddresses _own;
    private readonly KnownProxies _proxies;
    private readonly ProxyWatch _watch;
    private readonly TimeProvider _time;
    private readonly ILogger<ProxyGuard> _logger;
    private readonly ProxySection _proxy;
    private readonly bool _embeds;
    private readonly bool _requires;
    private readonly string _secret;
    private readonly Lock _gate = new();
    private readonly Sighting _stranger = new();
    private readonly Sighting _bare = new();

    internal ProxyGuard(LoadedSettings loaded, OwnAddresses own, KnownProxies proxies, ProxyWatch watch, TimeProvider time, ILogger<ProxyGuard> logger)
    {
        (_own, _proxies, _watch, _time, _logger) = (own, proxies, watch, time, logger);
        (_proxy, _embeds, _requires) = (loaded.Options.SignIn.Proxy, loaded.Options.Embed.Origins.Count > 0, loaded.Options.Hub.RequireProxy);
        _secret = loaded.Secrets.Find("SignIn:Proxy:Secret") ?? "";
    }

    /// <summary><c>off</c>: only this machine reaches it. <c>ok</c>. <c>no_proxy</c>: others reach it or embed it, and no trusted proxy is named.
    /// <c>headers_missing</c>: the proxy's headers did not arrive. <c>unknown_proxy</c>: forwarded headers came from an address that is not a known proxy.</summary>
    public string State
    {
        get
        {
            if ((_proxy.Enabled && _watch.State == "missing") || Saw(_bare)) return "headers_missing";
            if (Saw(_stranger)) return "unknown_proxy";
            if (_proxy.KnownProxies.Count > 0) return "ok";
            return _own.IsOpen || _embeds ? "no_proxy" : "off";
        }
    }

    /// <summary>Why it is not guarded and what to do, for people; null: it is, or need not be.</summary>
    public string? Fault => State switch
    {
        "no_proxy" when _embeds => Texts.NoProxyEmbed.With(Warning),
        "no_proxy" => Texts.NoProxyOpen.With(Warning),
        "headers_missing" => Texts.ProxyHeadersMissing.With(Warning),
        "unknown_proxy" => Texts.ProxyUnknown.With(Warning),
        _ => null,
    };

    /// <summary>Says at start what is wrong, once it is known where the process listens.</summary>
    internal void Begin()
    {
        if (Fault is { } fault) LogUnguarded(_logger, fault);
    }

    /// <returns>Whether the request may go on.</returns>
    internal bool Passes(HttpContext context)
    {
        var known = _proxies.Knows(context.Connection.RemoteIpAddress);
        var forwarded = Forwarded.Any(context.Request.Headers.ContainsKey);
        if (!known && forwarded && See(_stranger)) LogStranger(_logger);
        // Past the proxy, or by a proxy that does not say for whom.
        if (!forwarded && _proxy is { Enabled: false, KnownProxies.Count: > 0 } && (known || !context.IsOfThisMachine()) && See(_bare)) LogBare(_logger);
        if (!_requires || (known && IsPassedOn(context.Request))) return true;
        return !_proxy.Enabled && context.IsOfThisMachine();
    }

    private bool IsPassedOn(HttpRequest request) => _proxy.Enabled
        ? request.Headers[ProxyDoor.SecretHeader] is [{ } secret] && Credential.Matches(_secret, secret)
        : request.Headers.ContainsKey("X-Forwarded-For");

    private bool Saw(Sighting sighting)
    {
        lock (_gate) return sighting.At is { } at && _time.GetElapsedTime(at) < Remember;
    }

    /// <returns>Whether it is time to warn of it.</returns>
    private bool See(Sighting sighting)
    {
        lock (_gate)
        {
            sighting.At = _time.GetTimestamp();
            if (sighting.WarnedAt is { } at && _time.GetElapsedTime(at) < Minute) return false;
            sighting.WarnedAt = sighting.At;
            return true;
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "{Fault}")]
    private static partial void LogUnguarded(ILogger logger, string fault);

    [LoggerMessage(2, LogLevel.Warning, "A request came with forwarded headers from an address that is not in SignIn:Proxy:KnownProxies; they were not believed. If that is your proxy, name it there; if not, somebody reaches the hub past it. Do not expose the console directly to the internet. Run it only behind an authenticated parent and a secure proxy.")]
    private static partial void LogStranger(ILogger logger);

    [LoggerMessage(3, LogLevel.Warning, "A request came without X-Forwarded-For although SignIn:Proxy:KnownProxies names a proxy: somebody reaches the hub past it, or it does not send the header. Do not expose the console directly to the internet. Run it only behind an authenticated parent and a secure proxy.")]
    private static partial void LogBare(ILogger logger);

    private sealed class Sighting
    {
        public long? At { get; set; }

        public long? WarnedAt { get; set; }
    }
}

/// <summary>Lets through what the guard does. Health answers everybody, and agents come by an address of their own.</summary>
internal sealed class ProxyGate(RequestDelegate next, ProxyGuard guard)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (context.Request.Path.StartsWithSegments("/health", StringComparison.OrdinalIgnoreCase) || context.GetEndpoint()?.Metadata.GetMetadata<AgentRoute>() is not null) return next(context);
        return guard.Passes(context) ? next(context) : throw new ApiException(403, "proxy_required", "This hub is reached through its proxy only (Hub:RequireProxy). Open it by the address your organisation gave you.");
    }
}
