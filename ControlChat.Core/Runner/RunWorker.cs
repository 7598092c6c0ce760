using System.Collections.Concurrent;
using System.Text.Json;
using ControlChat.Core.Bus;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;
using ControlChat.Core.Telemetry;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Runner;

/// <summary>
/// Works on runs: one at a time in a conversation, many conversations at once. Woken by the bus; what the bus says is only a hint,
/// the rows decide. A sweep finds what a dead process or a lost message left behind.
/// </summary>
internal sealed partial class RunWorker(
    HubDatabase database, IBus bus, RunExecutor executor, RunJournal journal, ApprovalAnswers answers, IHubSettings settings, WorkerPulse pulse, TimeProvider time, ILogger<RunWorker> logger) : BackgroundService
{
    /// <summary>Conversations worked on at once in this process.</summary>
    public const int Parallel = 64;

    /// <summary>How long a worker is believed to live without a sign, by the database's time.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(8);

    private const int BeatsBetweenAnswerSweeps = 15;
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(2);
    private readonly string _owner = Ids.New("wrk");
    private readonly SemaphoreSlim _slots = new(Parallel, Parallel);
    private readonly ConcurrentDictionary<string, ActiveRun> _active = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Task, bool> _driving = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var loops = new[]
        {
            GuardAsync(ConsumeAsync, stoppingToken),
            GuardAsync(HearAsync, stoppingToken),
            GuardAsync(ObeyAsync, stoppingToken),
            GuardAsync(BeatAsync, stoppingToken),
            GuardAsync(SweepAsync, stoppingToken),
        };
        await Task.WhenAll(loops);
        await Task.WhenAll(_driving.Keys);
    }

    private Task ConsumeAsync(CancellationToken cancellationToken) =>
        bus.ConsumeAsync(Topics.ChatOfAgent(Topics.ControlAgent), "runner", _owner, (entry, token) => StartWhenQueuedAsync(IdOf(entry), token), cancellationToken);

    /// <summary>A run that was posted in this process is heard of at once; the bus brings it a commit later, and everywhere.</summary>
    private Task HearAsync(CancellationToken cancellationToken) =>
        FollowAsync(Topics.Stream("runs"), id => StartAsync(id, cancellationToken), () => TakeUpAsync(alone: false, cancellationToken), cancellationToken);

    private async Task StartWhenQueuedAsync(string runId, CancellationToken cancellationToken)
    {
        await using (var reader = await database.ReadAsync(cancellationToken))
            if (await RunStore.FindAsync(reader, runId, cancellationToken) is not { Status: "queued" }) return;
        await StartAsync(runId, cancellationToken);
    }

    // The end of a loop is the end of the worker: whatever breaks it is logged and the loop begins again.
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
                await Task.Delay(Beat, time, CancellationToken.None);
            }
        }
    }

    /// <summary>Cancels take effect here within a moment; the row, not the message, says whether.</summary>
    private Task ObeyAsync(CancellationToken cancellationToken) =>
        FollowAsync(Topics.Control(Topics.ControlAgent), id => ObeyAsync(id, cancellationToken), async () =>
        {
            foreach (var id in _active.Keys) await ObeyAsync(id, cancellationToken);
        }, cancellationToken);

    private async Task ObeyAsync(string runId, CancellationToken cancellationToken)
    {
        if (!_active.TryGetValue(runId, out var claim)) return;
        await using var reader = await database.ReadAsync(cancellationToken);
        if (await RunStore.FindAsync(reader, runId, cancellationToken) is not { Status: "running" }) await CancelAsync(claim.Stop);
    }

    /// <summary>What came before a tail was open, because the bus lost its place or the loop broke, is found by looking at everything.</summary>
    private async Task FollowAsync(string topic, Func<string, Task> each, Func<Task> all, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                var tail = bus.TailAsync(topic, null, cancellationToken);
                await all();
                await foreach (var entry in tail) await each(IdOf(entry));
                return;
            }
            catch (BusGapException)
            {
                // Opened again above.
            }
        }
    }

    private async Task BeatAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Beat, time);
        pulse.Last = time.GetUtcNow();
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            pulse.Last = time.GetUtcNow();
            if (_active.IsEmpty) continue;
            await using var transaction = await database.BeginAsync(cancellationToken);
            await RunStore.ExtendAsync(transaction, _owner, transaction.Now + Lease, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
    }

    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        // A hub in a file has one process, so that at its start nobody else can be at work.
        await TakeUpAsync(alone: settings.Current.Hub.Store == "sqlite", cancellationToken);
        await answers.SweepAsync(cancellationToken);
        using var timer = new PeriodicTimer(Beat, time);
        for (var beats = 1; await timer.WaitForNextTickAsync(cancellationToken); beats++)
        {
            await TakeUpAsync(alone: false, cancellationToken);
            if (beats % BeatsBetweenAnswerSweeps == 0) await answers.SweepAsync(cancellationToken);
        }
    }

    /// <summary>Begins what nobody works on: runs of dead workers, and queued ones whose wake-up was lost.</summary>
    private async Task TakeUpAsync(bool alone, CancellationToken cancellationToken)
    {
        IReadOnlyList<RunRow> orphans;
        await using (var reader = await database.ReadAsync(cancellationToken))
            orphans = [.. (await RunStore.OrphansAsync(reader, _owner, alone, cancellationToken)).Where(r => !_active.ContainsKey(r.Id))];
        if (orphans.Count > 0) await RequeueAsync(orphans, alone, cancellationToken);
        IReadOnlyList<string> ready;
        await using (var reader = await database.ReadAsync(cancellationToken))
            ready = await RunStore.ReadyAsync(reader, cancellationToken);
        foreach (var run in ready) await StartAsync(run, cancellationToken);
    }

    private async Task RequeueAsync(IReadOnlyList<RunRow> orphans, bool alone, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        foreach (var orphan in orphans)
        {
            if (await RunStore.RequeueAsync(transaction, orphan, _owner, alone, cancellationToken)) LogTakenOver(logger, orphan.Id);
        }
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>Begins to work in the conversation of this run, as soon as there is a slot.</summary>
    private async Task StartAsync(string runId, CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken);
        var driving = Task.Run(() => DriveAsync(runId, cancellationToken), CancellationToken.None);
        _driving.TryAdd(driving, true);
        _ = driving.ContinueWith(t => _driving.TryRemove(t, out _), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    // Whoever ends a run looks for the next one of its conversation: a wake-up that came too early is not lost.
    private async Task DriveAsync(string runId, CancellationToken stopping)
    {
        try
        {
            while (!stopping.IsCancellationRequested && await ClaimAsync(runId, stopping) is { } claim) await WorkAsync(claim, stopping);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The end.
        }
        catch (Exception e)
        {
            LogNotDriven(logger, e, runId);
        }
        finally
        {
            _slots.Release();
        }
    }

    private async Task<ActiveRun?> ClaimAsync(string runId, CancellationToken stopping)
    {
        await using var transaction = await database.BeginAsync(stopping);
        var run = await RunStore.ClaimAsync(transaction, runId, _owner, transaction.Now + Lease, stopping);
        if (run is null) return null;
        await journal.BeginAsync(transaction, run, stopping);
        await RunStore.HoldAsync(transaction, run, stopping);
        // Known as ours before anybody can see it running, so that the sweep never takes it for an orphan.
        var claim = _active[run.Id] = new ActiveRun(run) { Stop = CancellationTokenSource.CreateLinkedTokenSource(stopping) };
        try
        {
            await transaction.CommitAsync(stopping);
            return claim;
        }
        catch
        {
            _active.TryRemove(run.Id, out _);
            claim.Dispose();
            throw;
        }
    }

    private async Task WorkAsync(ActiveRun claim, CancellationToken stopping)
    {
        var run = claim.Run;
        using var scope = logger.BeginScope(new Dictionary<string, object> { ["run_id"] = run.Id, ["conversation_id"] = run.ConversationId, ["agent"] = Topics.ControlAgent });
        using var span = Activities.StartRun(Topics.ControlAgent, run.Id, run.ConversationId);
        using var counted = Meters.RunBegun();
        try
        {
            var waits = await executor.ExecuteAsync(run, claim.Stop.Token);
            // Decided before it was written down that somebody waits for it.
            if (waits) await answers.CheckAsync(run.Id, stopping);
        }
        finally
        {
            _active.TryRemove(run.Id, out _);
            claim.Dispose();
            if (stopping.IsCancellationRequested) await GiveBackAsync(run);
        }
    }

    // A clean stop leaves nothing to take over: another process hears of the queued run at once, or the next one finds it.
    private async Task GiveBackAsync(RunRow run)
    {
        await using var transaction = await database.BeginAsync(CancellationToken.None);
        await RunStore.ReleaseAsync(transaction, run, "queued", CancellationToken.None);
        transaction.Hint(Topics.Stream("runs"), run.Id);
        await transaction.CommitAsync(CancellationToken.None);
    }

    private static async Task CancelAsync(CancellationTokenSource stop)
    {
        try
        {
            await stop.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            // It ended by itself.
        }
    }

    private sealed class ActiveRun(RunRow run) : IDisposable
    {
        public RunRow Run { get; } = run;

        public required CancellationTokenSource Stop { get; init; }

        public void Dispose() => Stop.Dispose();
    }

    private static string IdOf(BusEntry entry)
    {
        using var payload = JsonDocument.Parse(entry.Message.Payload);
        return payload.RootElement.ValueKind == JsonValueKind.Object && payload.RootElement.TryGetProperty("id", out var id) && id.GetString() is { } text
            ? text : throw new FormatException("The message names no run: its payload has no \"id\".");
    }

    public override void Dispose()
    {
        base.Dispose();
        _slots.Dispose();
    }

    [LoggerMessage(1, LogLevel.Error, "The runner's loop broke and begins again")]
    private static partial void LogLoopBroke(ILogger logger, Exception fault);

    [LoggerMessage(2, LogLevel.Information, "Run {RunId} is taken over from a worker that is gone")]
    private static partial void LogTakenOver(ILogger logger, string runId);

    [LoggerMessage(3, LogLevel.Warning, "Run {RunId} could not be worked on now")]
    private static partial void LogNotDriven(ILogger logger, Exception fault, string runId);
}
