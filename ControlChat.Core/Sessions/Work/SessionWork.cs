using System.Text.Json.Nodes;
using ControlChat.Core.Bus;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions.Containment;

namespace ControlChat.Core.Sessions.Work;

/// <summary>
/// One session at work in this process: what its agent does goes to the rows, what people say and decide goes to the agent. The rows
/// decide: once the session has ended there, or another worker holds it, the agent's process is ended.
/// </summary>
/// <param name="uncontained">Why its agent runs without a namespace; null: it has one.</param>
internal sealed class SessionWork(SessionTools tools, Session session, SessionHandle handle, string? uncontained = null) : ISessionWork
{
    private readonly CancellationTokenSource _end = new();
    private readonly Signal _look = new();
    private readonly SessionAsks _asks = new(tools, session);
    private readonly SessionOutput _output = new(tools.Settings.Current.Sessions.OutputMegabytes);
    private readonly PassingOutput _passing = new();
    private string _state = SessionState.Starting;
    private long _interrupts = session.Interrupts;
    private bool _inTurn;
    private bool _frozen;
    private bool _stilled;
    private long _held = tools.Time.GetTimestamp();
    private RunningAgent? _agent;
    private string? _excess;
    private volatile bool _lapsed;

    public string Id => session.Id;

    public long Fence => session.Fence;

    /// <summary>Its agent's process; null while there is none.</summary>
    public int? ProcessId => _agent?.ProcessId;

    /// <summary>Whether the kernel ended something of its agent for its memory.</summary>
    public MemoryExcess? Excess => _agent?.Excess;

    /// <summary>How long ago its lease was taken or prolonged, by this machine's clock.</summary>
    public TimeSpan SinceHeld => tools.Time.GetElapsedTime(Interlocked.Read(ref _held));

    /// <param name="since">A moment before the lease was prolonged.</param>
    public void Hold(long since) => Interlocked.Exchange(ref _held, since);

    /// <summary>A stop switch is set: the agent leaves off what it does. It stays, and goes on when somebody says so after the switch is lifted.</summary>
    public void Freeze()
    {
        if (Interlocked.Exchange(ref _frozen, true)) return;
        Look();
    }

    public void Thaw() => Interlocked.Exchange(ref _frozen, false);

    /// <summary>The rows say that it has ended, or that another worker holds it.</summary>
    public void Lose()
    {
        try
        {
            _end.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It ended by itself a moment ago.
        }
    }

    /// <summary>Its lease may be over: another worker may take it up at any moment.</summary>
    public void Lapse()
    {
        _lapsed = true;
        Lose();
    }

    /// <summary>It takes more than it may: it ends at once.</summary>
    /// <param name="why">For its owner.</param>
    public void Exceed(string why)
    {
        _excess = why;
        Lose();
    }

    /// <summary>Something of it may have changed in the rows.</summary>
    public void Look() => _look.Raise();

    /// <summary>Works until the session ends, the agent does, or this process stops.</summary>
    /// <returns>Whether another worker should go on with it.</returns>
    public async Task<bool> RunAsync(CancellationToken stopping)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stopping, _end.Token);
        try
        {
            await WorkAsync(end.Token);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The session has ended or this process stops, unless it took too much.
            if (_excess is { } why) await tools.EndAsync(session.Id, session.Fence, SessionEnd.Failed, why, CancellationToken.None);
        }
        catch (Exception e) when (e is AgentException or IOException or ArgumentException or UnauthorizedAccessException)
        {
            await tools.EndAsync(session.Id, session.Fence, SessionEnd.Failed, _excess ?? e.Message, CancellationToken.None);
        }
        return stopping.IsCancellationRequested;
    }

    private async Task WorkAsync(CancellationToken cancellationToken)
    {
        var folder = AgentFolder.Open(tools.Settings.Paths, session.Id, tools.User);
        var workspace = tools.WorkspaceOf(session);
        await using (var reader = await tools.Database.ReadAsync(cancellationToken)) _output.Begin(await tools.Sessions.CountKeptAsync(reader, session.Id, cancellationToken));
        var agent = _agent = await tools.Launcher.StartAsync(new AgentPlace(folder, workspace, tools.Address.Url, handle.Secret), contained: uncontained is null);
        var hearing = HearAsync(agent.Driver, cancellationToken);
        var telling = Task.CompletedTask;
        try
        {
            var thread = await agent.Driver.StartAsync(new AgentOrder(workspace, tools.Profile, tools.InstructionsOf(session), [ToolServer()], session.ThreadId), cancellationToken);
            await BeginAsync(thread, cancellationToken);
            telling = TellAsync(agent.Driver, cancellationToken);
            await await Task.WhenAny(hearing, telling);
        }
        finally
        {
            await _end.CancelAsync();
            if (await MustGoAtOnceAsync()) await agent.KillAsync();
            await agent.DisposeAsync();
            _excess ??= SessionWatchdog.Words(agent.Excess);
            _agent = null;
            // What the other one says now is only that it was ended.
            await Task.WhenAll(hearing, telling).ContinueWith(static t => t.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    // The agent has its handle already. What is read-only runs; a person is asked for all else.
    private AgentToolServer ToolServer() => new("workspace", new Uri($"{tools.Address.Url}/agent-tools/v1/mcp"), $"Bearer {handle.Secret}", Asks: true);

    // Somebody panicked, or another worker's agent is about to work in the same place.
    private async Task<bool> MustGoAtOnceAsync() => _excess is not null || _lapsed || await tools.IsLostAsync(session.Id, session.Fence);

    private async Task BeginAsync(string thread, CancellationToken cancellationToken)
    {
        await using var transaction = await tools.Database.BeginAsync(cancellationToken);
        await SessionClaims.KeepThreadAsync(transaction, session.Id, session.Fence, thread, cancellationToken);
        // Before the state: whoever follows the events knows then why the turn is over.
        await KeepAsync(transaction, session.ThreadId is null ? WorkNotes.Of(WorkNotes.Ready) : WorkNotes.TakenOver(session.DeliveredSeq), cancellationToken);
        if (uncontained is not null) await KeepAsync(transaction, WorkNotes.Uncontained(uncontained), cancellationToken);
        await MoveAsync(transaction, SessionState.Idle, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private async Task HearAsync(IAgentDriver driver, CancellationToken cancellationToken)
    {
        await foreach (var happened in driver.ReadAsync(cancellationToken))
        {
            if (!_passing.Allows(happened)) continue;
            if (tools.Journal.Passing(happened) is { } passing) await PassAsync(passing, cancellationToken);
            else await TakeAsync(driver, happened, cancellationToken);
        }
    }

    private ValueTask PassAsync(SessionEvent passing, CancellationToken cancellationToken) =>
        tools.Bus.PostAsync(Topics.Stream(session.Id), BusMessage.New(new JsonObject { ["type"] = passing.Type, ["data"] = passing.Data.DeepClone() }.ToJsonString()), cancellationToken);

    private async Task TakeAsync(IAgentDriver driver, AgentEvent happened, CancellationToken cancellationToken)
    {
        if (happened is AgentEvent.Ended ended)
        {
            await tools.EndAsync(session.Id, session.Fence, ended.Orderly ? SessionEnd.Completed : SessionEnd.Failed, ended.Orderly ? null : SessionWatchdog.Words(Excess) ?? ended.Text, cancellationToken);
            return;
        }
        var kept = tools.Journal.Kept(happened);
        if (kept is null && happened is not (AgentEvent.TurnStarted or AgentEvent.TurnFinished or AgentEvent.ApprovalRequested or AgentEvent.ApprovalResolved)) return;
        string? declined;
        await using (var transaction = await tools.Database.BeginAsync(cancellationToken))
        {
            if (kept is not null) await KeepAsync(transaction, kept, cancellationToken);
            declined = await StepAsync(transaction, happened, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
        // What cannot be asked is declined for the person: the agent hears no and goes on.
        if (declined is not null) await driver.AnswerAsync(declined, AgentAnswer.Decline, null, cancellationToken);
        if (happened is AgentEvent.ApprovalRequested) Look();
    }

    /// <returns>The agent's id of what no person can be asked; else null.</returns>
    private async Task<string?> StepAsync(IHubTransaction transaction, AgentEvent happened, CancellationToken cancellationToken)
    {
        switch (happened)
        {
            case AgentEvent.TurnStarted:
                _inTurn = true;
                await MoveAsync(transaction, SessionState.Running, cancellationToken);
                break;
            case AgentEvent.ApprovalRequested asked:
                if (await _asks.OpenAsync(transaction, asked.Approval, KeepAsync, cancellationToken) is { } declined) return declined;
                await MoveAsync(transaction, SessionState.WaitingForApproval, cancellationToken);
                break;
            case AgentEvent.ApprovalResolved resolved:
                await _asks.ResolveAsync(transaction, resolved, KeepAsync, cancellationToken);
                if (_asks.Waiting == 0 && _state == SessionState.WaitingForApproval) await MoveAsync(transaction, _inTurn ? SessionState.Running : SessionState.Idle, cancellationToken);
                break;
            case AgentEvent.TurnFinished:
                _inTurn = false;
                await MoveAsync(transaction, SessionState.Idle, cancellationToken);
                break;
        }
        return null;
    }

    private async Task TellAsync(IAgentDriver driver, CancellationToken cancellationToken)
    {
        while (true)
        {
            var seen = _look.Version;
            if (!await TellNewsAsync(driver, cancellationToken)) return;
            await _look.WaitAsync(seen, cancellationToken);
        }
    }

    /// <returns>False: it is not this worker's any more.</returns>
    private async Task<bool> TellNewsAsync(IAgentDriver driver, CancellationToken cancellationToken)
    {
        Session? now;
        IReadOnlyList<StoredSessionEvent> messages;
        await using (var reader = await tools.Database.ReadAsync(cancellationToken))
        {
            now = await tools.Sessions.FindAsync(reader, session.Id, cancellationToken);
            if (now is null || now.HasEnded || now.Fence != session.Fence) return false;
            messages = await SessionClaims.WaitingMessagesAsync(reader, session.Id, now.DeliveredSeq, cancellationToken);
        }
        if (await StilledAsync(driver, cancellationToken))
        {
            await SayNoAsync(driver, now, cancellationToken);
            return true;
        }
        // What was said before somebody interrupted is interrupted too.
        foreach (var message in messages.Where(m => m.Seq < now.Interrupts)) await SendAsync(driver, message, cancellationToken);
        // One that nobody held heard of no interrupt; what was said before it counts all the same.
        if (now.Interrupts > _interrupts || messages.Any(m => m.Seq < now.Interrupts))
        {
            _interrupts = now.Interrupts;
            await driver.InterruptAsync(cancellationToken);
        }
        foreach (var message in messages.Where(m => m.Seq > now.Interrupts)) await SendAsync(driver, message, cancellationToken);
        await _asks.AnswerAsync(driver, onlyNo: false, cancellationToken);
        return true;
    }

    // A stop switch holds back what would go on, never what ends it.
    private async Task SayNoAsync(IAgentDriver driver, Session now, CancellationToken cancellationToken)
    {
        if (now.Interrupts > _interrupts)
        {
            _interrupts = now.Interrupts;
            await driver.InterruptAsync(cancellationToken);
        }
        await _asks.AnswerAsync(driver, onlyNo: true, cancellationToken);
    }

    // Messages wait while it stands still.
    private async Task<bool> StilledAsync(IAgentDriver driver, CancellationToken cancellationToken)
    {
        var frozen = Volatile.Read(ref _frozen);
        if (frozen && !_stilled) await driver.InterruptAsync(cancellationToken);
        return _stilled = frozen;
    }

    private async Task SendAsync(IAgentDriver driver, StoredSessionEvent message, CancellationToken cancellationToken)
    {
        await driver.SendAsync(JsonNode.Parse(message.Data)!["text"]!.GetValue<string>(), cancellationToken);
        await using var transaction = await tools.Database.BeginAsync(cancellationToken);
        await SessionClaims.DeliveredAsync(transaction, session.Id, session.Fence, message.Seq, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private async Task MoveAsync(IHubTransaction transaction, string to, CancellationToken cancellationToken)
    {
        if (_state == to) return;
        // A turn may begin and an approval be asked before the rows say that the one before has ended.
        if (to == SessionState.WaitingForApproval && _state == SessionState.Idle) await MoveAsync(transaction, SessionState.Running, cancellationToken);
        if (!await tools.Sessions.MoveAsync(transaction, session.Id, session.Fence, _state, to, cancellationToken)) throw await LostAsync();
        _state = to;
        await KeepAsync(transaction, new SessionEvent(SessionEvents.State, new JsonObject { ["state"] = to }), cancellationToken);
    }

    private async Task KeepAsync(IHubTransaction transaction, SessionEvent happened, CancellationToken cancellationToken)
    {
        if (_output.Keep(happened) is { } excess) throw new AgentException(excess);
        if (await tools.Sessions.AppendAsync(transaction, session.Id, session.Fence, [happened], cancellationToken) == 0) throw await LostAsync();
        await SessionClaims.TouchAsync(transaction, session.Id, transaction.Now + tools.Settings.Current.Sessions.IdleChat, cancellationToken);
    }

    private async Task<OperationCanceledException> LostAsync()
    {
        await _end.CancelAsync();
        return new OperationCanceledException("The session has ended, or another worker holds it.", _end.Token);
    }

    public void Dispose() => _end.Dispose();
}
