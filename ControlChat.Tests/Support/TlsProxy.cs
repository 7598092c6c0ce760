using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ControlChat.Tests.Support;

/// <summary>Takes TLS on a port of its own and passes what is in it on, byte by byte: what a proxy in front of a hub does at the least.</summary>
internal sealed class TlsProxy : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly X509Certificate2 _certificate;
    private readonly CancellationTokenSource _end = new();

    public TlsProxy()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var now = TimeProvider.System.GetUtcNow();
        using var made = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        _certificate = X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
        _listener.Start();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public string Url => $"https://localhost:{Port}";

    /// <summary>Where to pass on; connections that came before wait.</summary>
    public void Open(string url) => _ = AcceptAsync(new Uri(url).Port);

    /// <summary>A client that trusts it, follows nothing and keeps no cookie by itself.</summary>
    public HttpClient CreateClient() => new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, SslOptions = { RemoteCertificateValidationCallback = Trusts } }) { BaseAddress = new Uri(Url) };

    public bool Trusts(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) => certificate?.GetCertHashString() == _certificate.GetCertHashString();

    public void Dispose()
    {
        _end.Cancel();
        _listener.Stop();
        _certificate.Dispose();
        _end.Dispose();
    }

    private async Task AcceptAsync(int port)
    {
        try
        {
            while (true) _ = PassAsync(await _listener.AcceptTcpClientAsync(_end.Token), port);
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The end.
        }
    }

    private async Task PassAsync(TcpClient client, int port)
    {
        try
        {
            using (client)
            using (var server = new TcpClient())
            await using (var outside = new SslStream(client.GetStream()))
            {
                await outside.AuthenticateAsServerAsync(_certificate);
                await server.ConnectAsync(IPAddress.Loopback, port, _end.Token);
                await Task.WhenAny(outside.CopyToAsync(server.GetStream(), _end.Token), server.GetStream().CopyToAsync(outside, _end.Token));
            }
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or System.Security.Authentication.AuthenticationException or ObjectDisposedException)
        {
            // One side left.
        }
    }
}
