using System.Buffers;
using System.Net.WebSockets;
using ControlChat.App.Ui;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions.Terminals;

namespace ControlChat.App.Sessions.Streams;

/// <summary>What the client says, one frame at a time. What is wrong is answered; what cannot be understood ends the connection.</summary>
internal sealed class StreamCommands(WebSocket socket, StreamWindow window, StreamOutput output, StreamBeat beat, StreamSupply supply, StreamGround ground, Action<StreamEnd> end) : IDisposable
{
    // Of what reads the database, writes to the record, or reads a transcript from its beginning: ten together, then one every quarter of a second.
    private const int CostlyFrame = 40;
    private readonly FrameReader _reader = new(socket);
    private readonly StreamPace _pace = new(ground.Time);

    /// <summary>Until the client closes. After the end, what comes is read away until the client has heard of it.</summary>
    public async Task RunAsync(Func<bool> isOver, CancellationToken cancellationToken)
    {
        while (true)
        {
            var read = await _reader.ReadAsync();
            if (read.Kind == FrameKind.Closed) break;
            if (isOver()) continue;
            if (read.Kind == FrameKind.Binary) end(StreamEnd.Unclear);
            else if (read.Kind == FrameKind.TooLarge) await FailAsync("too_large", $"A frame has more than {FrameReader.Most} bytes.");
            else await HearAsync(read.Text, cancellationToken);
        }
        end(StreamEnd.Gone);
    }

    public void Dispose() => _reader.Dispose();

    private async Task HearAsync(ReadOnlyMemory<byte> text, CancellationToken cancellationToken)
    {
        var frame = ClientFrame.Read(text.Span);
        if (frame.IsBroken)
        {
            end(StreamEnd.Unclear);
            return;
        }
        if (!_pace.Take(frame.Type is ClientFrameType.Resume or ClientFrameType.TakeControl or ClientFrameType.GiveControl or ClientFrameType.Object ? CostlyFrame : 1))
        {
            await FailAsync("rate_limited", Texts.TooFast.With(StreamPace.PerSecond));
            return;
        }
        if (frame.Fault is { } fault)
        {
            await FailAsync(fault.Code, fault.Message);
            return;
        }
        try
        {
            await DoAsync(frame, text, cancellationToken);
        }
        catch (TerminalBusyException e)
        {
            await FailAsync("busy", e.Message);
        }
        catch (Exception e) when (e is HubUnavailableException or ObjectDisposedException)
        {
            await FailAsync("not_at_work", Texts.CannotBeReachedNow);
        }
    }

    private Task DoAsync(in ClientFrame frame, ReadOnlyMemory<byte> text, CancellationToken cancellationToken)
    {
        if (frame.Type == ClientFrameType.Pong) return beat.Answered(frame.N) ? Task.CompletedTask : FailAsync("invalid", "No ping has this 'n', or it was answered.");
        if (frame.Type == ClientFrameType.Resume) return ResumeAsync(frame.ResumeToken, frame.After, cancellationToken);
        if (!window.MayControl) return FailAsync("view_only", Texts.YouMayOnlyLook);
        if (window.View is not { } view) return FailAsync("not_at_work", Texts.NotAtWork);
        return frame.Type switch
        {
            ClientFrameType.In => TypeAsync(view, frame, text, cancellationToken),
            ClientFrameType.Resize => ResizeAsync(view, frame.Columns, frame.Rows, cancellationToken),
            ClientFrameType.TakeControl => TakeAsync(view, cancellationToken),
            ClientFrameType.GiveControl => view.GiveBackAsync(cancellationToken),
            _ => view.ObjectAsync(cancellationToken),
        };
    }

    private async Task TypeAsync(ITerminalView view, ClientFrame frame, ReadOnlyMemory<byte> text, CancellationToken cancellationToken)
    {
        var (start, length, escaped) = frame.Data;
        var bytes = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            if (InputText.Decode(text.Span.Slice(start, length), escaped, bytes) is not { } count) await FailAsync("invalid", "'data' is no base64.");
            else if (count > InputText.Most) await FailAsync("too_large", Texts.TooMuchInput.With(InputText.Most));
            else if (count > 0 && !await view.WriteAsync(bytes.AsMemory(0, count), cancellationToken)) await FailAsync("not_in_control", Texts.NotInControl);
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
            await FailAsync("invalid", $"'cols' is 1-{TerminalSize.MostColumns}, 'rows' is 1-{TerminalSize.MostRows}.");
        else if (!await view.ResizeAsync(new TerminalSize((int)columns, (int)rows), cancellationToken))
            await FailAsync("not_in_control", Texts.NotInControl);
    }

    private async Task TakeAsync(ITerminalView view, CancellationToken cancellationToken)
    {
        if (await view.TakeControlAsync(cancellationToken) == ControlAnswer.Refused) await FailAsync("view_only", Texts.YouMayOnlyLook);
    }

    private async Task ResumeAsync(string? token, long after, CancellationToken cancellationToken)
    {
        var known = token is null || token == window.Token;
        if (!known && !await ground.Tickets.IsWindowAsync(token!, window.AccountId, window.SessionId, cancellationToken))
        {
            await FailAsync("resume_invalid", "This is no resume token of yours for this session. You go on as a new window.");
            return;
        }
        // Before the terminal is joined nobody knows how far it is: it is looked at then.
        var newest = window.Now?.LastSeq ?? Math.Max(after, window.Sent);
        if (after < 0 || after > newest)
        {
            await FailAsync("sequence_invalid", $"There is no such sequence: the newest is {newest}. You go on where you are.", newest);
            if (known) return;
            after = window.Sent;
        }
        supply.Resume(known ? null : token, after);
    }

    private Task FailAsync(string code, string message, long? newest = null)
    {
        if (_pace.Fail()) return output.ErrorAsync(code, message, newest);
        end(StreamEnd.TooManyFaults);
        return Task.CompletedTask;
    }
}
