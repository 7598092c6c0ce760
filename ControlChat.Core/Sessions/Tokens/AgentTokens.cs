using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Accounts.Jose;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Sessions.Tokens;

/// <summary>
/// The token a worker shows for a session to the tools of its workspace (R73-R79): signed, a quarter of an hour long, never past the
/// session's end, and worth nothing once that has ended. All times are the database's, the same for whoever issues and whoever checks.
/// </summary>
public sealed class AgentTokens
{
    public const string Audience = "controlchat:workspace";
    public const string Tier = "workspace-agent";

    /// <summary>The longest a token lives; its worker renews it.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromMinutes(15);

    private readonly HubDatabase _database;
    private readonly SessionStore _sessions;
    private readonly HubIdentity _hub;
    private readonly AgentTokenKey _key;

    internal AgentTokens(HubDatabase database, SessionStore sessions, HubIdentity hub, AgentTokenKey key) => (_database, _sessions, _hub, _key) = (database, sessions, hub, key);

    /// <param name="scopes">Of <see cref="AgentScopes"/>.</param>
    /// <returns>Null when the session does not live, or has less than a second left.</returns>
    public async Task<string?> IssueAsync(string sessionId, IReadOnlyList<string> scopes, CancellationToken cancellationToken)
    {
        if (scopes.FirstOrDefault(s => !AgentScopes.All.Contains(s)) is { } unknown) throw new ArgumentException($"There is no scope {unknown}.", nameof(scopes));
        var hub = await _hub.GetAsync(cancellationToken);
        await using var reader = await _database.ReadAsync(cancellationToken);
        if (await _sessions.FindAsync(reader, sessionId, cancellationToken) is not { } session || !session.IsAliveAt(reader.Now)) return null;
        var now = reader.Now.ToUnixTimeSeconds();
        var end = Math.Min(now + (long)Life.TotalSeconds, session.ExpiresAt!.Value.ToUnixTimeSeconds());
        return end <= now ? null : _key.Sign(Claims(session, hub, scopes, now, end));
    }

    /// <param name="token">As it was shown; null when none was.</param>
    /// <param name="workspaceId">The workspace that is asked for; null: the token's own.</param>
    /// <param name="scope">What is to be done there, of <see cref="AgentScopes"/>; null: what, is asked later.</param>
    public async Task<AgentTokenReading> VerifyAsync(string? token, string? workspaceId, string? scope, CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(token)) return new AgentTokenReading.Refused("No agent token found", "missing");
        var reading = Jws.Read(token);
        if (reading is JwsReading.Formed { Token: var formed })
        {
            if (!AgentTokenText.HasOwnHeader(token, _key.Public.Id!)) return Failed("header");
            reading = Jws.Verify(formed, [_key.Public]);
        }
        if (reading is not JwsReading.Verified { Claims: var claims }) return Failed(reading is JwsReading.Refused { Reason: var why } ? why : "form");
        var hub = await _hub.GetAsync(cancellationToken);
        await using var reader = await _database.ReadAsync(cancellationToken);
        if (claims.Text("tier") != Tier) return new AgentTokenReading.Refused($"Tool requires {Tier} tier", "tier");
        if (AgentTokenText.Fault(claims, hub, reader.Now) is { } fault) return Failed(fault);
        if (workspaceId is not null && claims.Text("workspace") != workspaceId) return new AgentTokenReading.Refused($"Access denied to run {workspaceId}", "workspace");
        var session = await _sessions.FindAsync(reader, claims.Text("session")!, cancellationToken);
        if (AgentTokenText.SessionFault(claims, session, reader.Now) is { } gone) return Failed(gone);
        var scopes = AgentTokenText.Scopes(claims)!;
        return scope is null || scopes.Contains(scope)
            ? new AgentTokenReading.Accepted(new AgentClaims(claims.Text("jti")!, session!, scopes, AgentTokenText.Time(claims, "exp")!.Value))
            : Failed("scope");
    }

    private static AgentTokenReading.Refused Failed(string reason) => new("Token validation failed", reason);

    private static JsonObject Claims(Session session, string hub, IReadOnlyList<string> scopes, long now, long end) => new()
    {
        ["iss"] = hub,
        ["aud"] = Audience,
        ["sub"] = session.OwnerId,
        ["workspace"] = session.WorkspaceId,
        ["session"] = session.Id,
        ["config"] = session.Profile,
        ["tier"] = Tier,
        ["scopes"] = new JsonArray([.. scopes.Select(s => (JsonNode)s)]),
        ["jti"] = Credential.New(),
        ["iat"] = now,
        ["nbf"] = now,
        ["exp"] = end,
    };
}
