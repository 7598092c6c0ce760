using System.Buffers;
using System.Net.WebSockets;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions.Terminals;

namespace ControlChat.App.Sessions.Streams;

/// <summary>What the client says, one frame at a time. What is wrong is answered; what cannot be understood ends the connection.</summary>
internal sealed class StreamCommands(WebSocket socket, StreamWindow window, StreamOutput output, StreamBeat beat, StreamSupply supply, StreamGround ground, Action<StreamEnd> end) : IDisposable
{
    // Of what reads the database, writes to the record, or reads a transcript from its beginning: twenty together, then one every 0.2 s.
    private const int CostlyFrame = 200;

    // Behind input that was not typed whole none is typed until the client has stopped sending for so long: the end of a text without its middle would be another one.
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);

    // A client that types as soon as it is connected. Longer than a terminal takes to start.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private readonly FrameReader _reader = new(socket);
    private readonly StreamPace _pace = new(ground.Time);
    private long? _refused;
    private bool _waitedInVain;

    /// <summary>Until the client closes. After the end, what comes is read away until the client has heard of it.</summary>
    public async Task RunAsync(Func<bool> isOver, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await _reader.ReadAsync();
            if (read.Kind == FrameKind.Closed) break;
            if (isOver()) continue;
            beat.IsHeld = true;
            try
            {
                await TakeAsync(read, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                // It is over while this waited.
            }
            beat.IsHeld = false;
        }
        end(StreamEnd.Gone);
    }

    public void Dispose() => _reader.Dispose();

    // Whatever it is: nothing more is read of the client before its time.
    private async Task TakeAsync(FrameRead read, CancellationToken cancellationToken)
    {
        await WaitAsync(1, cancellationToken);
        if (read.Kind == FrameKind.Binary) end(StreamEnd.Unclear);
        else if (read.Kind == FrameKind.TooLarge) await output.ErrorAsync("too_large", $"A frame has more than {FrameReader.Most} bytes.");
        else await HearAsync(read.Text, cancellationToken);
    }

    private async Task WaitAsync(int cost, CancellationToken cancellationToken)
    {
        if (_pace.Take(cost) is var wait && wait > TimeSpan.Zero) await Task.Delay(wait, ground.Time, cancellationToken);
    }

    private async Task HearAsync(ReadOnlyMemory<byte> text, CancellationToken cancellationToken)
    {
        var frame = ClientFrame.Read(text.Span);
        if (frame.IsBroken)
        {
            end(StreamEnd.Unclear);
            return;
        }
        if (frame.Type is ClientFrameType.Resume or ClientFrameType.TakeControl or ClientFrameType.GiveControl or ClientFrameType.Object) await WaitAsync(CostlyFrame, cancellationToken);
        if (frame.Fault is { } fault)
        {
            await output.ErrorAsync(fault.Code, fault.Message);
            return;
        }
        try
        {
            await DoAsync(frame, text, cancellationToken);
        }
        catch (TerminalBusyException e)
        {
            _refused = ground.Time.GetTimestamp();
            await output.ErrorAsync("busy", e.Message);
        }
        catch (Exception e) when (e is HubUnavailableException or ObjectDisposedException)
        {
            // Nobody can tell how much of it was typed.
            if (frame.Type == ClientFrameType.In) _refused = ground.Time.GetTimestamp();
            await output.ErrorAsync("not_at_work", Texts.CannotBeReachedNow);
        }
    }

    private Task DoAsync(in ClientFrame frame, ReadOnlyMemory<byte> text, CancellationToken cancellationToken)
    {
        if (frame.Type == ClientFrameType.Pong) return beat.Answered(frame.N) ? Task.CompletedTask : output.ErrorAsync("invalid", "No ping has this 'n', or it was answered.");
        if (frame.Type == ClientFrameType.Resume) return ResumeAsync(frame.ResumeToken, frame.After, cancellationToken);
        if (!window.MayControl) return output.ErrorAsync("view_only", Texts.YouMayOnlyLook);
        if (frame.Type == ClientFrameType.In && IsBehindRefused()) return output.ErrorAsync("busy", Texts.BehindWhatWasNotTyped);
        return window.View is { } view ? DoAsync(view, frame, text, cancellationToken) : DoWhenJoinedAsync(frame, text, cancellationToken);
    }

    private async Task DoWhenJoinedAsync(ClientFrame frame, ReadOnlyMemory<byte> text, CancellationToken cancellationToken)
    {
        // Once: what was sent behind it must not wait as long again, each for itself.
        var view = _waitedInVain || window.Sight.HasEnded ? window.View : await window.JoinedAsync(Patience, ground.Time, cancellationToken);
        _waitedInVain = view is null;
        if (view is null)
        {
            if (frame.Type == ClientFrameType.In) _refused = ground.Time.GetTimestamp();
            await output.ErrorAsync("not_at_work", Texts.NotAtWork);
        }
        else if (!window.MayControl) await output.ErrorAsync("view_only", Texts.YouMayOnlyLook);
        else await DoAsync(view, frame, text, cancellationToken);
    }

    private Task DoAsync(ITerminalView view, in ClientFrame frame, ReadOnlyMemory<byte> text, CancellationToken cancellationToken)
    {
        _waitedInVain = false;
        return frame.Type switch
        {
            ClientFrameType.In => TypeAsync(view, frame, text, cancellationToken),
            ClientFrameType.Resize => ResizeAsync(view, frame.Columns, frame.Rows, cancellationToken),
            ClientFrameType.TakeControl => TakeAsync(view, cancellationToken),
            ClientFrameType.GiveControl => view.GiveBackAsync(cancellationToken),
            _ => view.ObjectAsync(cancellationToken),
        };
    }

    // Before anything is waited for: the time in between is the client's.
    private bool IsBehindRefused()
    {
        if (_refused is not { } at) return false;
        _refused = ground.Time.GetElapsedTime(at) < Quiet ? ground.Time.GetTimestamp() : null;
        return _refused is not null;
    }

    private async Task TypeAsync(ITerminalView view, ClientFrame frame, ReadOnlyMemory<byte> text, CancellationToken cancellationToken)
    {
        var (start, length, escaped) = frame.Data;
        var bytes = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            if (InputText.Decode(text.Span.Slice(start, length), escaped, bytes) is not { } count) await output.ErrorAsync("invalid", "'data' is no base64.");
            else if (count > 0 && !await view.WriteAsync(bytes.AsMemory(0, count), cancellationToken)) await output.ErrorAsync("not_in_control", Texts.NotInControl);
        }
        finally
        {
            // Passwords are typed too.
            ArrayPool<byte>.Shared.Return(bytes, clearArray: true);
        }
    }

    private async Task ResizeAsync(ITerminalView view, long columns, long rows, CancellationToken cancellationToken)
    {
        if (columns is < 1 or > TerminalSize.MostColumns || rows is < 1 or > TerminalSize.MostRows)
            await output.ErrorAsync("invalid", $"'cols' is 1-{TerminalSize.MostColumns}, 'rows' is 1-{TerminalSize.MostRows}.");
        else if (!await view.ResizeAsync(new TerminalSize((int)columns, (int)rows), cancellationToken))
            await output.ErrorAsync("not_in_control", Texts.NotInControl);
    }

    private async Task TakeAsync(ITerminalView view, CancellationToken cancellationToken)
    {
        if (await view.TakeControlAsync(cancellationToken) == ControlAnswer.Refused) await output.ErrorAsync("view_only", Texts.YouMayOnlyLook);
    }

    private async Task ResumeAsync(string? token, long after, CancellationToken cancellationToken)
    {
        var known = token is null || token == window.Token;
        if (!known && !await ground.Tickets.IsWindowAsync(token!, window.AccountId, window.SessionId, cancellationToken))
        {
            await output.ErrorAsync("resume_invalid", "This is no resume token of yours for this session. You go on as a new window.");
            return;
        }
        // Before the terminal is joined nobody knows how far it is: it is looked at then.
        var newest = window.Now is null ? Math.Max(after, window.Sent) : window.Newest;
        if (after < 0 || after > newest)
        {
            await output.ErrorAsync("sequence_invalid", $"There is no such sequence: the newest is {newest}. You go on where you are.", newest);
            if (known) return;
            after = window.Sent;
        }
        if (!known && window.Token is { } fresh) await ground.Tickets.ForgetWindowAsync(fresh, cancellationToken);
        supply.Resume(known ? null : token, after);
    }
}
