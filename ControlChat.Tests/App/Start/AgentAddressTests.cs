using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ControlChat.App;
using ControlChat.Core.Sessions;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.Start;

/// <summary>Where agents reach the process that starts them, whatever it listens on for people.</summary>
public sealed class AgentAddressTests
{
    private const string Model = "/agent-model/v1/responses";

    [Fact]
    public async Task Over_http_on_loopback_it_is_where_people_are()
    {
        await using var started = await StartAsync("--urls=http://127.0.0.1:0");
        Assert.Equal(started.App.Url, started.Agents);
        Assert.Equal(401, await started.PostAsync(started.Agents + Model));
        Assert.Equal(404, await started.PostAsync(started.Agents.Replace("127.0.0.1", "localhost", StringComparison.Ordinal) + Model));
        Assert.Equal(200, await started.GetAsync(started.Agents + "/health/live"));
    }

    [Theory]
    [InlineData("--urls=http://0.0.0.0:0")]
    [InlineData("--urls=http://[::1]:0")]
    [InlineData("--urls=https://127.0.0.1:0")]
    [InlineData("--urls=http://*:0")]
    [InlineData("--Kestrel:Endpoints:Out:Url=http://0.0.0.0:0")]
    public async Task Beside_anything_else_it_is_a_port_of_the_agents_own_that_serves_nothing_else(string listen)
    {
        await using var started = await StartAsync(listen, "--SignIn:Link=false", "--SignIn:Password=true");
        Assert.Matches("^http://127\\.0\\.0\\.1:[0-9]+$", started.Agents);
        Assert.NotEqual(new Uri(started.Agents).Port, new Uri(started.App.Url).Port);
        Assert.Equal(401, await started.PostAsync(started.Agents + Model));
        Assert.Equal(404, await started.PostAsync(started.People + Model));
        Assert.Equal(404, await started.PostAsync(started.People + Model, new Uri(started.Agents).Authority));
        foreach (var path in new[] { "/", "/signin", "/health/live", "/health/ready", "/metrics", "/api/v1/me", "/openapi/v1.json", "/_blazor", "/agent-model", Model })
        {
            Assert.Equal(404, await started.GetAsync(started.Agents + path));
            Assert.Equal(404, await started.GetAsync(started.Agents + path, new Uri(started.People).Authority));
        }
        Assert.Equal(200, await started.GetAsync(started.People + "/health/live"));
        Assert.Contains($":{new Uri(started.People).Port}\"", await File.ReadAllTextAsync(started.RunFile), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_process_that_starts_no_agents_has_none()
    {
        await using var started = await StartAsync("--mode=web", "--urls=http://127.0.0.1:0");
        Assert.Equal("", started.Agents);
        Assert.Equal(404, await started.PostAsync(started.App.Url + Model));
    }

    [Theory]
    [InlineData("--urls=http://0.0.0.0:0")]
    [InlineData("--Kestrel:Endpoints:Out:Url=http://0.0.0.0:1")]
    public async Task A_worker_that_listens_nowhere_listens_for_its_agents(string ofOthers)
    {
        await using var started = await StartAsync("--mode=worker", ofOthers);
        Assert.Equal("", started.App.Url);
        Assert.False(File.Exists(started.RunFile));
        Assert.Equal(401, await started.PostAsync(started.Agents + Model));
        foreach (var path in new[] { "/health/live", "/metrics", "/" }) Assert.Equal(404, await started.GetAsync(started.Agents + path));
    }

    [Fact]
    public async Task A_worker_that_answers_for_its_health_over_http_on_loopback_answers_its_agents_there()
    {
        await using var started = await StartAsync("--mode=worker", "--Worker:Listen=http://127.0.0.1:0");
        Assert.Equal(started.App.Url, started.Agents);
        Assert.Equal(401, await started.PostAsync(started.Agents + Model));
        Assert.Equal(200, await started.GetAsync(started.Agents + "/health/live"));
    }

    [Fact]
    public async Task One_that_answers_elsewhere_has_a_port_for_its_agents_beside()
    {
        await using var started = await StartAsync("--mode=worker", "--Worker:Listen=http://0.0.0.0:0");
        Assert.NotEqual(new Uri(started.Agents).Port, new Uri(started.App.Url).Port);
        Assert.Equal(401, await started.PostAsync(started.Agents + Model));
        Assert.Equal(404, await started.GetAsync(started.Agents + "/health/live"));
        Assert.Equal(404, await started.PostAsync(started.People + Model));
        Assert.Equal(200, await started.GetAsync(started.People + "/health/live"));
    }

    private static async Task<Started> StartAsync(params string[] settings)
    {
        var started = new Started();
        using var authority = new TestAuthority();
        var (certificate, key) = authority.Issue(IPAddress.Loopback);
        started.Certificate = X509CertificateLoader.LoadCertificateFromFile(certificate).Thumbprint;
        started.App = ControlChatApp.Create([.. settings, $"--Hub:DataDirectory={started.Folder["data"]}", "--Logging:LogLevel:Default=None", $"--Kestrel:Certificates:Default:Path={certificate}", $"--Kestrel:Certificates:Default:KeyPath={key}"]);
        await started.App.StartAsync();
        return started;
    }

    private sealed class Started : IAsyncDisposable
    {
        private readonly HttpClient _client;

        public Started() => _client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            SslOptions = new() { RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.GetCertHashString() == Certificate },
        });

        /// <summary>By its thumbprint.</summary>
        public string Certificate { get; set; } = "";

        public TempFolder Folder { get; } = new();

        public ControlChatApp App { get; set; } = null!;

        public string Agents => App.Services.GetRequiredService<AgentAddress>().Url;

        /// <summary>As this machine reaches it.</summary>
        public string People => App.Url.Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal).Replace("[::]", "127.0.0.1", StringComparison.Ordinal);

        public string RunFile => Path.Combine(Folder["data"], "run.json");

        public async Task<int> PostAsync(string address, string? host = null)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new StringContent("{}", Encoding.UTF8, "application/json") };
            if (host is not null) request.Headers.Host = host;
            using var answer = await _client.SendAsync(request);
            return (int)answer.StatusCode;
        }

        public async Task<int> GetAsync(string address, string? host = null)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            if (host is not null) request.Headers.Host = host;
            using var answer = await _client.SendAsync(request);
            return (int)answer.StatusCode;
        }

        public async ValueTask DisposeAsync()
        {
            _client.Dispose();
            if (App is not null) await App.DisposeAsync();
            Folder.Dispose();
        }
    }
}
