using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Tokens;
using ControlChat.Tests.Core.Workspaces;

namespace ControlChat.Tests.Core.Sessions.Tokens;

/// <summary>A hub with its own token key, a session at work in one workspace and others elsewhere; and the key itself, for tokens that are wrong in one way only.</summary>
internal sealed class AgentTokenBench : IDisposable
{
    public const string Place = "ws_1";
    private readonly AgentTokenKey _key;

    private AgentTokenBench(WorkspaceHub hub, string hubId, Session session, Session elsewhere, OwnKey own)
    {
        (Hub, HubId, Session, Elsewhere) = (hub, hubId, session, elsewhere);
        _key = new AgentTokenKey(own);
        Tokens = new AgentTokens(hub.Database, new SessionStore(), new HubIdentity(hub.Database), _key);
        KeyId = _key.Public.Id!;
        Ec = own.Find()!;
    }

    public WorkspaceHub Hub { get; }

    public string HubId { get; }

    public string KeyId { get; }

    /// <summary>The hub's own, with its private half.</summary>
    public ECDsa Ec { get; }

    public AgentTokens Tokens { get; }

    public Session Session { get; }

    /// <summary>At work in another workspace, for another account.</summary>
    public Session Elsewhere { get; }

    public long Now => Hub.Time.GetUtcNow().ToUnixTimeSeconds();

    public static async Task<AgentTokenBench> OpenAsync(WorkspaceHub hub, ISharedKeys? shared = null)
    {
        var (session, _) = await SessionBench.StartedAsync(hub.Database, SessionBench.Asked("acc_1", Place));
        var (elsewhere, _) = await SessionBench.StartedAsync(hub.Database, SessionBench.Asked("acc_2", "ws_2"));
        return new AgentTokenBench(hub, await new HubIdentity(hub.Database).GetAsync(default), session, elsewhere, new OwnKey("session-tokens", hub["keys/session-tokens.pem"], shared));
    }

    public JsonObject Claims(Action<JsonObject>? change = null)
    {
        var claims = new JsonObject
        {
            ["iss"] = HubId,
            ["aud"] = "controlchat:workspace",
            ["sub"] = Session.OwnerId,
            ["workspace"] = Place,
            ["session"] = Session.Id,
            ["config"] = Session.Profile,
            ["tier"] = "workspace-agent",
            ["scopes"] = new JsonArray("files:read"),
            ["jti"] = "j1",
            ["iat"] = Now,
            ["nbf"] = Now,
            ["exp"] = Now + 600,
        };
        change?.Invoke(claims);
        return claims;
    }

    /// <summary>Exactly as the hub writes it.</summary>
    public string Header => $$"""{"alg":"ES256","typ":"JWT","kid":"{{KeyId}}"}""";

    public string Token(string? header = null, string? claims = null, Func<byte[], byte[]>? sign = null) => Token(Encoding.UTF8.GetBytes(header ?? Header), Encoding.UTF8.GetBytes(claims ?? Claims().ToJsonString()), sign);

    public string Token(byte[] header, byte[] claims, Func<byte[], byte[]>? sign = null)
    {
        var input = $"{Base64Url.EncodeToString(header)}.{Base64Url.EncodeToString(claims)}";
        return $"{input}.{Base64Url.EncodeToString((sign ?? Sign)(Encoding.ASCII.GetBytes(input)))}";
    }

    public byte[] Sign(byte[] input) => SignWith(Ec, input);

    public static byte[] SignWith(ECDsa key, byte[] input) => key.SignData(input, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    public Task<AgentTokenReading> VerifyAsync(string? token, string workspace = Place, string scope = AgentScopes.FilesRead) => Tokens.VerifyAsync(token, workspace, scope, default);

    public void Dispose()
    {
        _key.Dispose();
        Ec.Dispose();
    }
}
