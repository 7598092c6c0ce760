using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using ControlChat.Core.Accounts.Jose;

namespace ControlChat.Core.Accounts.OpenId;

/// <summary>Talks to one provider: discovery and keys, kept; the exchange of a code. Believes nothing that is not signed by its keys.</summary>
internal sealed class OpenIdProvider(OpenIdClient client, HttpClient http, TimeProvider time) : IDisposable
{
    /// <summary>How long discovery and keys are used without asking again.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromHours(1);

    /// <summary>An unknown key id asks for the keys again, but not oftener than this: a stranger's tokens must not make us hammer the provider.</summary>
    public static readonly TimeSpan KeysAgainAfter = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan[] Retries = [TimeSpan.FromMilliseconds(200), TimeSpan.FromMilliseconds(800)];
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private const int MostBytes = 1024 * 1024;
    private readonly SemaphoreSlim _one = new(1);
    private OpenIdMetadata? _metadata;
    private IReadOnlyList<JwsKey> _keys = [];
    private long _readAt;
    private long _keysAt;

    public OpenIdClient Client => client;

    /// <exception cref="OpenIdException">The provider does not answer, or its document is not its own.</exception>
    public async Task<OpenIdMetadata> MetadataAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            if (_metadata is null || time.GetElapsedTime(_readAt) >= KeptFor) await RefreshAsync(cancellationToken);
            return _metadata!;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>The claims of an id_token: signed by a key of this provider, for us, now, for this one sign-in.</summary>
    /// <exception cref="OpenIdException">It is not.</exception>
    public async Task<JsonElement> ValidateAsync(string idToken, IdTokenRules rules, CancellationToken cancellationToken)
    {
        var reading = Jws.Read(idToken);
        if (reading is JwsReading.Formed { Token: { } token })
        {
            // A token of another kind (access, logout) that the same keys signed is no id_token.
            if (token.Type is not null && !token.Type.Equals("JWT", StringComparison.OrdinalIgnoreCase)) throw new OpenIdException("id_token", "The id_token has another typ than JWT.");
            reading = Jws.Verify(token, _keys);
            if (reading is JwsReading.Refused { Reason: "unknown_key" } && await ReadKeysAgainAsync(cancellationToken)) reading = Jws.Verify(token, _keys);
        }
        if (reading is not JwsReading.Verified { Claims: var claims }) throw new OpenIdException("id_token", $"The id_token was refused: {(reading as JwsReading.Refused)?.Reason}.");
        return rules.Fault(claims) is { } fault ? throw new OpenIdException("id_token", $"The id_token was refused: its {fault} is not right.") : claims;
    }

    /// <exception cref="OpenIdException">The provider does not answer, or refuses the code.</exception>
    public async Task<(string IdToken, string? AccessToken)> ExchangeAsync(string code, string redirectUri, string verifier, CancellationToken cancellationToken)
    {
        var metadata = await MetadataAsync(cancellationToken);
        var form = new Dictionary<string, string> { ["grant_type"] = "authorization_code", ["code"] = code, ["redirect_uri"] = redirectUri, ["code_verifier"] = verifier };
        using var request = new HttpRequestMessage(HttpMethod.Post, metadata.TokenEndpoint);
        if (client.ClientSecret is { } secret && metadata.TakesBasic) request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Basic(client.ClientId, secret));
        else form["client_id"] = client.ClientId;
        if (client.ClientSecret is { } inForm && !metadata.TakesBasic) form["client_secret"] = inForm;
        request.Content = new FormUrlEncodedContent(form);
        var (status, answer) = await SendAsync(request, cancellationToken);
        if (status != 200) throw new OpenIdException("provider_refused", $"The token endpoint answered {status} {OpenIdWords.Code(answer?.Text("error"))}.");
        return answer?.Text("id_token") is { } token ? (token, answer.Value.Text("access_token")) : throw new OpenIdException("provider_refused", "The token endpoint sent no id_token.");
    }

    public void Dispose() => _one.Dispose();

    private async Task RefreshAsync(CancellationToken cancellationToken)
    {
        try
        {
            var metadata = OpenIdMetadata.Read(await GetAsync(new Uri(client.Authority + "/.well-known/openid-configuration"), cancellationToken), client.Authority);
            _keys = JwsKey.ReadSet(await GetAsync(metadata.KeysAddress, cancellationToken));
            (_metadata, _readAt, _keysAt) = (metadata, time.GetTimestamp(), time.GetTimestamp());
        }
        catch (OpenIdException) when (_metadata is not null)
        {
            // What was read before still holds; the next sign-in asks again.
        }
    }

    private async Task<bool> ReadKeysAgainAsync(CancellationToken cancellationToken)
    {
        var metadata = await MetadataAsync(cancellationToken);
        await _one.WaitAsync(cancellationToken);
        try
        {
            if (time.GetElapsedTime(_keysAt) < KeysAgainAfter) return false;
            _keysAt = time.GetTimestamp();
            _keys = JwsKey.ReadSet(await GetAsync(metadata.KeysAddress, cancellationToken));
            return true;
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task<JsonElement> GetAsync(Uri address, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                using var request = new HttpRequestMessage(HttpMethod.Get, address);
                var (status, json) = await SendAsync(request, cancellationToken);
                return status == 200 && json is { } document ? document : throw new OpenIdException("provider_unreachable", $"{address} answered {status}{(json is null ? " and no JSON object" : "")}.");
            }
            catch (OpenIdException) when (attempt < Retries.Length)
            {
                await Task.Delay(Retries[attempt], time, cancellationToken);
            }
        }
    }

    private async Task<(int Status, JsonElement? Json)> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, patience.Token);
        try
        {
            request.Headers.Accept.ParseAdd("application/json");
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            await answer.Content.LoadIntoBufferAsync(MostBytes, either.Token);
            return ((int)answer.StatusCode, StrictJsonObject.Read(await answer.Content.ReadAsByteArrayAsync(either.Token)));
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new OpenIdException("provider_unreachable", $"{request.RequestUri} does not answer: {e.Message}", e);
        }
    }

    // RFC 6749, 2.3.1: both parts form-encoded first.
    private static string Basic(string id, string secret) => Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Form(id)}:{Form(secret)}"));

    private static string Form(string text) => Uri.EscapeDataString(text).Replace("%20", "+", StringComparison.Ordinal);
}
