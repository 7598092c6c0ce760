using System.Text.Json;

namespace ControlChat.Core.Sessions.Codex;

/// <summary>Reads what an app-server says, one object after another, and makes events of it. It ends with the server, and tells how.</summary>
internal sealed class AppServerPump(AgentPipes pipes, RpcPeer rpc, EventQueue queue, ApprovalDesk desk, TimeProvider time)
{
    private const int InvalidParameters = -32602;
    private const int MostCleans = 8;
    private static readonly TimeSpan MostToClean = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan MostToHold = TimeSpan.FromSeconds(0.5);
    private readonly ThreadProjection _projection = new();
    private int _cleans;

    /// <summary>The thread of this session; what concerns another one is not acted on. Null: not known yet.</summary>
    public string? ThreadId { get; set; }

    /// <summary>The server was asked to end.</summary>
    public bool Stopping { get; set; }

    public string? Turn => _projection.Turn;

    public bool HasFinished(string turnId) => _projection.Finished == turnId;

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var output = new AgentOutput(pipes, time);
        try
        {
            await foreach (var line in JsonLines.ReadAsync(output.ReadAsync, cancellationToken))
            {
                await TakeAsync(line, cancellationToken);
                await queue.RoomAsync(cancellationToken);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // The stream broke: the same as its end.
        }
        finally
        {
            End(await output.EndAsync());
        }
    }

    /// <summary>Ends the commands that run in the background. An agent that does not is left to the one who ends its process.</summary>
    public async Task CleanAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        if (ThreadId is { } thread) await rpc.RequestAsync("thread/backgroundTerminals/clean", new BackgroundTerminalsCleanParams(thread), limit, cancellationToken);
    }

    // Whatever one line does, the next one is read.
    private async Task TakeAsync(JsonLine line, CancellationToken cancellationToken)
    {
        try
        {
            await ActAsync(line, cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            queue.Add([Malformed("The agent wrote a line that could not be taken in; it was skipped.", e.Message)], line.Bytes);
        }
    }

    private async Task ActAsync(JsonLine line, CancellationToken cancellationToken)
    {
        if (line is JsonLine.Fault fault)
        {
            queue.Add([Malformed($"The agent wrote {fault.Why}; it was skipped.", fault.Head)], fault.Head.Length);
            return;
        }
        switch (Receive(((JsonLine.Value)line).Root))
        {
            case RpcMessage.Notification notice:
                Hear(notice, line.Bytes);
                break;
            case RpcMessage.Request request:
                await AskAsync(request, line.Bytes, cancellationToken);
                break;
            case RpcMessage.Odd odd:
                queue.Add([new AgentEvent.Unknown("message", odd.Raw)], line.Bytes);
                break;
        }
    }

    private RpcMessage? Receive(JsonElement message)
    {
        try
        {
            return rpc.Receive(message);
        }
        catch (InvalidOperationException)
        {
            // A text with half a character ("\ud800") is JSON and no text.
            return new RpcMessage.Odd(message);
        }
    }

    private void Hear(RpcMessage.Notification notice, long bytes)
    {
        try
        {
            if (IsForeign(notice.Parameters)) queue.Add([new AgentEvent.Unknown(notice.Method, notice.Raw)], bytes);
            else if (notice.Method == "serverRequest/resolved") queue.Add(Resolved(notice.Parameters), bytes);
            else foreach (var happened in _projection.Read(notice)) Tell(happened, bytes);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            queue.Add([Malformed($"The agent wrote '{notice.Method}' in a form that is not known; it was skipped.", e.Message)], bytes);
        }
    }

    private void Tell(AgentEvent happened, long bytes)
    {
        var ended = happened as AgentEvent.TurnFinished;
        if (ended is not null) queue.Add(GiveUp(ended.TurnId!), 0);
        queue.Add([happened], bytes);
        // Commands outlive an interrupted or failed turn, and nobody would end them.
        if (ended is { Outcome: not TurnOutcome.Completed } && _projection.CommandRuns && Volatile.Read(ref _cleans) < MostCleans) _ = CleanQuietlyAsync();
    }

    // A command that was never allowed never ran, and Codex does not say so.
    private List<AgentEvent> GiveUp(string? turnId)
    {
        List<AgentEvent> events = [];
        foreach (var request in desk.GiveUp(turnId))
        {
            events.Add(ApprovalDesk.Unanswered(request));
            if (request.Approval is AgentApproval.Command { ItemId: { } item } && _projection.NeverRan(item) is { } never) events.Add(never);
        }
        return events;
    }

    private async Task CleanQuietlyAsync()
    {
        Interlocked.Increment(ref _cleans);
        try
        {
            await CleanAsync(MostToClean, CancellationToken.None);
        }
        catch (AgentException)
        {
            // It ends with its process at the latest.
        }
        finally
        {
            Interlocked.Decrement(ref _cleans);
        }
    }

    private async Task AskAsync(RpcMessage.Request request, long bytes, CancellationToken cancellationToken)
    {
        switch (Read(request))
        {
            case Asked.Person person:
                if (!Open(request, person.Approval, bytes)) await HoldAsync(rpc.RefuseAsync(request.Id, RpcException.Refused, "Too much waits for a person.", cancellationToken), cancellationToken);
                break;
            case Asked.Settled settled:
                queue.Add([new AgentEvent.Notice(settled.Note)], bytes);
                await HoldAsync(rpc.AnswerAsync(request.Id, settled.Result, cancellationToken), cancellationToken);
                break;
            case Asked.Refused refused:
                queue.Add([new AgentEvent.Unknown(request.Method, request.Raw)], bytes);
                await HoldAsync(rpc.RefuseAsync(request.Id, refused.Code, refused.Message, cancellationToken), cancellationToken);
                break;
        }
    }

    private bool Open(RpcMessage.Request request, AgentApproval approval, long bytes)
    {
        // The changes come from the item, and stay when it goes.
        var kept = bytes + (approval is AgentApproval.FileChange { Files: { } files } ? files.Sum(f => 2L * (f.Path.Length + f.Diff.Length)) : 0);
        var opened = desk.Open(new ApprovalDesk.OpenRequest(request.Id, request.Method, approval, kept), out var displaced);
        if (displaced is not null) queue.Add([ApprovalDesk.Unanswered(displaced)], 0);
        queue.Add([opened
            ? new AgentEvent.ApprovalRequested(approval) { TurnId = approval.TurnId }
            : new AgentEvent.Notice($"The agent asks for more decisions than can wait at once ({ApprovalDesk.Most}, or very long ones); the last one was refused.")], bytes);
        return opened;
    }

    // An agent that does not read is still heard: what it does not take at once is written beside the reading, or fails.
    private async Task HoldAsync(Task answering, CancellationToken cancellationToken)
    {
        try
        {
            await QuietlyAsync(answering).WaitAsync(MostToHold, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // At most a line each half second, for as long as one may take to write.
        }
    }

    private static async Task QuietlyAsync(Task answering)
    {
        try
        {
            await answering;
        }
        catch (Exception e) when (e is AgentException or InvalidOperationException or OperationCanceledException)
        {
            // It reads no more, and its end follows; or its id is no text, and cannot be said back.
        }
    }

    private Asked Read(RpcMessage.Request request)
    {
        try
        {
            if (IsForeign(request.Parameters)) return new Asked.Refused(RpcException.Refused, "This session has another thread.");
            return ApprovalReader.Read(request, _projection.FilesOf);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // It is kept as it came; its own words are not sent back.
            return new Asked.Refused(InvalidParameters, "The parameters are not understood.");
        }
    }

    // Answered by us or not: it waits no more.
    private IReadOnlyList<AgentEvent> Resolved(JsonElement parameters)
    {
        var id = parameters.Deserialize<ResolvedNotice>(RpcPeer.Wire)!.RequestId;
        var request = id.ValueKind == JsonValueKind.Undefined ? null : desk.GiveUpOne(id.GetRawText());
        return request is null ? [] : [ApprovalDesk.Unanswered(request)];
    }

    private bool IsForeign(JsonElement parameters) =>
        ThreadId is { } own && parameters.ValueKind == JsonValueKind.Object && parameters.TryGetProperty("threadId", out var thread)
        && thread.ValueKind == JsonValueKind.String && thread.GetString() != own;

    private void End(AgentExit exit)
    {
        var words = AgentOutput.Words(exit);
        rpc.Close(new AgentException(words));
        queue.Add(GiveUp(null), 0);
        queue.Add(desk.Unsettled().Select(ApprovalDesk.Unanswered), 0);
        queue.Add(_projection.End(words), 0);
        var orderly = Stopping && exit.Code is 0;
        if (!orderly) queue.Add([new AgentEvent.Error(words, "agent_died", null, null, WillRetry: false)], 0);
        queue.Add([new AgentEvent.Ended(orderly, exit.Code, words)], 0);
        queue.End();
    }

    private static AgentEvent.Error Malformed(string message, string details) => new(message, "malformed", details, null, WillRetry: false);
}
