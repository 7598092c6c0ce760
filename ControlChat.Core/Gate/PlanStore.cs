using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Gate;

/// <summary>Plans as they were shown: written once, never changed but for their state.</summary>
internal static class PlanStore
{
    private static readonly TimeSpan UnusedKept = TimeSpan.FromDays(7);

    public static Task InsertAsync(IHubTransaction transaction, Plan plan, JsonObject input, Principal principal, CallOrigin origin, string state, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync(
            """
            insert into plans (id, hash, tool, tool_hash, principal_key, account_id, body, input, state, conversation_id, run_id, created_at, expires_at)
            values (@Id, @Hash, @Tool, @ToolHash, @PrincipalKey, @AccountId, @Body, @Input, @State, @ConversationId, @RunId, @CreatedAt, @ExpiresAt)
            """,
            new PlanRow(plan.Id, plan.Hash, plan.Tool, plan.ToolHash, principal.Key, principal.AccountId, Json.Write(plan), input.ToJsonString(),
                state, origin.ConversationId, origin.RunId, Timestamps.Format(plan.CreatedAt), Timestamps.Format(plan.ExpiresAt)),
            cancellationToken);

    public static async Task<StoredPlan?> FindAsync(IHubReader reader, string id, CancellationToken cancellationToken) =>
        await reader.FindAsync<PlanRow>(
            "select id, hash, tool, tool_hash, principal_key, account_id, body, input, state, conversation_id, run_id, created_at, expires_at from plans where id = @id",
            new { id }, cancellationToken) is { } row ? Stored(row) : null;

    /// <summary>The name of its tool, without reading the rest.</summary>
    public static Task<string?> ToolAsync(IHubReader reader, string id, CancellationToken cancellationToken) =>
        reader.FindAsync<string>("select tool from plans where id = @id", new { id }, cancellationToken);

    /// <summary>Those of many at once, by id.</summary>
    public static async Task<IReadOnlyDictionary<string, Plan>> FindAsync(IHubReader reader, IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        if (ids is []) return new Dictionary<string, Plan>();
        var rows = await reader.QueryAsync<PlanRow>(
            "select id, hash, tool, tool_hash, principal_key, account_id, body, input, state, conversation_id, run_id, created_at, expires_at from plans where id in (" + reader.Dialect.TextsOf("@ids") + ")",
            new { ids = Json.Write(ids) }, cancellationToken);
        return rows.ToDictionary(r => r.Id, r => Stored(r).Plan);
    }

    /// <returns>False when the plan was not in the state <paramref name="from"/>.</returns>
    public static async Task<bool> MoveAsync(IHubTransaction transaction, string id, string from, string to, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync("update plans set state = @to where id = @id and state = @from", new { id, from, to }, cancellationToken) == 1;

    /// <summary>Forgets dry runs that nobody applied, long after they could be.</summary>
    public static Task<int> ForgetAsync(IHubTransaction transaction, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync(
            "delete from plans where id in (select id from plans where state = 'planned' and expires_at <= @before order by expires_at limit 1000)",
            new { before = transaction.Now - UnusedKept }, cancellationToken);

    private static StoredPlan Stored(PlanRow row) =>
        new(Json.Read<Plan>(row.Body) with { ToolHash = row.ToolHash }, JsonNode.Parse(row.Input)!.AsObject(), row.PrincipalKey, row.AccountId, row.State);
}

/// <param name="Plan">As shown.</param>
/// <param name="Input">The arguments as asked for.</param>
/// <param name="State"><c>planned|asked|applied</c>.</param>
internal sealed record StoredPlan(Plan Plan, JsonObject Input, string PrincipalKey, string AccountId, string State);
