using ControlChat.Core.Hub;

namespace ControlChat.Core.Gate;

internal static class BatchStore
{
    public static async Task InsertAsync(IHubTransaction transaction, BatchRow batch, IEnumerable<BatchStepRow> steps, CancellationToken cancellationToken)
    {
        await transaction.ExecuteAsync(
            """
            insert into batches (id, plan_id, approval_id, approver, origin, account_id, token_id, auth_session_id, principal_key, request_tool, request_id, state, created_at)
            values (@Id, @PlanId, @ApprovalId, @Approver, @Origin, @AccountId, @TokenId, @AuthSessionId, @PrincipalKey, @RequestTool, @RequestId, 'running', hub_now())
            """, batch, cancellationToken);
        foreach (var step in steps)
            await transaction.ExecuteAsync("insert into batch_steps (batch_id, step, status) values (@id, @Step, @Status)", new { id = batch.Id, step.Step, step.Status }, cancellationToken);
    }

    public static Task<BatchRow?> FindAsync(IHubReader reader, string id, CancellationToken cancellationToken) =>
        reader.FindAsync<BatchRow>(
            """
            select id, plan_id, approval_id, approver, origin, account_id, token_id, auth_session_id, principal_key, request_tool, request_id, state, outcome
            from batches where id = @id
            """, new { id }, cancellationToken);

    public static Task<IReadOnlyList<BatchStepRow>> StepsAsync(IHubReader reader, string id, CancellationToken cancellationToken) =>
        reader.QueryAsync<BatchStepRow>("select step, status, action_id, result, error, versions from batch_steps where batch_id = @id order by step", new { id }, cancellationToken);

    /// <summary>Null when the approval has no batch.</summary>
    public static async Task<BatchProgress?> ProgressAsync(IHubReader reader, string approvalId, CancellationToken cancellationToken) =>
        await reader.FindAsync<ProgressRow>(
            """
            select count(*) filter (where s.status not in ('pending', 'vetoed')) as done, count(*) filter (where s.status <> 'vetoed') as total
            from batches b join batch_steps s on s.batch_id = b.id where b.approval_id = @approvalId group by b.id
            """, new { approvalId }, cancellationToken) is { } found ? new BatchProgress((int)found.Done, (int)found.Total) : null;

    /// <summary>In the transaction that did the step.</summary>
    /// <exception cref="InvalidOperationException">The step was not pending any more: what was done here would be done twice, and goes with the transaction.</exception>
    public static async Task FinishStepAsync(IHubTransaction transaction, string id, BatchStepRow step, CancellationToken cancellationToken)
    {
        var finished = await transaction.ExecuteAsync(
            """
            update batch_steps set status = @Status, action_id = @ActionId, result = @Result, error = @Error, versions = @Versions
            where batch_id = @id and step = @Step and status = 'pending'
            """, new { id, step.Step, step.Status, step.ActionId, step.Result, step.Error, step.Versions }, cancellationToken);
        if (finished != 1) throw new InvalidOperationException($"Step {step.Step} of {id} was done already.");
    }

    public static Task SkipRestAsync(IHubTransaction transaction, string id, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync("update batch_steps set status = 'not_run' where batch_id = @id and status = 'pending'", new { id }, cancellationToken);

    /// <returns>False when it was finished already.</returns>
    public static async Task<bool> FinishAsync(IHubTransaction transaction, string id, Outcome outcome, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync("update batches set state = 'done', outcome = @outcome where id = @id and state = 'running'", new { id, outcome = Json.Write(outcome) }, cancellationToken) == 1;

    private sealed class ProgressRow
    {
        public long Done { get; init; }
        public long Total { get; init; }
    }
}
