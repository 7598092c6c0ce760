using System.Collections.Concurrent;
using ControlChat.Core.Bus;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions.Terminals.Live.Links;

namespace ControlChat.Core.Sessions.Terminals.Live;

/// <summary>Terminals at work: in this process, or over the bus in another.</summary>
internal sealed class LiveTerminals(HubDatabase database, SessionStore sessions, IBus bus, LinkSeal seal, TimeProvider time) : ITerminals
{
    private readonly ConcurrentDictionary<string, Held> _held = new(StringComparer.Ordinal);

    public async Task<ITerminalView?> JoinAsync(string sessionId, TerminalViewer viewer, CancellationToken cancellationToken)
    {
        if (_held.TryGetValue(sessionId, out var held)) return await held.JoinAsync(viewer, time, cancellationToken);
        if (!bus.IsShared) return null;
        await using (var reader = await database.ReadAsync(cancellationToken))
            if (await sessions.FindAsync(reader, sessionId, cancellationToken) is not { Mode: SessionMode.Terminal, State: SessionState.Running }) return null;
        return await RemoteView.JoinAsync(sessionId, viewer, bus, seal, time, cancellationToken);
    }

    public int ViewersOf(string sessionId) => _held.TryGetValue(sessionId, out var held) ? held.Terminal.Viewers : 0;

    /// <summary>Until it is disposed, windows can join it; those of other processes read to the end before.</summary>
    public IAsyncDisposable Add(LiveTerminal terminal, TerminalDoor door, ControlDesk desk)
    {
        var held = _held[terminal.Id] = new Held(terminal, door, desk);
        return new Open(this, held, bus.IsShared ? new LinkServer(terminal.Id, desk.AdmitAsync, (viewer, token) => held.JoinAsync(viewer, time, token), bus, seal, time) : null);
    }

    private sealed record Held(LiveTerminal Terminal, TerminalDoor Door, ControlDesk Desk)
    {
        public async Task<ITerminalView> JoinAsync(TerminalViewer viewer, TimeProvider time, CancellationToken cancellationToken)
        {
            Terminal.Join(viewer);
            var view = new TerminalView(Terminal, Door, Desk, viewer, time);
            try
            {
                await Desk.JoinAsync(viewer, cancellationToken);
                return view;
            }
            catch (HubUnavailableException)
            {
                // It may look; whether it may type is asked again.
                return view;
            }
            catch
            {
                await view.DisposeAsync();
                throw;
            }
        }
    }

    private sealed class Open : IAsyncDisposable
    {
        private readonly LiveTerminals _all;
        private readonly Held _held;
        private readonly CancellationTokenSource _end = new();
        private readonly LinkServer? _server;
        private readonly Task _serving;

        public Open(LiveTerminals all, Held held, LinkServer? server)
        {
            (_all, _held, _server) = (all, held, server);
            _serving = server?.RunAsync(_end.Token) ?? Task.CompletedTask;
        }

        public async ValueTask DisposeAsync()
        {
            _all._held.TryRemove(KeyValuePair.Create(_held.Terminal.Id, _held));
            if (_server is not null) await _server.FinishAsync();
            await _end.CancelAsync();
            await _serving;
            _end.Dispose();
        }
    }
}
