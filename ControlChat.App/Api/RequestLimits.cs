using System.Collections.Concurrent;
using ControlChat.App.SignIn;
using ControlChat.Core.Settings;

namespace ControlChat.App.Api;

/// <summary>Requests a minute by principal (or by address before sign-in), and the size of a body that says its length.</summary>
internal sealed class RequestLimits(RequestDelegate next, IHubSettings settings, KnownProxies proxies, TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);
    private readonly ConcurrentDictionary<string, Tally> _counts = new(StringComparer.Ordinal);
    private long _swept;

    /// <summary>
    /// What the server itself takes of a body. A client that is refused while it still sends sees a broken connection instead of the answer,
    /// so what is somewhat too large is read to its end and dropped.
    /// </summary>
    public static long ReadAtMost(LimitsSection limits) => 16L * limits.BodyBytes;

    public static ApiException TooLarge(LimitsSection limits) => new(413, "too_large", $"The body has more than {limits.BodyBytes} bytes (Limits:BodyBytes).");

    public async Task InvokeAsync(HttpContext context)
    {
        // Agents have limits of their own: they all come from one address, and send long histories.
        if (context.GetEndpoint()?.Metadata.GetMetadata<AgentRoute>() is not null)
        {
            await next(context);
            return;
        }
        var limits = settings.Current.Limits;
        Count(context, limits);
        if (context.Request.ContentLength > limits.BodyBytes)
        {
            if (context.GetPrincipal() is not null) await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted);
            throw TooLarge(limits);
        }
        await next(context);
    }

    private void Count(HttpContext context, LimitsSection limits)
    {
        if (!IsCounted(context)) return;
        var key = context.GetPrincipal()?.Key ?? $"address:{proxies.NetworkOf(context)}";
        if (Wait(key, limits.RequestsPerMinute) is { } seconds)
            throw new ApiException(429, "rate_limited", $"More than {limits.RequestsPerMinute} requests in a minute (Limits:RequestsPerMinute). Try again in {seconds} s.") { RetryAfter = seconds };
    }

    // Files and the circuit's own traffic are not requests anybody makes by hand; what circuits ask for is limited at the gate.
    private static bool IsCounted(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<PublicAsset>() is null
        && !context.Request.Path.StartsWithSegments("/_blazor", StringComparison.OrdinalIgnoreCase)
        && !context.Request.Path.StartsWithSegments("/health", StringComparison.OrdinalIgnoreCase);

    private int? Wait(string key, int most)
    {
        var now = time.GetTimestamp();
        Sweep(now);
        var count = _counts.AddOrUpdate(key, _ => new Tally(now, 1), (_, c) => time.GetElapsedTime(c.Since, now) >= Window ? new Tally(now, 1) : c with { Requests = c.Requests + 1 });
        return count.Requests <= most ? null : Math.Max(1, (int)Math.Ceiling((Window - time.GetElapsedTime(count.Since, now)).TotalSeconds));
    }

    private void Sweep(long now)
    {
        var last = Interlocked.Read(ref _swept);
        if (time.GetElapsedTime(last, now) < Window || Interlocked.CompareExchange(ref _swept, now, last) != last) return;
        foreach (var (key, count) in _counts)
            if (time.GetElapsedTime(count.Since, now) >= Window) _counts.TryRemove(key, out _);
    }

    private sealed record Tally(long Since, int Requests);
}
