using ControlChat.Core.Audit;
using ControlChat.Core.Hub;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Gate.Policies;

/// <summary>One simulation at work. It reads the record in short pages, each in a view of its own, and rests between them: nobody waits for it.</summary>
internal sealed partial class SimulationRun(HubDatabase database, TimeProvider time, PolicyRules now, PolicyRules proposed, string fingerprint, ILogger logger) : IDisposable
{
    public static readonly TimeSpan Back = TimeSpan.FromDays(30);

    /// <summary>How long what was found out counts: the record goes on.</summary>
    public static readonly TimeSpan Holds = TimeSpan.FromMinutes(15);

    // A row may be as large as a request.
    private const int PageRows = 100;
    private readonly CancellationTokenSource _stop = new();
    private readonly SimulationTally _tally = new();
    private volatile SimulationLook _look = new("running", 0, 0) { Version = now.Version };
    private volatile IReadOnlyList<long> _listed = [];
    private long _ended = long.MaxValue;

    public SimulationLook Look => _look;

    /// <summary>Of the rules it was begun with.</summary>
    public string Fingerprint { get; } = fingerprint;

    /// <summary>The changed ones, newest first; empty until it is done.</summary>
    public IReadOnlyList<long> Listed => _listed;

    public bool IsOld => Interlocked.Read(ref _ended) is not long.MaxValue and var ended && time.GetElapsedTime(ended) > Holds;

    public Task Work { get; private set; } = Task.CompletedTask;

    public void Begin() => Work = Task.Run(RunAsync);

    public void Cancel()
    {
        if (!Work.IsCompleted) _stop.Cancel();
    }

    public void Dispose() => _stop.Dispose();

    /// <summary>The decision of a row under the rules in force and under the proposed ones; null: the row is none, or does not say enough.</summary>
    public SimulatedChange? Replay(AuditRow row) => PolicyReplay.Of(row) is { Recorded: { } recorded } && recorded.Under(now) is { } from && recorded.Under(proposed) is { } to
        ? new SimulatedChange(row.Seq, row.At, row.Tool!, Strictness.Text(row.Data["summary"]) ?? row.Tool!, row.Actor.Account, from, to) : null;

    private async Task RunAsync()
    {
        try
        {
            await ReadAsync(_stop.Token);
            _listed = _tally.Listed;
            _look = _tally.Look(_look with { State = "done" });
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            _look = _look with { State = "cancelled" };
        }
        catch (HubUnavailableException e)
        {
            _look = _look with { State = "failed", Fault = e.Message };
        }
        catch (Exception e)
        {
            LogBroken(logger, e);
            _look = _look with { State = "failed", Fault = "It broke; the hub's log says why. Nothing was changed." };
        }
        finally
        {
            Interlocked.Exchange(ref _ended, time.GetTimestamp());
        }
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        var (since, first, last) = await RangeAsync(cancellationToken);
        _look = _look with { Of = last - first };
        for (var after = first; after < last;)
        {
            var began = time.GetTimestamp();
            var rows = await PageAsync(after, last, cancellationToken);
            if (rows.Count == 0) return;
            foreach (var row in rows)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Take(row, since);
            }
            after = rows[^1].Seq;
            _look = _look with { Read = after - first, Replayed = _tally.Replayed, Unreplayable = _tally.Unreplayable, Changed = _tally.Changed };
            // A third of the time is for others.
            await Task.Delay(time.GetElapsedTime(began) / 2, time, cancellationToken);
        }
    }

    private void Take(StoredRow stored, DateTimeOffset since)
    {
        if (!PolicyReplay.MayBe(stored.Body)) return;
        var row = AuditRow.Of(stored);
        if (row.At < since || PolicyReplay.Of(row) is not { } replay) return;
        if (replay.Recorded is not { } recorded || recorded.Under(now) is not { } from || recorded.Under(proposed) is not { } to) _tally.Miss();
        else _tally.Add(row.Seq, row.Tool!, row.Actor.Account ?? "", from.Decision, to.Decision);
    }

    // By the index of times; rows that are not in it yet are the newest. Where the clock once went back, each row's own time still counts.
    private async Task<(DateTimeOffset Since, long First, long Last)> RangeAsync(CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        var since = reader.Now - Back;
        var last = await AuditIndex.LastAsync(reader, cancellationToken);
        var stepped = await reader.FindAsync<string>("select value from hub_facts where name = 'audit_clock_stepped'", null, cancellationToken);
        if (stepped is not null) return (since, 0, last);
        var first = await reader.FindAsync<long?>("select seq from audit_fields where at >= @since order by at, seq limit 1", new { since }, cancellationToken);
        return (since, (first ?? await AuditIndex.PlaceAsync(reader, cancellationToken) + 1) - 1, last);
    }

    private async Task<IReadOnlyList<StoredRow>> PageAsync(long after, long last, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        return await reader.QueryAsync<StoredRow>("select seq, body from audit where seq > @after and seq <= @last order by seq limit @PageRows", new { after, last, PageRows }, cancellationToken);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "A simulation of the policy broke")]
    private static partial void LogBroken(ILogger logger, Exception exception);
}

/// <summary>Which rows of the record are decisions of the policy.</summary>
internal static class PolicyReplay
{
    /// <summary>Cheap, and wrong only for rows that <see cref="Of"/> then leaves out.</summary>
    public static bool MayBe(string body) =>
        body.Contains("\"event\":\"tool.applied\"", StringComparison.Ordinal) || body.Contains("\"event\":\"approval.requested\"", StringComparison.Ordinal);

    /// <summary>
    /// Null for a row that is no decision of its own: what was applied by an approval was decided when it was asked for, a step with its batch, and an
    /// agent's request not by the policy.
    /// </summary>
    public static Replayed? Of(AuditRow row) => row switch
    {
        { Event: AuditEvents.ToolApplied, ApprovalId: null, PlanId: not null } when !row.Data.ContainsKey("step") => new Replayed(PolicyRecord.Read(row.Tool, row.Data)),
        { Event: AuditEvents.ApprovalRequested, PlanId: not null } => new Replayed(PolicyRecord.Read(row.Tool, row.Data)),
        _ => null,
    };
}

/// <param name="Recorded">Null: the row does not say what the decision was made on.</param>
internal sealed record Replayed(RecordedDecision? Recorded);
