using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions.Terminals;
using ControlChat.Core.Sessions.Terminals.Archives;

namespace ControlChat.App.Sessions.Streams;

/// <summary>
/// What the terminal shows, from a sequence on: it waits for a worker to have it at work, joins, follows, joins again when the way to the
/// worker broke, the rights changed or the client asks for another place, and ends with the transcript of a terminal that has ended.
/// </summary>
internal sealed class StreamSupply(StreamWindow window, StreamOutput output, StreamGround ground, Action<StreamEnd> end) : IDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(1);

    // Behind the end of a session its last frames are still on their way.
    private static readonly TimeSpan LastFrames = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ReadEvery = TimeSpan.FromMilliseconds(250);
    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _news = new(0);
    private CancellationTokenSource _reading = new();
    private (string? Token, long After)? _wanted;
    private ITimer? _lastFrames;
    private bool _greet = true;
    private bool _unreachable;
    private bool _ended;
    private bool _inherits;

    public async Task RunAsync(long cursor, CancellationToken cancellationToken)
    {
        await using var over = cancellationToken.Register(() => Interrupt());
        window.Sent = cursor;
        while (!cancellationToken.IsCancellationRequested)
        {
            var reading = Begin();
            await using var view = await JoinAsync(cancellationToken);
            if (view is not null && _inherits) _inherits = !await StreamWindow.TakeAsync(view, cancellationToken);
            (window.View, window.Now) = (view, view?.Now);
            if (view is null && window.Sight.HasEnded) await FindLastAsync(reading);
            await GreetAsync();
            if (view is not null)
            {
                if (await ShowAsync(view, reading)) return;
                // Who says only now which window this is keeps what it was given as a new one, be it while it still joined.
                var wasInControl = view.Now.IsController;
                lock (_lock) _inherits |= wasInControl && _wanted?.Token is not null;
                (window.View, window.Now) = (null, null);
            }
            else if (window.Sight.HasEnded)
            {
                await ReplayAsync(reading);
                if (!reading.IsCancellationRequested) return;
            }
            if (!reading.IsCancellationRequested) await _news.WaitAsync(LookEvery, CancellationToken.None);
        }
    }

    /// <summary>Goes on elsewhere, and as another window when there is a token.</summary>
    public void Resume(string? token, long after)
    {
        lock (_lock) _wanted = (token ?? _wanted?.Token, after);
        Interrupt();
    }

    /// <summary>What this window may do is another thing now. Who may not type any more lets go before anything else happens.</summary>
    public async Task ChangeRightsAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (!window.MayControl && window.View is { } view) await view.GiveBackAsync(cancellationToken);
        }
        catch (Exception e) when (e is HubUnavailableException or ObjectDisposedException)
        {
            // The worker hears of it with the next joining, which is now.
        }
        Interrupt();
    }

    /// <summary>The session has ended: its terminal's last frames have a moment to come, then its transcript tells.</summary>
    public void Ended()
    {
        if (_ended) return;
        _ended = true;
        CancellationTokenSource reading;
        lock (_lock) reading = _reading;
        _lastFrames = ground.Time.CreateTimer(_ => Interrupt(reading), null, LastFrames, Timeout.InfiniteTimeSpan);
    }

    /// <summary>There may be something new to join.</summary>
    public void Wake()
    {
        if (window.View is null) _news.Release();
    }

    public void Dispose()
    {
        _lastFrames?.Dispose();
        _reading.Dispose();
        _news.Dispose();
    }

    // What was wanted meanwhile counts from here on. The one before is left to the collector: it may be being cancelled.
    private CancellationToken Begin()
    {
        lock (_lock)
        {
            _reading = new CancellationTokenSource();
            if (_wanted is not { } wanted) return _reading.Token;
            _wanted = null;
            window.Sent = wanted.After;
            if (wanted.Token is null) return _reading.Token;
            window.Token = wanted.Token;
            _greet = true;
            return _reading.Token;
        }
    }

    private void Interrupt(CancellationTokenSource? only = null)
    {
        lock (_lock)
        {
            if (only is not null && only != _reading) return;
            // Not here and now: what waits would go on inside of the lock.
            _ = _reading.CancelAsync();
        }
        _news.Release();
    }

    private async Task<ITerminalView?> JoinAsync(CancellationToken cancellationToken)
    {
        // What it was read before counts for nothing: rights are looked at by the watch.
        try
        {
            var view = window.Sight.HasEnded && _ended ? null : await ground.Terminals.JoinAsync(window.SessionId, window.Viewer, cancellationToken);
            _unreachable = false;
            return view;
        }
        catch (ObjectDisposedException)
        {
            // It was closed in this moment.
            return null;
        }
        catch (HubUnavailableException)
        {
            if (!_unreachable) await output.ErrorAsync("not_at_work", Texts.WorkerCannotBeReached);
            _unreachable = true;
            return null;
        }
    }

    private async Task GreetAsync()
    {
        if (_greet) await output.SendAsync("hello", StreamWords.Hello(window));
        if (_greet || window.View is not null) await output.SendAsync("state", StreamWords.State(window));
        _greet = false;
        if (window.Now is not { } now || window.Sent <= now.LastSeq) return;
        await PutBackAsync(now.LastSeq);
    }

    private async Task PutBackAsync(long newest)
    {
        await output.ErrorAsync("sequence_invalid", $"There is no such sequence: the newest is {newest}. You go on there.", newest);
        window.Sent = newest;
    }

    /// <returns>Whether that was the end.</returns>
    private async Task<bool> ShowAsync(ITerminalView view, CancellationToken reading)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(reading);
        var following = FollowAsync(view, over.Token);
        try
        {
            await foreach (var frame in view.ReadAsync(window.Sent, over.Token))
                if (await ShowAsync(frame)) return true;
        }
        catch (OperationCanceledException) when (reading.IsCancellationRequested)
        {
            // Something else is wanted.
        }
        catch (TerminalSlowException e)
        {
            end(StreamEnd.Slow(e.To));
            return true;
        }
        catch (HubUnavailableException)
        {
            // The way to the worker broke: it is joined again.
        }
        finally
        {
            await over.CancelAsync();
            await following;
        }
        return false;
    }

    private async Task FollowAsync(ITerminalView view, CancellationToken over)
    {
        try
        {
            await foreach (var now in view.FollowAsync(over))
            {
                var before = window.Now;
                window.Now = now;
                if (before is null || StreamWords.Differ(before, now)) await output.SendAsync("state", StreamWords.State(window));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or HubUnavailableException or StreamSlowException or System.Net.WebSockets.WebSocketException or IOException)
        {
            // What reads the frames sees it too, and says what becomes of it.
        }
    }

    private async Task FindLastAsync(CancellationToken reading)
    {
        try
        {
            window.Last = await ground.Ended.LastSeqAsync(window.SessionId, reading);
        }
        catch (Exception e) when (e is TranscriptDamagedException || (e is OperationCanceledException && reading.IsCancellationRequested))
        {
            // Reading it says so.
        }
    }

    private async Task ReplayAsync(CancellationToken reading)
    {
        try
        {
            if (window.Last > 0 && window.Sent > window.Last && SinceEnd >= LastFrames) await PutBackAsync(window.Last);
            // Its worker writes the last of it behind the end of the session.
            for (var wait = LastFrames - SinceEnd; ; wait -= ReadEvery)
            {
                await foreach (var frame in ground.Ended.ReadAsync(window.SessionId, window.Sent, reading))
                    if (await ShowAsync(frame)) return;
                if (wait <= TimeSpan.Zero) break;
                await Task.Delay(ReadEvery, ground.Time, reading);
            }
            await EndAsync(null, window.Sight.View.EndReason, null);
        }
        catch (OperationCanceledException) when (reading.IsCancellationRequested)
        {
            // Something else is wanted.
        }
        catch (TranscriptDamagedException e)
        {
            await output.ErrorAsync("transcript_damaged", e.Message);
            await EndAsync(null, window.Sight.View.EndReason, null);
        }
    }

    /// <returns>Whether it was the last one.</returns>
    private async ValueTask<bool> ShowAsync(TerminalFrame frame)
    {
        if (frame.Type == TerminalFrames.Out) await output.PrintedAsync(frame);
        else if (frame.Type == TerminalFrames.In) await output.TypedAsync(frame.Seq);
        else
        {
            using var data = JsonDocument.Parse(frame.Data);
            if (await TellAsync(frame, data.RootElement)) return true;
        }
        window.Sent = Math.Max(window.Sent, frame.Seq);
        return false;
    }

    private async Task<bool> TellAsync(TerminalFrame frame, JsonElement data)
    {
        switch (frame.Type)
        {
            case TerminalFrames.Ended:
                await EndAsync(frame.Seq, data.GetProperty("reason").GetString(), data.TryGetProperty("exit_code", out var code) && code.ValueKind == JsonValueKind.Number ? code.GetInt32() : null);
                return true;
            case TerminalFrames.Gap:
                var to = data.GetProperty("to").GetInt64();
                await output.GapAsync(data.GetProperty("from").GetInt64(), to);
                window.Sent = Math.Max(window.Sent, to);
                return false;
            case TerminalFrames.Resize:
                await output.SendAsync("state", StreamWords.State(window, frame.Seq, new TerminalSize(data.GetProperty("cols").GetInt32(), data.GetProperty("rows").GetInt32())), frame.Seq);
                return false;
            case TerminalFrames.System:
                await output.SendAsync("state", StreamWords.State(window, frame.Seq, notice: JsonNode.Parse(data.GetRawText())), frame.Seq);
                return false;
            default:
                await output.SendAsync("state", StreamWords.State(window, frame.Seq), frame.Seq);
                return false;
        }
    }

    private TimeSpan SinceEnd => window.Sight.View.EndedAt is { } ended ? window.Sight.At - ended : LastFrames;

    private async Task EndAsync(long? seq, string? reason, int? code)
    {
        await output.SendAsync("ended", StreamWords.Ended(window, seq, reason, code));
        end(StreamEnd.Ended);
    }
}
