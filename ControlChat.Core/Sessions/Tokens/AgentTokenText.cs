using System.Buffers.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Accounts.Jose;

namespace ControlChat.Core.Sessions.Tokens;

/// <summary>What must stand in an agent's token, and nothing but it.</summary>
internal static class AgentTokenText
{
    /// <summary>The header is <c>{alg, typ, kid}</c>, letter for letter as this hub writes it: there is one way to say it, and no room for a key of somebody else's.</summary>
    public static bool HasOwnHeader(string token, string keyId)
    {
        var header = new JsonObject { ["alg"] = JwsAlgorithm.Es256.Name, ["typ"] = "JWT", ["kid"] = keyId };
        return token.StartsWith(Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(header)) + ".", StringComparison.Ordinal);
    }

    /// <summary>Null when the claims hold by themselves: whose, for whom, when, and complete.</summary>
    public static string? Fault(JsonElement claims, string hub, DateTimeOffset now) =>
        claims.Text("iss") != hub ? "issuer"
        : claims.Text("aud") != AgentTokens.Audience ? "audience"
        : TimeFault(claims, now) is { } time ? time
        : claims.Text("jti") is not { Length: > 0 and <= 128 } ? "jti"
        : claims.Text("sub") is null || claims.Text("workspace") is null || claims.Text("session") is null || claims.Text("config") is null || Scopes(claims) is null ? "claims"
        : null;

    /// <summary>The row has the last word: whether the session lives, and whose and where it is.</summary>
    public static string? SessionFault(JsonElement claims, Session? session, DateTimeOffset now) =>
        session is null ? "session_unknown"
        : session.HasEnded ? "session_ended"
        : !session.IsAliveAt(now) ? "session_expired"
        : session.OwnerId != claims.Text("sub") || session.WorkspaceId != claims.Text("workspace") || session.Profile != claims.Text("config") ? "session_other"
        : Time(claims, "exp") > session.ExpiresAt ? "lifetime"
        : null;

    /// <summary>Null when they are no list of texts.</summary>
    public static IReadOnlyList<string>? Scopes(JsonElement claims) =>
        claims.TryGetProperty("scopes", out var scopes) && scopes.ValueKind == JsonValueKind.Array && scopes.EnumerateArray().All(static s => s.ValueKind == JsonValueKind.String)
            ? [.. scopes.EnumerateArray().Select(static s => s.GetString()!)]
            : null;

    /// <summary>Whole seconds; null for anything else. Other clocks have no part in this, so there is no allowance for them.</summary>
    public static DateTimeOffset? Time(JsonElement claims, string name) =>
        claims.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var seconds) && seconds is >= 0 and <= 253_402_300_799
            ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;

    private static string? TimeFault(JsonElement claims, DateTimeOffset now)
    {
        if (Time(claims, "iat") is not { } issued || Time(claims, "nbf") is not { } begin || Time(claims, "exp") is not { } end) return "times";
        if (now >= end) return "expired";
        if (now < begin || now < issued) return "not_yet_valid";
        return end - issued > AgentTokens.Life ? "lifetime" : null;
    }
}
