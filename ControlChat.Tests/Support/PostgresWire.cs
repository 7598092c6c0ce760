using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace ControlChat.Tests.Support;

/// <summary>Lies between a program and the tests' PostgreSQL server, and can lose what the server answers.</summary>
internal sealed class PostgresWire : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentBag<Task> _lines = [];
    private readonly ConcurrentBag<Line> _standing = [];
    private readonly UnixDomainSocketEndPoint _server;
    private readonly Task _accepting;

    /// <param name="at">The server's own words for a connection, over its socket's directory.</param>
    public PostgresWire(string at)
    {
        var words = new NpgsqlConnectionStringBuilder(at);
        _server = new UnixDomainSocketEndPoint(Path.Combine(words.Host!, ".s.PGSQL.5432"));
        _listener.Start();
        (words.Host, words.Port) = ("127.0.0.1", ((IPEndPoint)_listener.LocalEndpoint).Port);
        ConnectionString = words.ToString();
        _accepting = AcceptAsync();
    }

    public string ConnectionString { get; }

    /// <summary>From now on, of the connections that stand: what is asked arrives, the first answer to it ends the connection instead of coming through.</summary>
    public void LoseAnswers()
    {
        foreach (var line in _standing) line.Loses = true;
    }

    /// <summary>Cuts the connections that stand: nothing arrives any more.</summary>
    public void Cut()
    {
        foreach (var line in _standing) line.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Dispose();
        await _accepting;
        Cut();
        await Task.WhenAll(_lines);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var line = new Line(await _listener.AcceptSocketAsync());
                _standing.Add(line);
                _lines.Add(line.RunAsync(_server));
            }
        }
        catch (Exception e) when (e is ObjectDisposedException or SocketException)
        {
            // The end.
        }
    }

    private sealed class Line(Socket program) : IDisposable
    {
        private readonly Socket _server = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

        public volatile bool Loses;

        public async Task RunAsync(EndPoint server)
        {
            try
            {
                await _server.ConnectAsync(server);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                Dispose();
                return;
            }
            var both = new[] { CopyAsync(program, _server, () => false), CopyAsync(_server, program, () => Loses) };
            await Task.WhenAny(both);
            Dispose();
            await Task.WhenAll(both);
        }

        public void Dispose()
        {
            program.Dispose();
            _server.Dispose();
        }

        private static async Task CopyAsync(Socket from, Socket to, Func<bool> ends)
        {
            var some = new byte[8192];
            try
            {
                while (await from.ReceiveAsync(some) is var length and > 0 && !ends())
                {
                    for (var sent = 0; sent < length;) sent += await to.SendAsync(some.AsMemory(sent, length - sent));
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // One side is gone, and with it the line.
            }
        }
    }
}
