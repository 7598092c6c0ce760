using System.Text.Json;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Gate;

/// <summary>What was applied, with its way back and the versions it left.</summary>
internal static class ActionStore
{
    public static Task InsertAsync(IHubTransaction transaction, ActionRow action, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync(
            """
            insert into actions (id, tool, plan_id, approval_id, account_id, summary, compensation, versions, workspace_id, conversation_id, run_id, batch_id, applied_at)
            values (@Id, @Tool, @PlanId, @ApprovalId, @AccountId, @Summary, @Compensation, @Versions, @WorkspaceId, @ConversationId, @RunId, @BatchId, @AppliedAt)
            """, action, cancellationToken);

    public static Task<ActionRow?> FindAsync(IHubReader reader, string id, CancellationToken cancellationToken) =>
        reader.FindAsync<ActionRow>(
            """
            select id, tool, plan_id, approval_id, account_id, summary, compensation, versions, workspace_id, conversation_id, run_id, batch_id, applied_at, undone_by
            from actions where id = @id
            """, new { id }, cancellationToken);

    /// <returns>False when it was undone already.</returns>
    public static async Task<bool> MarkUndoneAsync(IHubTransaction transaction, string id, string by, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync("update actions set undone_by = @by where id = @id and undone_by is null", new { id, by }, cancellationToken) == 1;

    public static IReadOnlyDictionary<string, long> Versions(ActionRow action) =>
        JsonSerializer.Deserialize<Dictionary<string, long>>(action.Versions) ?? [];
}
