using System.Net.WebSockets;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions.Tickets;

namespace ControlChat.App.Sessions.Streams;

/// <summary>
/// One connection to one terminal: contracts, section 8. Four loops: what the client says, what the terminal shows, what the rights are, and
/// heartbeats. The first that says <see cref="End"/> ends them all.
/// </summary>
internal sealed class TerminalStream : IAsyncDisposable
{
    private readonly StreamGround _ground;
    private readonly StreamWindow _window;
    private readonly StreamOutput _output;
    private readonly StreamBeat _beat;
    private readonly StreamSupply _supply;
    private readonly StreamWatch _watch;
    private readonly StreamCommands _commands;
    private readonly TaskCompletionSource<StreamEnd> _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _over = new();
    private Exception? _fault;

    public TerminalStream(WebSocket socket, SessionPass pass, StreamGround ground)
    {
        (_ground, _window, _output) = (ground, new StreamWindow(pass), new StreamOutput(socket, ground.Time));
        _beat = new StreamBeat(_output, ground.Time);
        _supply = new StreamSupply(_window, _output, ground, End);
        _watch = new StreamWatch(_window, _output, ground, _supply, End);
        _commands = new StreamCommands(socket, _window, _output, _beat, _supply, ground, End);
    }

    /// <summary>The first one counts.</summary>
    public void End(StreamEnd end) => _end.TrySetResult(end);

    /// <returns>What broke on our side; null: nothing.</returns>
    public async Task<Exception?> RunAsync(long cursor)
    {
        await OpenWindowAsync();
        var receiving = GuardAsync(() => _commands.RunAsync(() => _end.Task.IsCompleted, _over.Token), isClient: true);
        Task[] loops =
        [
            receiving,
            GuardAsync(() => _supply.RunAsync(cursor, _over.Token)),
            GuardAsync(() => _watch.RunAsync(_over.Token)),
            GuardAsync(BeatAsync),
        ];
        var end = await _end.Task;
        // Nobody looks any more when it is told.
        var newest = Math.Max(end.Newest, _window.Newest);
        await _over.CancelAsync();
        await _output.CloseAsync(end.Status, end.Reason, end.IsSlow ? Missed : null, receiving);
        await Task.WhenAll(loops);
        return _fault;

        (long From, long To) Missed()
        {
            var from = Math.Max(_window.Sent, _output.Unstuck) + 1;
            return (from, Math.Max(from, newest));
        }
    }

    public ValueTask DisposeAsync()
    {
        _over.Dispose();
        _watch.Dispose();
        _supply.Dispose();
        _commands.Dispose();
        _output.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task OpenWindowAsync()
    {
        try
        {
            _window.Token = await _ground.Tickets.OpenWindowAsync(_window.Sight, _over.Token);
        }
        catch (HubUnavailableException)
        {
            // It can be looked at all the same; a later connection is another window then.
        }
    }

    private async Task BeatAsync()
    {
        await _beat.RunAsync(() => _window.Now, _over.Token);
        End(StreamEnd.NoAnswer);
    }

    // Loops never throw: whatever happens in one is how the connection ends.
    private async Task GuardAsync(Func<Task> loop, bool isClient = false)
    {
        try
        {
            await loop();
        }
        catch (OperationCanceledException) when (_over.IsCancellationRequested)
        {
            // Another loop has ended it.
        }
        catch (StreamSlowException)
        {
            End(StreamEnd.Slow());
        }
        catch (HubUnavailableException)
        {
            // What it reads comes from the database.
            End(StreamEnd.Unavailable);
        }
        catch (Exception e) when (e is WebSocketException or ObjectDisposedException || (isClient && e is IOException) || (e is InvalidOperationException && _end.Task.IsCompleted))
        {
            // The client is gone, or does not keep to the protocol, which the socket has told it.
            End(StreamEnd.Gone);
        }
        catch (Exception e)
        {
            _fault = e;
            End(StreamEnd.Failed);
        }
    }
}
