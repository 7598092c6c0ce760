using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace ControlChat.Core.Webhooks;

/// <summary>
/// Sends one body to one endpoint. What a name leads to is decided here, at the connection that is really made: a name that answers
/// otherwise a moment later reaches nothing else. No proxy and no redirect takes it anywhere; of the answer only the status counts.
/// </summary>
internal sealed class WebhookSender : IDisposable
{
    private const int MostOfAnswer = 4 * 1024;
    private static readonly TimeSpan Connecting = TimeSpan.FromSeconds(5);
    private readonly HttpClient _http;
    private readonly WebhookTiming _timing;
    private readonly TimeProvider _time;
    private readonly bool _allowPrivate;
    private readonly Func<string, CancellationToken, Task<IPAddress[]>> _resolve;

    /// <param name="allowPrivate">Whether addresses outside of the open internet may be reached.</param>
    /// <param name="tls">How certificates are checked; null: as this machine does.</param>
    /// <param name="resolve">Names to addresses; null: the system's.</param>
    public WebhookSender(bool allowPrivate, WebhookTiming timing, TimeProvider time, SslClientAuthenticationOptions? tls = null, Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null)
    {
        (_allowPrivate, _timing, _time) = (allowPrivate, timing, time);
        _resolve = resolve ?? Dns.GetHostAddressesAsync;
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            ActivityHeadersPropagator = null,
            ConnectTimeout = Connecting,
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            MaxResponseHeadersLength = MostOfAnswer / 1024,
            MaxResponseDrainSize = MostOfAnswer,
            ResponseDrainTimeout = TimeSpan.FromSeconds(1),
            SslOptions = tls ?? new SslClientAuthenticationOptions(),
            ConnectCallback = ConnectAsync,
        })
        { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <returns>Null when it was taken (2xx), else why not: one short line without a secret.</returns>
    public async Task<string?> SendAsync(WebhookEndpoint endpoint, WebhookDelivery delivery, byte[] body, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(_timing.Answer, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        using var request = Request(endpoint, delivery, body);
        try
        {
            using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            if (answer.IsSuccessStatusCode) return null;
            var status = ((int)answer.StatusCode).ToString(CultureInfo.InvariantCulture);
            return (int)answer.StatusCode is >= 300 and < 400 ? $"It answered {status}; redirects are not followed." : $"It answered {status}.";
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"It did not answer within {_timing.Answer.TotalSeconds:0.#} s.";
        }
        catch (HttpRequestException e)
        {
            return Reason(e);
        }
    }

    public void Dispose() => _http.Dispose();

    private HttpRequestMessage Request(WebhookEndpoint endpoint, WebhookDelivery delivery, byte[] body)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = new("application/json") { CharSet = "utf-8" };
        var request = new HttpRequestMessage(HttpMethod.Post, endpoint.Url) { Content = content };
        request.Headers.TryAddWithoutValidation("User-Agent", "ControlChat-Webhook/1");
        request.Headers.TryAddWithoutValidation("X-ControlChat-Event", delivery.Event);
        request.Headers.TryAddWithoutValidation("X-ControlChat-Delivery", delivery.Delivery);
        request.Headers.TryAddWithoutValidation("X-ControlChat-Signature", WebhookSignature.Of(endpoint.Secret, _time.GetUtcNow(), body));
        return request;
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var host = context.DnsEndPoint.Host;
        // A literal needs no resolver, and none is asked for what only looks like a name.
        IPAddress[] found = IPAddress.TryParse(host, out var literal) ? [literal] : await _resolve(host, cancellationToken);
        var allowed = _allowPrivate ? found : [.. found.Where(PublicAddress.Is)];
        if (found.Length > 0 && allowed.Length == 0) throw new PrivateAddressException();
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, context.DnsEndPoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static string Reason(HttpRequestException fault) => fault switch
    {
        { InnerException: PrivateAddressException } => "Its address is not one of the open internet. If that is meant, the operator sets Webhooks:AllowPrivate to true.",
        { InnerException: AuthenticationException } => "Its certificate is not good, or it does not speak TLS.",
        { HttpRequestError: HttpRequestError.SecureConnectionError } => "Its certificate is not good, or it does not speak TLS.",
        { InnerException: SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain } } => "Its name is not known.",
        { HttpRequestError: HttpRequestError.NameResolutionError } => "Its name is not known.",
        { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } => "The head of its answer is too long.",
        { InnerException: SocketException } or { HttpRequestError: HttpRequestError.ConnectionError } => "It could not be reached.",
        _ => "The connection broke before it answered.",
    };

    private sealed class PrivateAddressException() : IOException("A private address.");
}
