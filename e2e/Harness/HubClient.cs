using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace ControlChat.Harness;

/// <summary>A client of the REST face: signed in by the link (a person, with cookie and CSRF token) or by an API token.</summary>
public sealed class HubClient : IDisposable
{
    private readonly HttpClient _http;
    private string? _csrf;

    private HubClient(string url, CookieContainer? cookies)
    {
        Cookies = cookies ?? new CookieContainer();
        _http = new HttpClient(new SocketsHttpHandler { CookieContainer = Cookies, AllowAutoRedirect = false, MaxConnectionsPerServer = 256 })
        {
            BaseAddress = new Uri(url),
            Timeout = TimeSpan.FromSeconds(60),
        };
    }

    public CookieContainer Cookies { get; }

    public HttpClient Http => _http;

    /// <summary>Consumes the hub's sign-in link.</summary>
    public static Task<HubClient> SignInAsync(HubProcess hub)
    {
        ArgumentNullException.ThrowIfNull(hub);
        return SignInAsync(hub, hub.Link);
    }

    /// <summary>Consumes another link of the same hub, for a session of its own.</summary>
    public static Task<HubClient> SignInAsync(HubProcess hub, Uri link)
    {
        ArgumentNullException.ThrowIfNull(hub);
        return SignInAsync(hub.Url, link);
    }

    /// <summary>Consumes a link of a hub that runs in this process.</summary>
    public static async Task<HubClient> SignInAsync(string url, Uri link)
    {
        var client = new HubClient(url, null);
        using var answer = await client._http.GetAsync(link);
        if (answer.StatusCode != HttpStatusCode.SeeOther) throw new InvalidOperationException($"The sign-in link answered {(int)answer.StatusCode}.");
        await client.ReadCsrfAsync();
        return client;
    }

    /// <summary>The same browser session again, for example after the hub was killed and started anew.</summary>
    public static async Task<HubClient> ResumeAsync(HubProcess hub, CookieContainer cookies)
    {
        ArgumentNullException.ThrowIfNull(hub);
        var client = new HubClient(hub.Url, cookies);
        await client.ReadCsrfAsync();
        return client;
    }

    public static HubClient WithToken(string url, string token)
    {
        var client = new HubClient(url, null);
        client._http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    public static HubClient Anonymous(string url) => new(url, null);

    public Task<HubAnswer> GetAsync(string path, CancellationToken cancellationToken = default) => SendAsync(HttpMethod.Get, path, null, cancellationToken);

    public Task<HubAnswer> PostAsync(string path, JsonNode? body = null, CancellationToken cancellationToken = default) => SendAsync(HttpMethod.Post, path, body, cancellationToken);

    /// <summary>Calls a tool with a fresh request id, or the given one.</summary>
    public Task<HubAnswer> CallAsync(string tool, JsonObject arguments, string? requestId = null, bool dryRun = false, CancellationToken cancellationToken = default) =>
        PostAsync($"/api/v1/tools/{tool}", new JsonObject
        {
            ["request_id"] = requestId ?? $"e2e-{Guid.CreateVersion7():N}",
            ["arguments"] = arguments.DeepClone(),
            ["dry_run"] = dryRun,
        }, cancellationToken);

    public Task<HubAnswer> SendAsync(HttpMethod method, string path, JsonNode? body, CancellationToken cancellationToken = default) =>
        SendRawAsync(method, path, body is null ? null : Encoding.UTF8.GetBytes(body.ToJsonString()), "application/json", cancellationToken);

    /// <summary>Sends bytes as they are: for what no serializer would write.</summary>
    public async Task<HubAnswer> SendRawAsync(HttpMethod method, string path, byte[]? body, string contentType, CancellationToken cancellationToken = default)
    {
        using var request = Request(method, path, body, contentType);
        using var response = await _http.SendAsync(request, cancellationToken);
        return new HubAnswer((int)response.StatusCode, await response.Content.ReadAsStringAsync(cancellationToken));
    }

    /// <summary>Only the status: the body, which may never end, is dropped.</summary>
    public async Task<int> StatusAsync(HttpMethod method, string path, byte[]? body, string contentType, CancellationToken cancellationToken = default)
    {
        using var request = Request(method, path, body, contentType);
        using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        return (int)response.StatusCode;
    }

    private HttpRequestMessage Request(HttpMethod method, string path, byte[]? body, string contentType)
    {
        var request = new HttpRequestMessage(method, path);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        }
        if (_csrf is not null && method != HttpMethod.Get)
        {
            request.Headers.Add("X-CSRF-Token", _csrf);
            request.Headers.Add("Origin", _http.BaseAddress!.GetLeftPart(UriPartial.Authority));
        }
        return request;
    }

    public void Dispose() => _http.Dispose();

    private async Task ReadCsrfAsync()
    {
        var me = await GetAsync("/api/v1/me");
        _csrf = me.Status == 200 ? me.Json["csrf_token"]?.GetValue<string>() : throw new InvalidOperationException($"/api/v1/me answered {me.Status}: {me.Text}");
    }
}

public sealed record HubAnswer(int Status, string Text)
{
    /// <summary>The body as JSON; throws with the body's text when it is none.</summary>
    public JsonNode Json
    {
        get
        {
            try
            {
                return JsonNode.Parse(Text)!;
            }
            catch (System.Text.Json.JsonException)
            {
                throw new InvalidOperationException($"{Status} without JSON: {Text}");
            }
        }
    }

    public string? Field(string name) => Json[name]?.ToString();
}
