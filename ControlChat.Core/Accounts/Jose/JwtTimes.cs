using System.Text.Json;

namespace ControlChat.Core.Accounts.Jose;

/// <summary>The times of a token (RFC 7519, 4.1), against a clock that may differ by a minute.</summary>
public static class JwtTimes
{
    /// <summary>How far the other clock may be off.</summary>
    public static readonly TimeSpan Skew = TimeSpan.FromSeconds(60);

    private const double Latest = 253_402_300_799; // the end of the year 9999

    /// <summary>A NumericDate; null when it is absent, no number, or no time.</summary>
    public static DateTimeOffset? Time(JsonElement claims, string name) =>
        claims.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var seconds) && seconds is >= 0 and <= Latest
            ? DateTimeOffset.FromUnixTimeMilliseconds((long)(seconds * 1000)) : null;

    /// <summary>Whether the token holds now: it has an end that is not over, and no beginning that is still to come.</summary>
    public static bool Holds(JsonElement claims, DateTimeOffset now) =>
        Time(claims, "exp") is { } end && now < end + Skew
        && (!claims.TryGetProperty("nbf", out _) || (Time(claims, "nbf") is { } begin && begin <= now + Skew));
}
