using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.App;
using ControlChat.Core.Accounts;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace ControlChat.Tests.Support;

/// <summary>The real app on a free port with a data directory of its own: <c>await using var hub = await TestHub.StartAsync();</c></summary>
public sealed class TestHub : IAsyncDisposable
{
    private readonly TempFolder _folder = new();
    private readonly List<HttpClient> _clients = [];
    private string[] _args = [];
    private Action<IServiceCollection>? _configure;
    private bool _signIn;
    private ControlChatApp? _app;

    private TestHub(TimeProvider time) => Time = time;

    /// <summary>The clock of the hub; give a <see cref="FakeTime"/> to move it.</summary>
    public TimeProvider Time { get; }

    /// <summary>Everything the hub logged, at every level the settings let through.</summary>
    public CapturingLogger Log { get; } = new();

    public ControlChatApp App => _app ?? throw new InvalidOperationException("The hub is stopped.");

    public IServiceProvider Services => App.Services;

    public string Url => App.Url;

    public string DataDirectory => _folder["data"];

    /// <summary>A signed-in browser; sends cookie, CSRF token and Origin.</summary>
    public HttpClient Browser { get; private set; } = null!;

    /// <summary>Nobody.</summary>
    public HttpClient Anonymous { get; private set; } = null!;

    /// <summary>The person signed in in <see cref="Browser"/>.</summary>
    public Principal Person { get; private set; } = null!;

    /// <param name="time">The hub's clock; null: the real one.</param>
    /// <param name="args">More settings, as on the command line.</param>
    /// <param name="configure">Replaces services.</param>
    /// <param name="signIn">Whether the owner signs in by the printed link; where links are off there is no <see cref="Browser"/>.</param>
    public static async Task<TestHub> StartAsync(TimeProvider? time = null, string[]? args = null, Action<IServiceCollection>? configure = null, bool signIn = true)
    {
        var hub = new TestHub(time ?? TimeProvider.System) { _args = args ?? [], _configure = configure, _signIn = signIn };
        try
        {
            await hub.StartAsync();
            return hub;
        }
        catch
        {
            await hub.DisposeAsync();
            throw;
        }
    }

    /// <summary>Stops and starts on the same directory, with a fresh sign-in; clients made before are gone.</summary>
    public async Task RestartAsync()
    {
        await StopAsync();
        await StartAsync();
    }

    public async Task StopAsync()
    {
        foreach (var client in _clients) client.Dispose();
        _clients.Clear();
        if (_app is not null) await _app.DisposeAsync();
        _app = null;
    }

    /// <summary>Another browser of the same person.</summary>
    public async Task<HttpClient> SignInAsync()
    {
        var client = CreateClient();
        using var answer = await client.GetAsync(new Uri(await App.CreateSignInLinkAsync()));
        if ((int)answer.StatusCode != 303) throw new InvalidOperationException($"Sign-in answered {(int)answer.StatusCode}.");
        client.DefaultRequestHeaders.Add("Cookie", SessionCookieOf(answer).Split(';')[0]);
        client.DefaultRequestHeaders.Add("Origin", Url);
        client.DefaultRequestHeaders.Add("X-CSRF-Token", (await JsonAsync(client, "/api/v1/me"))["csrf_token"]!.GetValue<string>());
        return client;
    }

    /// <summary>The line that gives a browser its session.</summary>
    public static string SessionCookieOf(HttpResponseMessage answer) =>
        answer.Headers.GetValues("Set-Cookie").Single(c => c.StartsWith("cc=", StringComparison.Ordinal) || c.StartsWith("__Host-cc=", StringComparison.Ordinal));

    /// <summary>A client with a fresh API token of the signed-in person.</summary>
    public async Task<HttpClient> TokenAsync(TokenScopes scopes = TokenScopes.All, string name = "test", int days = 30)
    {
        var (_, secret) = await Services.GetRequiredService<ApiTokens>().CreateAsync(
            Person.AccountId, new ApiTokenRequest(name, scopes, days), AccountActor.Of(Person), CancellationToken.None);
        var client = CreateClient();
        client.DefaultRequestHeaders.Authorization = new("Bearer", secret);
        return client;
    }

    /// <summary>A client that follows no redirect and keeps no cookie by itself.</summary>
    public HttpClient CreateClient()
    {
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = new Uri(Url) };
        _clients.Add(client);
        return client;
    }

    /// <summary>GETs a JSON object; fails when the answer is not 2xx.</summary>
    public static async Task<JsonObject> JsonAsync(HttpClient client, string path)
    {
        using var answer = await client.GetAsync(new Uri(path, UriKind.Relative));
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode ? JsonNode.Parse(text)!.AsObject() : throw new InvalidOperationException($"GET {path} answered {(int)answer.StatusCode}: {text}");
    }

    /// <summary>POSTs JSON and reads the answer, whatever its status.</summary>
    public static async Task<(int Status, JsonObject Body)> PostAsync(HttpClient client, string path, object? body = null)
    {
        using var answer = await client.PostAsJsonAsync(new Uri(path, UriKind.Relative), body ?? new { });
        return ((int)answer.StatusCode, await BodyAsync(answer));
    }

    /// <summary>The JSON object of an answer; empty when there is none.</summary>
    public static async Task<JsonObject> BodyAsync(HttpResponseMessage answer)
    {
        var text = await answer.Content.ReadAsStringAsync();
        if (text.Length == 0) return [];
        try
        {
            return JsonNode.Parse(text)!.AsObject();
        }
        catch (JsonException e)
        {
            throw new InvalidOperationException($"{(int)answer.StatusCode} is no JSON: {text}", e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _folder.Dispose();
        Log.Dispose();
    }

    private async Task StartAsync()
    {
        // Tests look again every few milliseconds; where the limit matters, a test sets it.
        string[] args = ["--urls", "http://127.0.0.1:0", "--Hub:DataDirectory", DataDirectory, "--Limits:RequestsPerMinute=100000", .. _args];
        _app = ControlChatApp.Create(args, services =>
        {
            services.Replace(ServiceDescriptor.Singleton(Time));
            services.AddLogging(l => l.ClearProviders().AddProvider(Log));
            _configure?.Invoke(services);
        });
        await _app.StartAsync();
        Anonymous = CreateClient();
        if (!_signIn) return;
        Browser = await SignInAsync();
        var session = (await Services.GetRequiredService<BrowserSessions>().ListAsync(
            (await JsonAsync(Browser, "/api/v1/me"))["account"]!["id"]!.GetValue<string>(), CancellationToken.None))[0];
        Person = new Principal(session.AccountId, Environment.UserName, "admin", session.Id, null, null, TokenScopes.All, session.AuthTime);
    }
}
