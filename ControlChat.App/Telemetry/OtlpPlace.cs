using ControlChat.Core.Settings;

namespace ControlChat.App.Telemetry;

/// <summary>Where spans and numbers go: the hub's own settings, else OpenTelemetry's usual variables.</summary>
/// <param name="Endpoint">The base address, without a slash at the end.</param>
/// <param name="Headers"><c>name=value,…</c>, or null. A secret.</param>
internal sealed record OtlpPlace(string Endpoint, string? Headers)
{
    /// <summary>Null when nothing is sent anywhere.</summary>
    public static OtlpPlace? Of(LoadedSettings settings, Func<string, string?> environment)
    {
        if (environment("OTEL_SDK_DISABLED") is "true") return null;
        if (settings.Options.Telemetry.Otlp.Endpoint is { } own) return new OtlpPlace(own.TrimEnd('/'), settings.Secrets.Find("Telemetry:Otlp:Headers"));
        return environment("OTEL_EXPORTER_OTLP_ENDPOINT") is { Length: > 0 } usual && Uri.IsWellFormedUriString(usual, UriKind.Absolute)
            ? new OtlpPlace(usual.TrimEnd('/'), settings.Secrets.Find("Telemetry:Otlp:Headers") ?? environment("OTEL_EXPORTER_OTLP_HEADERS")) : null;
    }

    /// <summary>What must never be logged: the headers as a whole, each value, and of "Bearer x" the x.</summary>
    public IEnumerable<string> Secrets => Headers is null ? []
        : Headers.Split(',').Select(h => Uri.UnescapeDataString(h[(h.IndexOf('=', StringComparison.Ordinal) + 1)..].Trim())).SelectMany(v => new[] { v, v.Split(' ')[^1] }).Append(Headers).Distinct();

    // A record prints its members.
    public override string ToString() => Endpoint;
}
