using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using ControlChat.Core.Webhooks;
using ControlChat.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ControlChat.Tests.Core.Webhooks;

/// <summary>Somebody's real HTTPS server on loopback that is told of events, and a certificate for it that is checked.</summary>
internal sealed class HookReceiver : IAsyncDisposable
{
    private readonly TestAuthority _authority = new();
    private readonly X509Certificate2 _certificate;
    private readonly X509Certificate2 _root;
    private WebApplication? _web;

    private HookReceiver()
    {
        var (certificate, key) = _authority.Issue(IPAddress.Loopback);
        _certificate = X509Certificate2.CreateFromPemFile(certificate, key);
        _root = X509CertificateLoader.LoadCertificateFromFile(_authority.File);
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(_root);
        Trusts = new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
    }

    /// <summary>Trusts this server's authority and no other.</summary>
    public SslClientAuthenticationOptions Trusts { get; }

    public ConcurrentQueue<Hook> Hooks { get; } = new();

    /// <summary>What it does after it has read the body.</summary>
    public Func<HttpContext, Task> Answers { get; set; } = _ => Task.CompletedTask;

    public int Port { get; private set; }

    public string Url => $"https://127.0.0.1:{Port}";

    public static async Task<HookReceiver> StartAsync()
    {
        var receiver = new HookReceiver();
        await receiver.ComeAsync();
        return receiver;
    }

    /// <summary>Begins to listen, at the port it had before.</summary>
    public async Task ComeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(k => k.Listen(IPAddress.Loopback, Port, l => l.UseHttps(_certificate)));
        _web = builder.Build();
        _web.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            Hooks.Enqueue(new Hook(context.Request.Path, context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase), body.ToArray()));
            await Answers(context);
        });
        await _web.StartAsync();
        Port = new Uri(_web.Urls.First()).Port;
    }

    /// <summary>Listens no more.</summary>
    public async Task GoAsync()
    {
        if (_web is not null) await _web.DisposeAsync();
        _web = null;
    }

    public WebhookEndpoint Endpoint(string name = "siem", string secret = "of the test", params string[] events) => new(name, new Uri(Url + "/in"), events, secret);

    public WebhookSender Sender(WebhookTiming? timing = null, TimeProvider? time = null) => new(true, timing ?? new WebhookTiming(), time ?? TimeProvider.System, Trusts);

    public async ValueTask DisposeAsync()
    {
        await GoAsync();
        _certificate.Dispose();
        _root.Dispose();
        _authority.Dispose();
    }
}

/// <summary>What arrived.</summary>
internal sealed record Hook(string Path, IReadOnlyDictionary<string, string> Headers, byte[] Body)
{
    public System.Text.Json.Nodes.JsonObject Json => System.Text.Json.Nodes.JsonNode.Parse(Body)!.AsObject();

    public string Event => Headers["X-ControlChat-Event"];
}
