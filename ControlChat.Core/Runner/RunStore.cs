using ControlChat.Core.Conversations;
using ControlChat.Core.Hub;
using ControlChat.Core.Usage;

namespace ControlChat.Core.Runner;

/// <summary>
/// Runs as workers see them: claimed by compare-and-set with a lease and a fencing number, so that of two workers who both believe
/// to have a run only one can write.
/// </summary>
internal static class RunStore
{
    private const string Columns =
        "id, n, conversation_id, message_id, account_id, token_id, auth_session_id, status, tainted, noticed, turns, input_tokens, output_tokens, fence, started_at";

    private const string Orphaned = "status = 'running' and (lease_until < hub_now() or lease_owner = @owner or @alone = 1)";

    /// <summary>Takes the oldest queued run of the conversation that <paramref name="runId"/> belongs to, unless one is being worked on there.</summary>
    public static Task<RunRow?> ClaimAsync(IHubTransaction transaction, string runId, string owner, DateTimeOffset until, CancellationToken cancellationToken) =>
        transaction.FindAsync<RunRow>($"""
            update runs set status = 'running', lease_owner = @owner, lease_until = @until, fence = fence + 1,
              tainted = case when exists (select 1 from runs t where t.conversation_id = runs.conversation_id and t.n <= runs.n and t.tainted = 1) then 1 else 0 end
            where n = (select min(q.n) from runs q where q.status = 'queued' and q.conversation_id = (select r.conversation_id from runs r where r.id = @runId))
              and not exists (select 1 from runs o where o.status = 'running' and o.conversation_id = runs.conversation_id)
            returning {Columns}
            """, new { runId, owner, until }, cancellationToken);

    public static Task BeginAsync(IHubTransaction transaction, RunRow run, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync("update runs set started_at = hub_now() where n = @N", new { run.N }, cancellationToken);

    /// <summary>The fence of every write of a worker: its new totals, when the run is still its own.</summary>
    /// <exception cref="RunLostException">The run was cancelled, or another worker took it over.</exception>
    public static async Task HoldAsync(IHubTransaction transaction, RunRow run, CancellationToken cancellationToken)
    {
        var held = await transaction.ExecuteAsync("""
            update runs set turns = @Turns, input_tokens = @InputTokens, output_tokens = @OutputTokens, tainted = case when @Tainted = 1 then 1 else tainted end, noticed = @Noticed
            where n = @N and fence = @Fence and status = 'running'
            """, run, cancellationToken);
        if (held == 0) throw new RunLostException();
    }

    /// <summary>Ends a held run.</summary>
    public static async Task EndAsync(IHubTransaction transaction, RunRow run, string status, EventError? error, CancellationToken cancellationToken)
    {
        // A run that began in these hands does not know when.
        var started = await transaction.FindAsync<string>(
            "update runs set status = @status, error = @error, ended_at = hub_now(), lease_owner = null, lease_until = null where n = @N returning started_at",
            new { run.N, status, error = error is null ? null : Json.Write(error) }, cancellationToken);
        await UsageStore.AddAsync(
            transaction, run.AccountId, run.TokenId, UsageKinds.Run, UsageKinds.Control, new UsageSum(1, status == "failed" ? 1 : 0), started is { } since ? transaction.Now - Timestamps.Parse(since) : null, cancellationToken);
    }

    /// <summary>Lets a held run rest: <c>waiting</c> for people, or <c>queued</c> for the next worker.</summary>
    public static Task ReleaseAsync(IHubTransaction transaction, RunRow run, string status, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync("update runs set status = @status, lease_owner = null, lease_until = null where n = @N and fence = @Fence and status = 'running'",
            new { run.N, run.Fence, status }, cancellationToken);

    /// <summary>Gives an orphan back to be claimed, when it still is one: a slow worker may have given a sign since it was looked at.</summary>
    /// <returns>False when it is none any more.</returns>
    public static async Task<bool> RequeueAsync(IHubTransaction transaction, RunRow orphan, string owner, bool alone, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync(
            $"update runs set status = 'queued', lease_owner = null, lease_until = null where n = @N and fence = @Fence and {Orphaned}",
            new { orphan.N, orphan.Fence, owner, alone }, cancellationToken) == 1;

    /// <summary>Untrusted text came to the run from outside its worker, with a decision. Nothing takes it back.</summary>
    public static Task TaintAsync(IHubTransaction transaction, string runId, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync("update runs set tainted = 1 where id = @runId", new { runId }, cancellationToken);

    public static Task<bool> IsTaintedAsync(IHubReader reader, string runId, CancellationToken cancellationToken) =>
        reader.FindAsync<bool>("select tainted from runs where id = @runId", new { runId }, cancellationToken);

    public static Task<RunRow?> FindAsync(IHubReader reader, string runId, CancellationToken cancellationToken) =>
        reader.FindAsync<RunRow>($"select {Columns} from runs where id = @runId", new { runId }, cancellationToken);

    /// <summary>One statement for all runs of this worker.</summary>
    public static Task<int> ExtendAsync(IHubTransaction transaction, string owner, DateTimeOffset until, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync("update runs set lease_until = @until where status = 'running' and lease_owner = @owner", new { owner, until }, cancellationToken);

    /// <summary>Running runs whose worker is gone: the lease is over, or (when one process serves) its owner is not this process.</summary>
    public static Task<IReadOnlyList<RunRow>> OrphansAsync(IHubReader reader, string owner, bool alone, CancellationToken cancellationToken) =>
        reader.QueryAsync<RunRow>(
            $"select {Columns} from runs where {Orphaned}",
            new { owner, alone }, cancellationToken);

    /// <summary>The next run of every conversation where none is being worked on.</summary>
    public static Task<IReadOnlyList<string>> ReadyAsync(IHubReader reader, CancellationToken cancellationToken) =>
        reader.QueryAsync<string>("""
            select r.id from runs r where r.status = 'queued' and not exists (
              select 1 from runs o where o.conversation_id = r.conversation_id and (o.status = 'running' or (o.status = 'queued' and o.n < r.n)))
            order by r.n limit 1000
            """, null, cancellationToken);
}

/// <summary>A run in a worker's hands; its counters are written with the next step.</summary>
internal sealed record RunRow
{
    public long N { get; init; }
    public string Id { get; init; } = "";
    public string ConversationId { get; init; } = "";
    public string MessageId { get; init; } = "";
    public string AccountId { get; init; } = "";
    public string? TokenId { get; init; }
    public string? AuthSessionId { get; init; }
    public string Status { get; init; } = "";
    public bool Tainted { get; set; }
    public bool Noticed { get; set; }
    public int Turns { get; set; }
    public long InputTokens { get; set; }
    public long OutputTokens { get; set; }
    public long Fence { get; init; }
    public DateTimeOffset? StartedAt { get; init; }
}

/// <summary>The run is not this worker's any more: it was cancelled or taken over. Whoever catches it writes nothing.</summary>
internal sealed class RunLostException() : Exception("The run was cancelled or taken over.");
