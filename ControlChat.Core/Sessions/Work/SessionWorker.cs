using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using ControlChat.Core.Audit;
using ControlChat.Core.Bus;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions.Containment;
using ControlChat.Core.Settings;
using ControlChat.Core.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Sessions.Work;

/// <summary>
/// Works on sessions: as many at once as <c>Sessions:Slots</c> says, the next one by a fair queue. Woken by the bus; what the bus says is
/// only a hint, the rows decide. A session whose worker is gone is taken over by its agent's thread, or ended with the reason.
/// </summary>
internal sealed partial class SessionWorker(
    SessionTools tools, SessionDoor door, SessionRemains remains, SessionWorks works, AgentProcesses processes, IAuditTrail audit, HubPaths paths, IHubSettings settings, TimeProvider time, ILogger<SessionWorker> logger) : BackgroundService
{
    /// <summary>How long a worker is believed to live without a sign, by the database's time.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(8);

    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);
    private readonly string _worker = Ids.New("wrk");
    private readonly ConcurrentDictionary<string, Held> _held = new(StringComparer.Ordinal);
    private string? _uncontained;
    private readonly Signal _wake = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // A hub in a file has one process, so that at its start nobody else can be at work.
        var alone = settings.Current.Hub.Store == "sqlite";
        await Task.WhenAll(
            GuardAsync(t => FollowAsync(Topics.Stream(SessionEnding.Changes), t), stoppingToken),
            GuardAsync(t => FollowAsync(Topics.Stream("approvals"), t), stoppingToken),
            GuardAsync(WatchAsync, stoppingToken),
            GuardAsync(t => remains.RemoveEndedAsync(_held.ContainsKey, Beat, t), stoppingToken),
            GuardAsync(
                async t =>
                {
                    // Workers begin before their process listens; an agent started by then could not reach it.
                    await tools.Address.Known.WaitAsync(t);
                    await remains.SweepAsync();
                    _uncontained ??= await tools.WhyUncontainedAsync(t) ?? "";
                    await BeatAsync(alone, t);
                    alone = false;
                    while (true)
                    {
                        var seen = _wake.Version;
                        await BeatAsync(alone: false, t);
                        await WaitAsync(seen, t);
                    }
                },
                stoppingToken));
        await Task.WhenAll(_held.Values.Select(h => h.Working));
    }

    // Asked once, and never in the beat: others' leases wait for that.
    private string? Uncontained => _uncontained is { Length: > 0 } why ? why : null;

    private async Task WaitAsync(long seen, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await Task.WhenAny(_wake.WaitAsync(seen, either.Token), Task.Delay(Beat, time, either.Token));
        await either.CancelAsync();
        cancellationToken.ThrowIfCancellationRequested();
    }

    private async Task FollowAsync(string topic, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await foreach (var _ in tools.Bus.TailAsync(topic, null, cancellationToken)) _wake.Raise();
                return;
            }
            catch (BusGapException)
            {
                _wake.Raise();
            }
        }
    }

    // By this machine's clock, and without the database: it may be what is away.
    private async Task WatchAsync(CancellationToken cancellationToken)
    {
        // A hub in a file has no other worker that could take one up.
        var lease = settings.Current.Hub.Store == "sqlite" ? TimeSpan.MaxValue : Lease - (2 * Beat);
        while (true)
        {
            await Task.Delay(Beat, time, cancellationToken);
            SessionWatchdog.Look([.. _held.Values.Select(h => h.Work)], settings.Current.Sessions.MemoryMegabytes, lease);
        }
    }

    private async Task BeatAsync(bool alone, CancellationToken cancellationToken)
    {
        try
        {
            await ExtendAsync(cancellationToken);
            await CheckAsync(cancellationToken);
            await EndDueAsync(cancellationToken);
            await TakeOverAsync(alone, cancellationToken);
            await ClaimAsync(cancellationToken);
        }
        finally
        {
            // Whatever could not be done: each of them looks for itself.
            foreach (var held in _held.Values) held.Work.Look();
        }
    }

    private async Task ExtendAsync(CancellationToken cancellationToken)
    {
        var due = _held.Values.Where(h => h.Work.SinceHeld >= Beat).ToList();
        if (due.Count == 0) return;
        var lost = new List<Held>();
        var since = time.GetTimestamp();
        await using (var transaction = await tools.Database.BeginAsync(cancellationToken))
        {
            foreach (var held in due)
                if (!await SessionClaims.ExtendAsync(transaction, held.Work.Id, held.Work.Fence, transaction.Now + Lease, cancellationToken)) lost.Add(held);
            await transaction.CommitAsync(cancellationToken);
        }
        foreach (var held in due.Except(lost)) held.Work.Hold(since);
        foreach (var held in lost) held.Work.Lose();
    }

    // Who may not work in the workspace any more, has no agent there; what is frozen stands still.
    private async Task CheckAsync(CancellationToken cancellationToken)
    {
        foreach (var held in _held.Values)
        {
            switch (await door.AdmitAsync(held.Work.Id, [], cancellationToken))
            {
                case SessionAdmission.Refused { Reason: SessionRefusal.Revoked, Words: var words }:
                    await tools.EndAsync(held.Work.Id, held.Work.Fence, SessionEnd.Revoked, words, cancellationToken);
                    break;
                case SessionAdmission.Refused { Reason: SessionRefusal.Frozen }:
                    held.Work.Freeze();
                    break;
                case SessionAdmission.Allowed:
                    held.Work.Thaw();
                    break;
            }
        }
    }

    private async Task EndDueAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<string> due;
        await using (var reader = await tools.Database.ReadAsync(cancellationToken)) due = await SessionClaims.DueAsync(reader, cancellationToken);
        foreach (var id in due) await tools.EndDueAsync(id, cancellationToken);
    }

    private async Task TakeOverAsync(bool alone, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> orphans;
        await using (var reader = await tools.Database.ReadAsync(cancellationToken)) orphans = await SessionClaims.OrphansAsync(reader, _worker, alone, cancellationToken);
        foreach (var id in orphans)
        {
            if (_held.Count >= settings.Current.Sessions.Slots) return;
            var handle = SessionHandle.New();
            Session? session;
            bool isBare;
            await using (var transaction = await tools.Database.BeginAsync(cancellationToken))
            {
                if (await SessionClaims.TakeOverAsync(transaction, id, _worker, alone, transaction.Now + Lease, handle, cancellationToken) == 0) continue;
                session = await tools.Sessions.FindAsync(transaction, id, cancellationToken);
                isBare = session!.ThreadId is null || await tools.Sessions.WasUncontainedAsync(transaction, id, cancellationToken);
                await transaction.CommitAsync(cancellationToken);
            }
            LogTakenOver(logger, id);
            // One that never began has nothing to lose. One that had its namespace does not go on without.
            if ((isBare || Uncontained is null) && (session.ThreadId is null || AgentFolder.IsThere(paths, id))) Begin(session, handle, Uncontained, cancellationToken);
            else await tools.EndAsync(id, session.Fence, SessionEnd.WorkerLost, "The worker that ran this session is gone, and what its agent knew or had with it. Start a new one.", cancellationToken);
        }
    }

    // One at a time: whose turn it is next depends on who has one by then.
    private async Task ClaimAsync(CancellationToken cancellationToken)
    {
        for (var free = settings.Current.Sessions.Slots - _held.Count; free > 0; free--)
        {
            IReadOnlyList<string> next;
            await using (var reader = await tools.Database.ReadAsync(cancellationToken)) next = await SessionClaims.QueueAsync(reader, 1, cancellationToken);
            if (next.Count == 0) return;
            await ClaimAsync(next[0], cancellationToken);
        }
    }

    private async Task ClaimAsync(string id, CancellationToken cancellationToken)
    {
        var (handle, uncontained) = (SessionHandle.New(), Uncontained);
        Session? session;
        await using (var transaction = await tools.Database.BeginAsync(cancellationToken))
        {
            session = await tools.Sessions.StartAsync(transaction, id, _worker, transaction.Now + Lease, handle, transaction.Now + settings.Current.Sessions.Ttl, cancellationToken);
            // Frozen: it waits on.
            if (session is null || await FreezeStore.StoppingAsync(transaction, [], [session.WorkspaceId], SessionDoor.Agent, cancellationToken) is not null) return;
            await tools.Sessions.AppendAsync(transaction, id, session.Fence, [new SessionEvent(SessionEvents.State, new JsonObject { ["state"] = SessionState.Starting })], cancellationToken);
            await audit.AppendAsync(transaction, SessionTools.Started(session, uncontained), cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
        Meters.SessionWaited(session.StartedAt!.Value - session.QueuedAt);
        Begin(session, handle, uncontained, cancellationToken);
    }

    private void Begin(Session session, SessionHandle handle, string? uncontained, CancellationToken stopping)
    {
        var held = new Held(works.Of(session, handle, uncontained));
        _held[session.Id] = held;
        held.Working = Task.Run(() => WorkAsync(held, session, uncontained is not null, stopping), CancellationToken.None);
    }

    private async Task WorkAsync(Held held, Session session, bool uncontained, CancellationToken stopping)
    {
        using var scope = logger.BeginScope(new Dictionary<string, object> { ["agent"] = SessionDoor.Agent, ["session_id"] = session.Id });
        using var counted = Meters.SessionBegun(session.Mode);
        await using var transcript = works.Record(session);
        try
        {
            if (!uncontained && await processes.RefusalAsync(stopping) is { } fault)
            {
                await tools.EndAsync(session.Id, session.Fence, SessionEnd.Failed, fault, stopping);
                return;
            }
            if (await held.Work.RunAsync(stopping)) await GiveBackAsync(session);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            await GiveBackAsync(session);
        }
        catch (HubUnavailableException e)
        {
            // Its lease runs out, and whoever reaches the database goes on with it.
            LogBroke(logger, e, session.Id);
        }
        catch (Exception e)
        {
            LogBroke(logger, e, session.Id);
            await tools.EndAsync(session.Id, session.Fence, SessionEnd.Failed, "The hub could not go on with this session. Its log says why.", CancellationToken.None);
        }
        finally
        {
            _held.TryRemove(KeyValuePair.Create(session.Id, held));
            held.Work.Dispose();
            await remains.RemoveAsync(session.Id);
            _wake.Raise();
        }
    }

    // A clean stop leaves nothing to wait for: another worker, or this one started again, goes on at once.
    private async Task GiveBackAsync(Session session)
    {
        await using var transaction = await tools.Database.BeginAsync(CancellationToken.None);
        await SessionClaims.ReleaseAsync(transaction, session.Id, session.Fence, CancellationToken.None);
        transaction.Hint(Topics.Stream(SessionEnding.Changes), session.Id);
        await transaction.CommitAsync(CancellationToken.None);
    }

    private async Task GuardAsync(Func<CancellationToken, Task> loop, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await loop(cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                LogLoopBroke(logger, e);
                await Task.WhenAny(Task.Delay(Beat, time, cancellationToken));
            }
        }
    }

    private sealed class Held(ISessionWork work)
    {
        public ISessionWork Work => work;

        public Task Working { get; set; } = Task.CompletedTask;
    }

    [LoggerMessage(1, LogLevel.Error, "The loop of the session worker broke and begins again")]
    private static partial void LogLoopBroke(ILogger logger, Exception fault);

    [LoggerMessage(2, LogLevel.Information, "Session {SessionId} is taken over from a worker that is gone")]
    private static partial void LogTakenOver(ILogger logger, string sessionId);

    [LoggerMessage(3, LogLevel.Error, "Session {SessionId} could not be gone on with")]
    private static partial void LogBroke(ILogger logger, Exception fault, string sessionId);
}
