using ControlChat.Core.Hub;

namespace ControlChat.Core.Runner;

/// <summary>The step log of runs: what the model answered turn by turn, and what became of each call.</summary>
internal static class StepStore
{
    private const string CallColumns = "run_id, turn, position, call_id, tool, arguments, request_id, status, approval_id, outcome, untrusted, started_at";

    public static Task InsertAsync(IHubTransaction transaction, string runId, int turn, string? messageId, string provider, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync("insert into run_steps (run_id, turn, message_id, model) values (@runId, @turn, @messageId, @provider)",
            new { runId, turn, messageId, provider }, cancellationToken);

    public static Task InsertAsync(IHubTransaction transaction, CallRow call, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync($"""
            insert into run_calls ({CallColumns})
            values (@RunId, @Turn, @Position, @CallId, @Tool, @Arguments, @RequestId, @Status, @ApprovalId, @Outcome, @Untrusted, @StartedAt)
            """, call, cancellationToken);

    /// <returns>False when the call is not where it was: another one has answered it.</returns>
    public static async Task<bool> UpdateAsync(IHubTransaction transaction, CallRow call, string from, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync("""
            update run_calls set status = @Status, approval_id = @ApprovalId, outcome = @Outcome, untrusted = @Untrusted
            where run_id = @RunId and turn = @Turn and position = @Position and status = @from
            """, new { call.Status, call.ApprovalId, call.Outcome, call.Untrusted, call.RunId, call.Turn, call.Position, from }, cancellationToken) == 1;

    public static Task<IReadOnlyList<CallRow>> UnfinishedAsync(IHubReader reader, string runId, CancellationToken cancellationToken) =>
        reader.QueryAsync<CallRow>($"select {CallColumns} from run_calls where run_id = @runId and status <> 'done' order by turn, position", new { runId }, cancellationToken);

    public static Task<CallRow?> WaitingForAsync(IHubReader reader, string approvalId, CancellationToken cancellationToken) =>
        reader.FindAsync<CallRow>($"select {CallColumns} from run_calls where approval_id = @approvalId and status = 'waiting'", new { approvalId }, cancellationToken);

    public static Task<IReadOnlyList<CallRow>> AllWaitingAsync(IHubReader reader, CancellationToken cancellationToken) =>
        reader.QueryAsync<CallRow>(
            "select c.run_id, c.turn, c.position, c.call_id, c.tool, c.approval_id, c.status from runs r join run_calls c on c.run_id = r.id where r.status = 'waiting' and c.status = 'waiting'",
            null, cancellationToken);

    public static Task<long> CountWaitingAsync(IHubReader reader, string runId, CancellationToken cancellationToken) =>
        reader.FindAsync<long>("select count(*) from run_calls where run_id = @runId and status = 'waiting'", new { runId }, cancellationToken);

    /// <summary>Which provider answered last, or null before the first answer.</summary>
    public static Task<string?> ProviderAsync(IHubReader reader, string runId, CancellationToken cancellationToken) =>
        reader.FindAsync<string>("select model from run_steps where run_id = @runId order by turn desc limit 1", new { runId }, cancellationToken);
}

internal sealed record CallRow
{
    public string RunId { get; init; } = "";
    public int Turn { get; init; }
    public int Position { get; init; }
    public string CallId { get; init; } = "";
    public string Tool { get; init; } = "";

    /// <summary>As the model wrote them; not always JSON.</summary>
    public string Arguments { get; init; } = "";
    public string RequestId { get; init; } = "";

    /// <summary><c>started|waiting|done</c>.</summary>
    public string Status { get; init; } = "started";
    public string? ApprovalId { get; init; }
    public string? Outcome { get; init; }
    public bool Untrusted { get; init; }
    public DateTimeOffset StartedAt { get; init; }
}
