using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ControlChat.Tests.Support;

/// <summary>A small OpenID provider on a free port, which a test can make say anything.</summary>
public sealed class TestProvider : IAsyncDisposable
{
    public const string ClientId = "hub";
    public const string Secret = "the-secret-of-the-client";

    private readonly WebApplication _app;
    private readonly TimeProvider _time;
    private readonly ConcurrentDictionary<string, (string Challenge, string Redirect, string Nonce)> _codes = new();

    private TestProvider(WebApplication app, TimeProvider time) => (_app, _time) = (app, time);

    public string Url => _app.Urls.First();

    public RSA Key { get; set; } = RSA.Create(2048);

    public string KeyId { get; set; } = "k1";

    /// <summary>Claims over the usual ones; a null takes one away.</summary>
    public Dictionary<string, JsonNode?> Claims { get; } = new() { ["sub"] = "s-1", ["name"] = "Mara Kowalski" };

    /// <summary>Over the header's.</summary>
    public Dictionary<string, JsonNode?> Header { get; } = [];

    /// <summary>What is sent in place of the id_token that would be.</summary>
    public Func<string, string>? Replace { get; set; }

    /// <summary>Discovery, keys and tokens answer 503.</summary>
    public bool Down { get; set; }

    /// <summary>What happens elsewhere while the hub asks for the tokens.</summary>
    public Func<Task>? Meanwhile { get; set; }

    /// <summary>How many answers are still to fail.</summary>
    public int Failures { get; set; }

    public string? OtherIssuer { get; set; }

    public int KeyReads { get; private set; }

    public int DiscoveryReads { get; private set; }

    /// <summary>The query of the last authorization request.</summary>
    public IQueryCollection Asked { get; private set; } = new QueryCollection();

    public static async Task<TestProvider> StartAsync(TimeProvider? time = null)
    {
        // Every hub of this process reads it; only a hub with a provider uses it.
        Environment.SetEnvironmentVariable("SignIn__Providers__0__ClientSecret", Secret);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var provider = new TestProvider(app, time ?? TimeProvider.System);
        app.MapGet("/.well-known/openid-configuration", () => provider.Discovery());
        app.MapGet("/keys", () => provider.Keys());
        app.MapGet("/authorize", (HttpContext context) => provider.Authorize(context));
        // As a plain lambda it would be a RequestDelegate, whose result nobody looks at.
        app.MapPost("/token", (Delegate)((HttpContext context) => provider.TokenAsync(context)));
        await app.StartAsync();
        return provider;
    }

    /// <summary>Settings of a hub that knows this provider as "Test ID".</summary>
    public string[] Settings(params string[] more) =>
        ["--SignIn:Providers:0:Name=Test ID", $"--SignIn:Providers:0:Authority={Url}", $"--SignIn:Providers:0:ClientId={ClientId}", .. more.Select(m => "--SignIn:Providers:0:" + m)];

    public void NewKey(string id) => (Key, KeyId) = (RSA.Create(2048), id);

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        Key.Dispose();
    }

    private IResult Discovery()
    {
        DiscoveryReads++;
        if (Fails()) return Results.StatusCode(503);
        return Results.Json(new JsonObject
        {
            ["issuer"] = OtherIssuer ?? Url,
            ["authorization_endpoint"] = Url + "/authorize",
            ["token_endpoint"] = Url + "/token",
            ["jwks_uri"] = Url + "/keys",
        });
    }

    private IResult Keys()
    {
        KeyReads++;
        if (Fails()) return Results.StatusCode(503);
        var p = Key.ExportParameters(false);
        return Results.Json(new JsonObject { ["keys"] = new JsonArray(new JsonObject { ["kty"] = "RSA", ["use"] = "sig", ["kid"] = KeyId, ["n"] = Base64Url.EncodeToString(p.Modulus), ["e"] = Base64Url.EncodeToString(p.Exponent) }) });
    }

    private IResult Authorize(HttpContext context)
    {
        Asked = context.Request.Query;
        var code = Guid.NewGuid().ToString("n");
        _codes[code] = (Asked["code_challenge"]!, Asked["redirect_uri"]!, Asked["nonce"]!);
        return Results.Redirect($"{Asked["redirect_uri"]}?code={code}&state={Asked["state"]}&iss={Uri.EscapeDataString(Url)}");
    }

    private async Task<IResult> TokenAsync(HttpContext context)
    {
        if (Fails()) return Results.StatusCode(503);
        if (Meanwhile is { } meanwhile) await meanwhile();
        var form = await context.Request.ReadFormAsync();
        var basic = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{ClientId}:{Secret}"));
        if (context.Request.Headers.Authorization != basic) return Results.Json(new { error = "invalid_client" }, statusCode: 401);
        if (!_codes.TryRemove(form["code"].ToString(), out var asked) || form["redirect_uri"] != asked.Redirect || form["grant_type"] != "authorization_code") return Results.Json(new { error = "invalid_grant" }, statusCode: 400);
        var challenge = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(form["code_verifier"].ToString())));
        if (challenge != asked.Challenge) return Results.Json(new { error = "invalid_grant" }, statusCode: 400);
        var token = IdToken(asked.Nonce, "the-access-token");
        return Results.Json(new { access_token = "the-access-token", token_type = "Bearer", id_token = Replace?.Invoke(token) ?? token });
    }

    private string IdToken(string nonce, string accessToken)
    {
        var now = _time.GetUtcNow().ToUnixTimeSeconds();
        var claims = new JsonObject
        {
            ["iss"] = Url,
            ["aud"] = ClientId,
            ["iat"] = now,
            ["exp"] = now + 300,
            ["auth_time"] = now,
            ["nonce"] = nonce,
            ["at_hash"] = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(accessToken)).AsSpan(0, 16)),
        };
        return Sign(Over(new JsonObject { ["alg"] = "RS256", ["typ"] = "JWT", ["kid"] = KeyId }, Header), Over(claims, Claims));
    }

    public string Sign(JsonObject header, JsonObject claims)
    {
        var input = $"{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header.ToJsonString()))}.{Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims.ToJsonString()))}";
        return $"{input}.{Base64Url.EncodeToString(Key.SignData(Encoding.ASCII.GetBytes(input), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }

    private bool Fails()
    {
        if (Failures > 0) Failures--;
        else if (!Down) return false;
        return true;
    }

    private static JsonObject Over(JsonObject usual, Dictionary<string, JsonNode?> changes)
    {
        foreach (var (name, value) in changes)
            if (value is null) usual.Remove(name);
            else usual[name] = value.DeepClone();
        return usual;
    }
}
