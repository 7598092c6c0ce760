using System.Collections.Concurrent;

namespace ControlChat.Core.Sessions.Terminals.Live;

/// <summary>The terminals at work in this process.</summary>
internal sealed class LiveTerminals(TimeProvider time) : ITerminals
{
    private readonly ConcurrentDictionary<string, Held> _held = new(StringComparer.Ordinal);

    public async Task<ITerminalView?> JoinAsync(string sessionId, TerminalViewer viewer, CancellationToken cancellationToken) =>
        _held.TryGetValue(sessionId, out var held) ? await held.JoinAsync(viewer, time, cancellationToken) : null;

    public int ViewersOf(string sessionId) => _held.TryGetValue(sessionId, out var held) ? held.Terminal.Viewers : 0;

    public void Add(LiveTerminal terminal, TerminalDoor door, ControlDesk desk) => _held[terminal.Id] = new Held(terminal, door, desk);

    public void Remove(LiveTerminal terminal)
    {
        if (_held.TryGetValue(terminal.Id, out var held) && held.Terminal == terminal) _held.TryRemove(KeyValuePair.Create(terminal.Id, held));
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
            catch (Hub.HubUnavailableException)
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
}
