using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Sessions.Handoffs;

/// <summary>Rows of handed-over tasks. Each step of following one is a compare-and-set on how far it was followed: of two who follow it, one goes on.</summary>
public sealed class HandoffStore
{
    private const string Columns = "h.id, h.session_id, h.workspace_id, h.conversation_id, h.run_id, h.capsule, h.message_seq, h.phase, h.followed_seq, h.told, h.status, h.result";

    private const string SessionColumns = "s.id, s.last_seq";

    public Task InsertAsync(IHubTransaction transaction, HandoffRow row, CancellationToken cancellationToken) => transaction.ExecuteAsync("""
        insert into handoffs (id, session_id, workspace_id, conversation_id, run_id, capsule, message_seq, state, phase, followed_seq, created_at)
        values (@Id, @SessionId, @WorkspaceId, @ConversationId, @RunId, @Capsule, @MessageSeq, 'open', @Phase, @FollowedSeq, hub_now())
        """, row, cancellationToken);

    public Task<HandoffRow?> FindAsync(IHubReader reader, string id, CancellationToken cancellationToken) =>
        reader.FindAsync<HandoffRow>($"select {Columns} from handoffs h where h.id = @id", new { id }, cancellationToken);

    /// <summary>Open ones in whose session something happened since, the oldest first.</summary>
    public Task<IReadOnlyList<HandoffRow>> NewsAsync(IHubReader reader, int limit, CancellationToken cancellationToken) =>
        reader.QueryAsync<HandoffRow>($"""
            select {Columns} from handoffs h join sessions s on s.id = h.session_id
            where h.state = 'open' and (s.last_seq > h.followed_seq or s.state = 'ended') order by h.id limit @limit
            """, new { limit }, cancellationToken);

    /// <summary>Writes down how far it was followed.</summary>
    /// <returns>False when somebody else went on with it meanwhile: nothing of this step may stand.</returns>
    public async Task<bool> AdvanceAsync(IHubTransaction transaction, HandoffRow row, long followed, string phase, long told, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync(
            "update handoffs set followed_seq = @followed, phase = @phase, told = @told where id = @Id and state = 'open' and followed_seq = @FollowedSeq",
            new { row.Id, row.FollowedSeq, followed, phase, told }, cancellationToken) == 1;

    /// <summary>Ends it.</summary>
    /// <returns>As <see cref="AdvanceAsync"/>.</returns>
    public async Task<bool> FinishAsync(IHubTransaction transaction, HandoffRow row, long followed, string status, string result, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync(
            "update handoffs set state = 'finished', status = @status, result = @result, followed_seq = @followed, finished_at = hub_now() where id = @Id and state = 'open' and followed_seq = @FollowedSeq",
            new { row.Id, row.FollowedSeq, followed, status, result }, cancellationToken) == 1;

    /// <summary>
    /// An agent of this principal that this conversation started in this workspace, that has nothing to do and time left. What it did last has
    /// ended for certain: the rows say that it ran after the last message.
    /// </summary>
    /// <returns>Null when there is none.</returns>
    public Task<ReusableSession?> FindReusableAsync(
        IHubReader reader, Principal principal, string workspaceId, string conversationId, string profile, DateTimeOffset until, CancellationToken cancellationToken) =>
        reader.FindAsync<ReusableSession>($"""
            select {SessionColumns} from sessions s
            where s.owner_id = @AccountId and s.state <> 'ended' and s.state = 'idle' and s.mode = 'chat' and s.workspace_id = @workspaceId and s.conversation_id = @conversationId
              and s.principal_key = @Key and coalesce(s.auth_session_id, '') = coalesce(@AuthSessionId, '') and s.profile = @profile and s.budget_tokens is null and s.expires_at > @until
              and not exists (select 1 from handoffs h where h.session_id = s.id and h.state = 'open')
              and coalesce((select max(e.seq) from session_events e where e.session_id = s.id and e.type = 'user_message'), 0)
                < coalesce((select max(e.seq) from session_events e where e.session_id = s.id and e.type = 'state' and e.data like '%"running"%'), 1)
            order by s.id desc limit 1
            """, new { principal.AccountId, principal.Key, principal.AuthSessionId, workspaceId, conversationId, profile, until }, cancellationToken);

    /// <summary>A session that goes on with another task has that one's capsule.</summary>
    public Task KeepCapsuleAsync(IHubTransaction transaction, string sessionId, string capsule, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync("update sessions set capsule = @capsule where id = @sessionId", new { sessionId, capsule }, cancellationToken);
}

public sealed record ReusableSession
{
    public string Id { get; init; } = "";
    public long LastSeq { get; init; }
}
