using System.Net;
using System.Net.Sockets;

namespace ControlChat.Tests.App.Sessions;

/// <summary>A model's server that takes every connection and never says a word, or hangs up once it has heard something.</summary>
internal sealed class SilentUpstream : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<Socket> _held = [];
    private readonly Task _holding;
    private int _count;

    public SilentUpstream(bool closes = false)
    {
        _listener.Start();
        _holding = HoldAsync(closes);
    }

    public string Url => $"http://{_listener.LocalEndpoint}/v1";

    /// <summary>How many connections it took.</summary>
    public int Held => Volatile.Read(ref _count);

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        await _holding;
        foreach (var socket in _held) socket.Dispose();
        _listener.Dispose();
    }

    private async Task HoldAsync(bool closes)
    {
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync();
                _held.Add(socket);
                Interlocked.Increment(ref _count);
                if (closes && await socket.ReceiveAsync(new byte[4096]) > 0) socket.Close();
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }
}
