using System.Runtime.ExceptionServices;
using ControlChat.Core.Bus;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions.Containment;
using ControlChat.Core.Sessions.Terminals;
using ControlChat.Core.Sessions.Terminals.Live;

namespace ControlChat.Core.Sessions.Work;

/// <summary>
/// One terminal at work in this process: its program, its transcript and who types. The rows decide: once the session has ended there, or another worker
/// holds it, the program is ended, with all it started.
/// </summary>
/// <param name="uncontained">Why it runs without a namespace; null: it has one.</param>
internal sealed class TerminalWork(SessionTools tools, TerminalTools terminals, Session session, SessionHandle handle, string? uncontained) : ISessionWork
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(6);
    private readonly CancellationTokenSource _end = new();
    private readonly Signal _look = new();
    private readonly TerminalActivity _activity = new(tools, session);
    private readonly TerminalStart _start = new(tools, terminals, session, handle, uncontained);
    private long _held = tools.Time.GetTimestamp();
    private ITerminalProcess? _process;
    private TerminalDoor? _door;
    private ControlDesk? _desk;
    private IAsyncDisposable? _open;
    private LiveTerminal? _live;
    private string? _excess;
    private bool _hasBegun;
    private int? _exitCode;
    private volatile bool _frozen;
    private volatile bool _lapsed;

    public string Id => session.Id;

    public long Fence => session.Fence;

    public int? ProcessId => _process?.ProcessId;

    public MemoryExcess? Excess => _process?.Excess;

    public void Measure(long memory) => _live?.Measure(memory);

    public TimeSpan SinceHeld => tools.Time.GetElapsedTime(Interlocked.Read(ref _held));

    public void Hold(long since) => Interlocked.Exchange(ref _held, since);

    public void Freeze() => SetFrozen(true);

    public void Thaw() => SetFrozen(false);

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

    public void Lapse()
    {
        _lapsed = true;
        Lose();
    }

    public void Exceed(string why)
    {
        _excess ??= why;
        Lose();
    }

    public void Look() => _look.Raise();

    public void Dispose()
    {
        _end.Dispose();
        _door?.Dispose();
        _desk?.Dispose();
    }

    public async Task<bool> RunAsync(CancellationToken stopping)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stopping, _end.Token);
        var givesUp = false;
        try
        {
            await using var record = await _start.OpenRecordAsync(end.Token);
            using var live = _live = new LiveTerminal(session.Id, record, tools.Time, session.Controller) { Fence = session.Fence };
            try
            {
                givesUp = await WorkAsync(record, live, stopping, end.Token);
            }
            catch (Exception e) when (e is not (OperationCanceledException or HubUnavailableException))
            {
                await EndAsync(SessionEnd.Failed, _excess ?? (IsForOwner(e) ? e.Message : "The hub could not go on with this terminal. Its log says why."));
                if (!IsForOwner(e)) throw;
            }
            finally
            {
                await CloseAsync(live);
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The session has ended or this process stops, before anything began.
        }
        catch (Exception e) when (IsForOwner(e))
        {
            await EndAsync(SessionEnd.Failed, e.Message);
        }
        await terminals.TellClosedAsync(session.Id);
        // One that never began has nothing to lose.
        return stopping.IsCancellationRequested && (givesUp || !_hasBegun);
    }

    private static bool IsForOwner(Exception e) => e is AgentException or IOException or ArgumentException or UnauthorizedAccessException;

    private void SetFrozen(bool frozen)
    {
        if (_frozen == frozen) return;
        _frozen = frozen;
        Look();
    }

    /// <returns>Whether the program goes on without this process.</returns>
    private async Task<bool> WorkAsync(ITerminalRecord record, LiveTerminal live, CancellationToken stopping, CancellationToken end)
    {
        if (await _start.StartAsync(record, live, end) is not { } process) return false;
        (_process, _hasBegun) = (process, true);
        var door = _door = new TerminalDoor(live, process, tools.Time, () => Used(live));
        var desk = _desk = terminals.DeskOf(tools, live, session);
        var pump = PumpOf(live, process);
        pump.Start();
        using var minding = CancellationTokenSource.CreateLinkedTokenSource(end);
        var (following, minded, posting) = (Task.CompletedTask, Task.CompletedTask, Task.CompletedTask);
        ExceptionDispatchInfo? fault = null;
        try
        {
            _open = terminals.Live.Add(live, door, desk);
            if (!await _start.BeginAsync(process.WasAdopted, _activity, end)) Lose();
            (following, minded, posting) = (FollowAsync(live, door, minding.Token), MindAsync(desk, minding.Token), new TerminalPost(tools, session, live, door, _look).RunAsync(minding.Token));
            await await Task.WhenAny(process.Exited, pump.Ended, following, minded, posting, live.Broken, Task.Delay(Timeout.InfiniteTimeSpan, tools.Time, end));
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // It ends from outside, which the rows say more of.
        }
        catch (Exception e)
        {
            fault = ExceptionDispatchInfo.Capture(e);
        }
        await minding.CancelAsync();
        // What they say now is only that they were ended.
        await Task.WhenAll(following, minded, posting).ContinueWith(static t => t.Exception, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        var leaving = fault is not null ? Leaving.AtOnce : end.IsCancellationRequested ? await terminals.HowAsync(tools, session, atOnce: _excess is not null, _lapsed) : Leaving.ByItself;
        door.Shut();
        var goesOn = leaving == Leaving.GivenUp;
        if (!goesOn) await LeaveAsync(live, process, pump, leaving, stopping);
        await process.DisposeAsync();
        await WithinAsync(pump.Ended);
        fault?.Throw();
        return goesOn;
    }

    private OutputPump PumpOf(LiveTerminal live, ITerminalProcess process)
    {
        var most = tools.Settings.Current.Sessions.OutputMegabytes;
        return new OutputPump(live, process, terminals.NewFilter(), most * 1024L * 1024L)
        {
            Used = _activity.Use,
            Exceeded = () => Exceed(TerminalNotes.Excess(most)),
        };
    }

    // What is typed is on disk for as long as what is printed.
    private void Used(LiveTerminal live)
    {
        _activity.Use();
        var most = tools.Settings.Current.Sessions.OutputMegabytes;
        if (live.Bytes > most * 1024L * 1024L) Exceed(TerminalNotes.Excess(most));
    }

    // What the rows say of it, and stop switches.
    private async Task FollowAsync(LiveTerminal live, TerminalDoor door, CancellationToken cancellationToken)
    {
        var frozen = false;
        while (true)
        {
            var seen = _look.Version;
            if (frozen != _frozen)
            {
                door.IsFrozen = frozen = _frozen;
                live.Say(frozen ? TerminalNotes.Frozen : TerminalNotes.Thawed, frozen ? "frozen" : "thawed");
                if (frozen) await door.InterruptAsync(null, cancellationToken);
            }
            if (await IsOverAsync(cancellationToken)) Lose();
            await _look.WaitAsync(seen, cancellationToken);
        }
    }

    private async Task<bool> IsOverAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var reader = await tools.Database.ReadAsync(cancellationToken);
            return await tools.Sessions.FindAsync(reader, session.Id, cancellationToken) is not { HasEnded: false } now || now.Fence != session.Fence;
        }
        catch (HubUnavailableException)
        {
            // The lease decides how long it may go on like that.
            return false;
        }
    }

    private async Task MindAsync(ControlDesk desk, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), tools.Time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            try
            {
                await desk.LookAsync(cancellationToken);
                await _activity.WriteAsync(cancellationToken);
            }
            catch (HubUnavailableException)
            {
                // The lease decides how long it may go on like that.
            }
        }
    }

    private async Task LeaveAsync(LiveTerminal live, ITerminalProcess process, OutputPump pump, Leaving leaving, CancellationToken stopping)
    {
        if (leaving == Leaving.ByItself) await Task.WhenAny(Task.WhenAll(process.Exited, pump.Ended), Task.Delay(Rest, tools.Time, CancellationToken.None));
        var grace = leaving == Leaving.AtOnce ? TimeSpan.Zero : Grace;
        var ending = process.EndAsync(grace);
        // What it prints in its grace waits for the transcript as before; one that does not keep up holds up nobody's end.
        await Task.WhenAny(ending, Task.Delay(grace + Rest, tools.Time, CancellationToken.None));
        live.Free();
        await ending;
        await WithinAsync(pump.Ended);
        await WithinAsync(process.Exited);
        _excess ??= SessionWatchdog.Words(process.Excess);
        var exit = process.Exited.IsCompletedSuccessfully ? await process.Exited : new TerminalExit(null, "");
        _exitCode = exit.Code;
        await process.DisposeAsync();
        if (_excess is { } why) await EndAsync(SessionEnd.Failed, why);
        else if (leaving == Leaving.ByItself) await TellExitAsync(live, exit);
        // The rows said so, unless it is this process that stops.
        else if (stopping.IsCancellationRequested && !_lapsed) await EndAsync(SessionEnd.WorkerLost, TerminalNotes.Gone);
    }

    private async Task TellExitAsync(LiveTerminal live, TerminalExit exit)
    {
        if (exit.Complaint.Length > 0)
        {
            await EndAsync(SessionEnd.Failed, exit.Complaint);
            return;
        }
        var text = TerminalNotes.Exited(exit.Code);
        live.Say(text, "exited");
        await using (var transaction = await tools.Database.BeginAsync(CancellationToken.None))
        {
            if (await tools.Sessions.AppendAsync(transaction, session.Id, session.Fence, [WorkNotes.Of(text)], CancellationToken.None) > 0) await transaction.CommitAsync(CancellationToken.None);
        }
        await tools.EndAsync(session.Id, session.Fence, SessionEnd.Completed, null, exit.Code, CancellationToken.None);
    }

    private Task EndAsync(string reason, string? error) => tools.EndAsync(session.Id, session.Fence, reason, error, CancellationToken.None);

    // The last frame says what the row says, whoever wrote it.
    private async Task CloseAsync(LiveTerminal live)
    {
        _process = null;
        try
        {
            Session? now;
            await using (var reader = await tools.Database.ReadAsync(CancellationToken.None)) now = await tools.Sessions.FindAsync(reader, session.Id, CancellationToken.None);
            if (now is { HasEnded: true } && now.Fence == session.Fence) live.End(now.EndReason!, _exitCode);
        }
        finally
        {
            live.Close();
            live.Free();
            await live.DrainAsync();
            if (_open is not null) await _open.DisposeAsync();
        }
    }

    private async Task WithinAsync(Task task) => await Task.WhenAny(task, Task.Delay(Most, tools.Time, CancellationToken.None));
}
