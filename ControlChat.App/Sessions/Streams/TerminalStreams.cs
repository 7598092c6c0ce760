using System.Collections.Concurrent;
using System.Net.WebSockets;
using ControlChat.App.Api;
using ControlChat.Core.Accounts;
using ControlChat.Core.Bus;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Terminals;
using ControlChat.Core.Sessions.Tickets;

namespace ControlChat.App.Sessions.Streams;

/// <summary>What a stream stands on.</summary>
internal sealed record StreamGround(ITerminals Terminals, IEndedTerminals Ended, SessionSights Sights, SessionTickets Tickets, IBus Bus, TimeProvider Time);

/// <summary>The terminals' connections of this process.</summary>
internal sealed partial class TerminalStreams(
    ITerminals terminals, IEndedTerminals ended, SessionSights sights, SessionTickets tickets, IBus bus, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<TerminalStreams> logger)
{
    /// <summary>Connections of one principal at once.</summary>
    public const int Most = 32;

    private readonly StreamGround _ground = new(terminals, ended, sights, tickets, bus, time);
    private readonly ConcurrentDictionary<string, int> _open = new(StringComparer.Ordinal);

    /// <returns>The place of one connection, until it is disposed.</returns>
    /// <exception cref="ApiException">429: the principal has too many.</exception>
    public IDisposable Enter(Principal principal)
    {
        var key = principal.Key;
        if (_open.AddOrUpdate(key, 1, static (_, open) => open + 1) <= Most) return new Place(this, key);
        Leave(key);
        throw new ApiException(429, "rate_limited", $"{Most} terminals are open already. Close one.") { RetryAfter = 5 };
    }

    /// <summary>Until the connection is over, one way or the other.</summary>
    public async Task RunAsync(WebSocket socket, SessionPass pass, long cursor)
    {
        await using var stream = new TerminalStream(socket, pass, _ground);
        await using var stopping = lifetime.ApplicationStopping.Register(() => stream.End(StreamEnd.Stopping));
        if (await stream.RunAsync(cursor) is { } fault) LogFailed(fault, pass.Sight.View.Id);
    }

    private void Leave(string key)
    {
        if (_open.AddOrUpdate(key, 0, static (_, open) => open - 1) <= 0) _open.TryRemove(KeyValuePair.Create(key, 0));
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The stream of the terminal {Session} failed")]
    private partial void LogFailed(Exception fault, string session);

    private sealed class Place(TerminalStreams streams, string key) : IDisposable
    {
        private bool _left;

        public void Dispose()
        {
            if (!_left) streams.Leave(key);
            _left = true;
        }
    }
}
