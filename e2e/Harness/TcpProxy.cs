using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ControlChat.Harness;

/// <summary>
/// What stands in front of several nodes and keeps a browser at one of them: bytes go on as they come. When its node is gone, connections
/// are refused until it is given another one.
/// </summary>
public sealed class TcpProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Task, bool> _pumps = new();
    private readonly ConcurrentDictionary<TcpClient, bool> _webSockets = new();
    private readonly Task _accepting;
    private volatile Uri? _node;

    public TcpProxy()
    {
        _listener.Start();
        Url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");
        _accepting = AcceptAsync();
    }

    /// <summary>Its own address, without a slash at the end.</summary>
    public string Url { get; }

    /// <summary>From now on; connections that stand stay where they are.</summary>
    public void LeadTo(HubProcess node)
    {
        ArgumentNullException.ThrowIfNull(node);
        LeadTo(new Uri(node.Url));
    }

    /// <param name="address">Of any server; only its host and port count.</param>
    public void LeadTo(Uri address) => _node = address;

    /// <summary>Cuts one of the WebSockets that stand, without a goodbye; what else is under way goes on.</summary>
    /// <returns>False when none stands.</returns>
    public bool CutWebSocket(Random dice)
    {
        ArgumentNullException.ThrowIfNull(dice);
        var standing = _webSockets.Keys.ToList();
        if (standing.Count == 0) return false;
        standing[dice.Next(standing.Count)].Client.Close(timeout: 0);
        return true;
    }

    /// <summary>Cuts all of them, as <see cref="CutWebSocket"/>.</summary>
    public void CutWebSockets()
    {
        foreach (var standing in _webSockets.Keys) standing.Client?.Close(timeout: 0);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_pumps.Keys);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var browser = await _listener.AcceptTcpClientAsync(_stop.Token);
                var pump = PumpAsync(browser);
                _pumps[pump] = true;
                _ = pump.ContinueWith(done => _pumps.TryRemove(done, out _), TaskScheduler.Default);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // The end.
        }
    }

    private async Task PumpAsync(TcpClient browser)
    {
        using var here = browser;
        using var there = new TcpClient();
        try
        {
            if (_node is not { } node) return;
            await there.ConnectAsync(node.Host, node.Port, _stop.Token);
            using var end = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
            var (up, down) = (UpAsync(here, there, end.Token), there.GetStream().CopyToAsync(here.GetStream(), end.Token));
            await Task.WhenAny(up, down);
            await end.CancelAsync();
            await Task.WhenAll(up, down);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // One side went away, and with it the other.
        }
        finally
        {
            _webSockets.TryRemove(browser, out _);
        }
    }

    // A browser asks for a WebSocket with the first request of a connection, or never.
    private async Task UpAsync(TcpClient browser, TcpClient node, CancellationToken cancellationToken)
    {
        var (from, to) = (browser.GetStream(), node.GetStream());
        var head = new byte[16_384];
        var length = await from.ReadAsync(head, cancellationToken);
        if (Encoding.ASCII.GetString(head, 0, length).Contains("\r\nUpgrade: websocket", StringComparison.OrdinalIgnoreCase)) _webSockets[browser] = true;
        await to.WriteAsync(head.AsMemory(0, length), cancellationToken);
        await from.CopyToAsync(to, cancellationToken);
    }
}
