using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ControlChat.Core.Accounts.Jose;
using ControlChat.Core.Accounts.Outside;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Accounts.OpenId;

/// <summary>
/// Sign-in by OpenID Connect: the code flow with PKCE. State, nonce and verifier are derived from a secret in the browser's cookie,
/// so a code or an answer that somebody else brings along opens nothing; the request's row is used up with the first answer.
/// </summary>
public sealed class OpenIdSignIn : IDisposable
{
    /// <summary>How long a person may take at the provider.</summary>
    public static readonly TimeSpan RequestLifetime = TimeSpan.FromMinutes(10);

    /// <summary>How long a click on "Connect" waits for the browser to leave.</summary>
    private static readonly TimeSpan IntentLifetime = TimeSpan.FromMinutes(2);

    // Some say it only when it is asked for by name; OpenID Connect Core, 5.5.1.1.
    private const string ProofOfTime = """{"id_token":{"auth_time":{"essential":true}}}""";

    private readonly HubDatabase _database;
    private readonly SignInRequestStore _requests;
    private readonly OutsideSignIn _outside;
    private readonly SessionOpening _opening;
    private readonly RecentSignIn _recent;
    private readonly TimeProvider _time;
    private readonly HttpClient _http;
    private readonly Dictionary<string, OpenIdProvider> _providers;

    internal OpenIdSignIn(HubDatabase database, SignInRequestStore requests, OutsideSignIn outside, SessionOpening opening, RecentSignIn recent, OpenIdClients clients, TimeProvider time)
    {
        (_database, _requests, _outside, _opening, _recent, _time) = (database, requests, outside, opening, recent, time);
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) });
        _providers = clients.All.ToDictionary(c => c.Slug, c => new OpenIdProvider(c, _http, time));
    }

    /// <summary>The signed-in person clicked that the next sign-in at this provider is to be added to their account.</summary>
    /// <exception cref="UnauthorizedAccessException">Not a browser that is signed in now.</exception>
    /// <exception cref="StaleSignInException">The sign-in is not recent.</exception>
    public async Task IntendLinkAsync(Principal person, string slug, CancellationToken cancellationToken)
    {
        await using var transaction = await _database.BeginAsync(cancellationToken);
        var present = await _recent.RequireAsync(transaction, person, cancellationToken);
        await _requests.IntendAsync(transaction, present.AuthSessionId!, slug, transaction.Now + IntentLifetime, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>Where to send the browser.</summary>
    /// <exception cref="OpenIdException">The provider cannot be reached.</exception>
    public async Task<Uri> BeginAsync(OpenIdTrip trip, string returnPath, bool again, CancellationToken cancellationToken)
    {
        var provider = _providers[trip.Slug];
        var metadata = await provider.MetadataAsync(cancellationToken);
        var state = Credential.New();
        await using var transaction = await _database.BeginAsync(cancellationToken);
        var link = trip.Present?.AuthSessionId is { } session && await _requests.TakeIntentAsync(transaction, session, trip.Slug, cancellationToken);
        var purpose = link ? "link" : again && trip.Present is not null ? "again" : "sign_in";
        await _requests.SweepAsync(transaction, cancellationToken);
        await _requests.AddAsync(transaction, new SignInRequest
        {
            StateHash = Credential.Hash(state),
            BrowserHash = Credential.Hash(trip.BrowserSecret),
            Provider = trip.Slug,
            Purpose = purpose,
            AccountId = purpose == "sign_in" ? null : trip.Present!.AccountId,
            ReturnPath = returnPath,
            ExpiresAt = transaction.Now + RequestLifetime,
        }, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return Address(provider.Client, metadata, trip, state, purpose);
    }

    /// <summary>Takes the provider's answer.</summary>
    /// <returns>What came of it, and the path to go back to.</returns>
    /// <exception cref="OpenIdException">The provider cannot be reached, refuses, or what it says is not to be believed; on the record.</exception>
    public async Task<(SignInResult Result, string ReturnPath)> FinishAsync(OpenIdTrip trip, OpenIdAnswer answer, CancellationToken cancellationToken)
    {
        if (await TakeAsync(trip, answer.State, cancellationToken) is not { } request)
        {
            await FailAsync(trip, "state");
            return (new SignInResult.Refused("state"), "/");
        }
        try
        {
            var (identity, fresh) = await IdentityAsync(trip, answer, cancellationToken);
            return (await UseAsync(trip, request, identity, fresh, cancellationToken), request.ReturnPath);
        }
        catch (OpenIdException e)
        {
            await FailAsync(trip, e.Reason);
            throw;
        }
    }

    public void Dispose()
    {
        foreach (var provider in _providers.Values) provider.Dispose();
        _http.Dispose();
    }

    private async Task<SignInResult> UseAsync(OpenIdTrip trip, SignInRequest request, OutsideIdentity identity, bool fresh, CancellationToken cancellationToken)
    {
        if (request.Purpose == "sign_in") return await _outside.SignInAsync(identity, trip.Browser, cancellationToken, trip.RowFor, trip.InvitationFor?.Invoke(request.ReturnPath));
        if (trip.Present is not { } person || person.AccountId != request.AccountId) return await RefuseAsync(trip, "session_ended");
        if (request.Purpose == "link") return await _outside.LinkAsync(identity, person, cancellationToken, trip.RowFor);
        return fresh
            ? await _outside.SignInAsync(identity, trip.Browser, cancellationToken, trip.RowFor)
            : await RefuseAsync(trip, "not_fresh");
    }

    private async Task<(OutsideIdentity Identity, bool Fresh)> IdentityAsync(OpenIdTrip trip, OpenIdAnswer answer, CancellationToken cancellationToken)
    {
        var provider = _providers[trip.Slug];
        if (answer.Error is { } error) throw new OpenIdException("provider_refused", $"The provider answered {OpenIdWords.Code(error)}.");
        var metadata = await provider.MetadataAsync(cancellationToken);
        // RFC 9207: the answer of another provider, mixed up with this one's.
        if (answer.Issuer is { } issuer && issuer != metadata.Issuer) throw new OpenIdException("provider_refused", "The answer is of another issuer.");
        if (answer.Code is not { Length: > 0 and <= 4096 } code) throw new OpenIdException("provider_refused", "The answer has no code.");
        var (idToken, accessToken) = await provider.ExchangeAsync(code, trip.RedirectUri, Verifier(trip, answer.State!), cancellationToken);
        var now = _time.GetUtcNow();
        var claims = await provider.ValidateAsync(idToken, new IdTokenRules(metadata.Issuer, provider.Client.ClientId, Nonce(trip, answer.State!), accessToken, now), cancellationToken);
        var proven = JwtTimes.Time(claims, "auth_time");
        return (Identity(provider.Client, metadata, claims, proven), proven is { } at && now - at <= RequestLifetime + JwtTimes.Skew);
    }

    private static OutsideIdentity Identity(OpenIdClient client, OpenIdMetadata metadata, JsonElement claims, DateTimeOffset? proven)
    {
        var verified = claims.TryGetProperty("email_verified", out var flag) && (flag.ValueKind == JsonValueKind.True || claims.Text("email_verified") == "true");
        var email = verified ? Emails.Read(claims.Text("email")) : null;
        return new OutsideIdentity(metadata.Issuer, claims.Text("sub")!, $"openid:{client.Name}")
        {
            Name = claims.Text("name") ?? claims.Text("preferred_username"),
            Email = email,
            LinksByEmail = client.TrustEmail,
            Admission = Admission.Of(Values(claims, client.RoleClaim), Emails.DomainOf(email), client.Rules),
            AuthTime = proven,
        };
    }

    private static List<string> Values(JsonElement claims, string? name)
    {
        if (name is null || !claims.TryGetProperty(name, out var value)) return [];
        if (value.ValueKind == JsonValueKind.String) return [value.GetString()!];
        return value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Where(v => v.ValueKind == JsonValueKind.String).Select(v => v.GetString()!)] : [];
    }

    private static Uri Address(OpenIdClient client, OpenIdMetadata metadata, OpenIdTrip trip, string state, string purpose)
    {
        var query = new Dictionary<string, string>
        {
            ["response_type"] = "code",
            ["client_id"] = client.ClientId,
            ["redirect_uri"] = trip.RedirectUri,
            ["scope"] = string.Join(' ', client.Scopes.Prepend("openid").Distinct()),
            ["state"] = state,
            ["nonce"] = Nonce(trip, state),
            ["code_challenge"] = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(Verifier(trip, state)))),
            ["code_challenge_method"] = "S256",
            // With max_age the provider must say when the person signed in there; OpenID Connect Core, 2.
            ["max_age"] = purpose == "again" ? "0" : ((int)BrowserSessions.Lifetime.TotalSeconds).ToString(System.Globalization.CultureInfo.InvariantCulture),
        };
        if (purpose == "again") (query["prompt"], query["claims"]) = ("login", ProofOfTime);
        var address = metadata.AuthorizationEndpoint.ToString();
        return new Uri(address + (address.Contains('?', StringComparison.Ordinal) ? '&' : '?') + string.Join('&', query.Select(q => $"{q.Key}={Uri.EscapeDataString(q.Value)}")));
    }

    private async Task<SignInRequest?> TakeAsync(OpenIdTrip trip, string? state, CancellationToken cancellationToken)
    {
        if (!Credential.IsWellFormed(state)) return null;
        await using var transaction = await _database.BeginAsync(cancellationToken);
        var request = await _requests.TakeAsync(transaction, Credential.Hash(state!), Credential.Hash(trip.BrowserSecret), trip.Slug, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return request;
    }

    private async Task<SignInResult> RefuseAsync(OpenIdTrip trip, string reason)
    {
        await FailAsync(trip, reason);
        return new SignInResult.Refused(reason);
    }

    private Task FailAsync(OpenIdTrip trip, string reason) => _database.RecordRefusalAsync(trip.RowFor, reason, (transaction, leftOut) =>
        _opening.FailAsync(transaction, trip.Present?.AccountId, $"openid:{_providers[trip.Slug].Client.Name}", reason, leftOut, CancellationToken.None));

    private static string Nonce(OpenIdTrip trip, string state) => Credential.Derive(trip.BrowserSecret, "nonce:" + state);

    private static string Verifier(OpenIdTrip trip, string state) => Credential.Derive(trip.BrowserSecret, "verifier:" + state);
}

/// <summary>A browser on its way to a provider or back.</summary>
/// <param name="Slug">A known provider's.</param>
/// <param name="BrowserSecret">From its cookie.</param>
/// <param name="RedirectUri">Where the provider sends it back to; the same both times.</param>
public sealed record OpenIdTrip(string Slug, string BrowserSecret, string RedirectUri, SigningBrowser Browser)
{
    /// <summary>Who is signed in in it, or null.</summary>
    public Principal? Present => Browser.Present;

    /// <summary>Null: every refusal gets a row.</summary>
    public RowForRefusal? RowFor { get; init; }

    /// <summary>By the path that it goes back to, the token of the invitation's link whose offer was shown there; null: none.</summary>
    public Func<string, string?>? InvitationFor { get; init; }

    // It holds the cookie: nothing prints it.
    public override string ToString() => $"OpenIdTrip {Slug}";
}

/// <summary>What the provider sent the browser back with.</summary>
public sealed record OpenIdAnswer(string? State, string? Code, string? Error, string? Issuer)
{
    public override string ToString() => "OpenIdAnswer";
}
