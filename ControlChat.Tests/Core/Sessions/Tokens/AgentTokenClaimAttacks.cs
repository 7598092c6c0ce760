using System.Text.Json.Nodes;

namespace ControlChat.Tests.Core.Sessions.Tokens;

/// <summary>Tokens this hub's own key has signed, with something in them that must not hold.</summary>
internal sealed class AgentTokenClaimAttacks(AgentTokenBench bench)
{
    private static readonly string[] _noText = ["null", "1", "true", "[]", "{}"];
    private static readonly string[] _noTime = ["null", "\"1\"", "1.5", "-1", "1e400", "true", "[]", "999999999999999", "1700000000.5"];

    public IEnumerable<Attack> All() => [.. Whose(), .. When(), .. Where()];

    private IEnumerable<Attack> Whose()
    {
        foreach (var (claim, reason) in new[] { ("tier", "tier"), ("iss", "issuer"), ("aud", "audience"), ("jti", "jti"), ("sub", "claims"), ("session", "claims"), ("config", "claims"), ("workspace", "claims") })
        {
            yield return With($"no {claim}", reason, c => c.Remove(claim));
            foreach (var value in _noText) yield return With($"{claim} {value}", reason, c => c[claim] = JsonNode.Parse(value));
        }
        foreach (var tier in new[] { "", "wojak", "janny", "Workspace-Agent", "workspace-agent ", "workspace_agent", "admin" }) yield return With($"tier {tier}", "tier", c => c["tier"] = tier);
        foreach (var hub in new[] { "", "hub_other", bench.HubId + " ", bench.HubId.ToUpperInvariant(), "https://" + bench.HubId }) yield return With($"of the hub {hub}", "issuer", c => c["iss"] = hub);
        foreach (var audience in new[] { "", "controlchat", "controlchat:control", "CONTROLCHAT:WORKSPACE", "controlchat:workspace/" }) yield return With($"for {audience}", "audience", c => c["aud"] = audience);
        yield return With("for one of a list", "audience", c => c["aud"] = new JsonArray("controlchat:workspace"));
        yield return With("an empty jti", "jti", c => c["jti"] = "");
        yield return With("a long jti", "jti", c => c["jti"] = new string('j', 129));
        foreach (var scopes in new[] { "null", "\"files:read\"", "1", "{}", "[1]", "[\"files:read\",null]", "[[\"files:read\"]]" }) yield return With($"scopes {scopes}", "claims", c => c["scopes"] = JsonNode.Parse(scopes));
        yield return With("no scopes", "claims", c => c.Remove("scopes"));
        foreach (var scopes in new[] { "[]", "[\"documents:write\"]", "[\"files:READ\"]", "[\"files:*\"]", "[\"*\"]", "[\"files:read \"]", "[\"files:read documents:write\"]" }) yield return With($"scopes {scopes}", "scope", c => c["scopes"] = JsonNode.Parse(scopes));
    }

    private IEnumerable<Attack> When()
    {
        foreach (var claim in new[] { "iat", "nbf", "exp" })
        {
            yield return With($"no {claim}", "times", c => c.Remove(claim));
            foreach (var value in _noTime) yield return With($"{claim} {value}", "times", c => c[claim] = JsonNode.Parse(value));
        }
        foreach (var ago in new[] { 0, 1, 59, 60, 600, 86_400 }) yield return With($"over {ago} s ago", "expired", c => (c["iat"], c["nbf"], c["exp"]) = (bench.Now - ago - 600, bench.Now - ago - 600, bench.Now - ago));
        foreach (var ahead in new[] { 1, 30, 60, 61, 599 }) yield return With($"from in {ahead} s on", "not_yet_valid", c => c["nbf"] = bench.Now + ahead);
        foreach (var ahead in new[] { 1, 30, 300 }) yield return With($"issued in {ahead} s", "not_yet_valid", c => c["iat"] = bench.Now + ahead);
        foreach (var life in new[] { 901, 1_000, 86_400, 10_000_000 }) yield return With($"for {life} s", "lifetime", c => c["exp"] = bench.Now + life);
        yield return With("backdated to live long", "lifetime", c => (c["iat"], c["nbf"], c["exp"]) = (bench.Now - 800, bench.Now - 800, bench.Now + 200));
    }

    private IEnumerable<Attack> Where()
    {
        foreach (var workspace in new[] { "", "ws_2", "WS_1", "ws_1 ", "ws_1/", "../ws_1", "*" }) yield return With($"in {workspace}", "workspace", c => c["workspace"] = workspace);
        foreach (var session in new[] { "", "ags_none", "*", "' or 1=1 --" }) yield return With($"of {session}", "session_unknown", c => c["session"] = session);
        yield return With("of another's session", "session_other", c => c["session"] = bench.Elsewhere.Id);
        foreach (var account in new[] { "", "acc_2", "ACC_1", "acc_1 " }) yield return With($"for {account}", "session_other", c => c["sub"] = account);
        foreach (var profile in new[] { "", "other", "DEFAULT" }) yield return With($"by the profile {profile}", "session_other", c => c["config"] = profile);
    }

    private Attack With(string name, string reason, Action<JsonObject> change) => new(name, bench.Token(claims: bench.Claims(change).ToJsonString()), reason);
}
