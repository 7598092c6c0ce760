using System.Net;
using System.Text.RegularExpressions;

namespace ControlChat.Tests.Support;

/// <summary>A browser without script: keeps cookies, follows no redirect by itself, sends forms as a page would.</summary>
public sealed partial class TestBrowser : IDisposable
{
    private readonly string _url;
    private readonly HttpClient _client;

    public TestBrowser(string url)
    {
        _url = url;
        _client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = Cookies }) { BaseAddress = new Uri(url) };
        _client.DefaultRequestHeaders.UserAgent.ParseAdd("TestBrowser/1");
        _client.DefaultRequestHeaders.Accept.ParseAdd("text/html");
    }

    public CookieContainer Cookies { get; } = new();

    public HttpClient Client => _client;

    public async Task<Shown> GetAsync(string address)
    {
        using var answer = await _client.GetAsync(new Uri(new Uri(_url), address));
        return await ShownAsync(answer);
    }

    /// <summary>Opens a link whose key stands behind '#', as the page's own script does: the key goes in a form.</summary>
    public async Task<Shown> OpenLinkAsync(string link)
    {
        var (page, key) = (link.Split('#')[0], link.Split("#t=")[1]);
        var form = HiddenOf(await GetAsync(page));
        form["t"] = key;
        return await PostAsync(page, form);
    }

    /// <summary>Sends the form of a page: its hidden fields, and these.</summary>
    /// <param name="page">Its path, or a link as for <see cref="OpenLinkAsync"/>; it is opened first.</param>
    public async Task<Shown> SubmitAsync(string page, params (string Name, string Value)[] fields)
    {
        var form = HiddenOf(page.Contains('#', StringComparison.Ordinal) ? await OpenLinkAsync(page) : await GetAsync(page));
        foreach (var (name, value) in fields) form[name] = value;
        return await PostAsync(page.Split('?', '#')[0], form);
    }

    /// <summary>The hidden fields of a page's forms.</summary>
    public static Dictionary<string, string> HiddenOf(Shown page) => Hidden().Matches(page.Text).DistinctBy(m => m.Groups[1].Value).ToDictionary(m => m.Groups[1].Value, m => WebUtility.HtmlDecode(m.Groups[2].Value));

    public async Task<Shown> PostAsync(string path, IReadOnlyDictionary<string, string> form, string? origin = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(path, UriKind.Relative)) { Content = new FormUrlEncodedContent(form) };
        request.Headers.Add("Origin", origin ?? _url);
        using var answer = await _client.SendAsync(request);
        return await ShownAsync(answer);
    }

    public Task<Shown> SignInAsync(string email, string password, string page = "/signin") => SubmitAsync(page, ("email", email), ("password", password));

    /// <summary>Who this browser is signed in as, or null.</summary>
    public async Task<System.Text.Json.Nodes.JsonObject?> MeAsync()
    {
        using var answer = await _client.GetAsync(new Uri("/api/v1/me", UriKind.Relative));
        return answer.IsSuccessStatusCode ? System.Text.Json.Nodes.JsonNode.Parse(await answer.Content.ReadAsStringAsync())!.AsObject() : null;
    }

    public void Dispose() => _client.Dispose();

    private static async Task<Shown> ShownAsync(HttpResponseMessage answer) => new((int)answer.StatusCode, answer.Headers.Location?.OriginalString, WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync()), answer.Headers.RetryAfter?.ToString());

    [GeneratedRegex("<input type=\"hidden\" name=\"([^\"]+)\" value=\"([^\"]*)\"")]
    private static partial Regex Hidden();
}

/// <summary>What a browser got.</summary>
public sealed record Shown(int Status, string? Location, string Text, string? RetryAfter);
