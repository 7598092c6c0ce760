using System.Text.Json.Nodes;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Sessions;

/// <summary>
/// Sessions and what happened in them. Every step is a compare-and-set that says whether it was taken; nothing leads out of the end.
/// Only the count of tokens may grow after it, by calls that were under way: they were paid for.
/// </summary>
public sealed class SessionStore
{
    private const string Columns = """
        id, workspace_id, owner_id, mode, profile, command, state, end_reason, error, conversation_id, thread_id, request_id, principal_key, token_id, auth_session_id,
        capsule, initial_message, initial_message_state, worker, lease_until, fence, controller, last_seq, delivered_seq, interrupts, budget_tokens, input_tokens, output_tokens,
        created_at, queued_at, started_at, expires_at, idle_at, ended_at, transcript_removed_at
        """;

    // Behind every id there can be.
    private const string Newest = "~";

    /// <summary>Puts a session into the queue.</summary>
    /// <returns>False when this principal asked for one under this request id before: see <see cref="FindRequestedAsync"/>.</returns>
    public async Task<bool> InsertAsync(IHubTransaction transaction, Session session, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync("""
            insert into sessions (id, workspace_id, owner_id, mode, profile, command, state, conversation_id, thread_id, request_id, principal_key, token_id, auth_session_id,
              capsule, initial_message, initial_message_state, budget_tokens, expires_at, created_at, queued_at)
            values (@Id, @WorkspaceId, @OwnerId, @Mode, @Profile, @Command, 'queued', @ConversationId, @ThreadId, @RequestId, @PrincipalKey, @TokenId, @AuthSessionId,
              @Capsule, @InitialMessage, @InitialMessageState, @BudgetTokens, @ExpiresAt, hub_now(), hub_now())
            on conflict (principal_key, request_id) do nothing
            """, session, cancellationToken) == 1;

    public Task<Session?> FindAsync(IHubReader reader, string id, CancellationToken cancellationToken) =>
        reader.FindAsync<Session>($"select {Columns} from sessions where id = @id", new { id }, cancellationToken);

    public Task<Session?> FindRequestedAsync(IHubReader reader, string principalKey, string requestId, CancellationToken cancellationToken) =>
        reader.FindAsync<Session>($"select {Columns} from sessions where principal_key = @principalKey and request_id = @requestId", new { principalKey, requestId }, cancellationToken);

    /// <summary>The session of a handle, ended or not: who shows the handle of one that has ended hears so.</summary>
    public Task<Session?> FindByHandleAsync(IHubReader reader, string handleHash, CancellationToken cancellationToken) =>
        reader.FindAsync<Session>($"select {Columns} from sessions where handle_hash = @handleHash", new { handleHash }, cancellationToken);

    public async Task<SessionPage> ListAsync(IHubReader reader, SessionFilter filter, CancellationToken cancellationToken)
    {
        var limit = Math.Clamp(filter.Limit, 1, 200);
        var rows = await reader.QueryAsync<Session>(
            "select " + Columns + " from sessions where id < @before"
            + (filter.OwnerId is null ? "" : " and owner_id = @OwnerId")
            + (filter.WorkspaceId is null ? "" : " and workspace_id = @WorkspaceId")
            + filter.Open switch { true => " and state <> 'ended'", false => " and state = 'ended'", null => "" }
            + " order by id desc limit @take",
            new { before = filter.Cursor ?? Newest, filter.OwnerId, filter.WorkspaceId, take = limit + 1 }, cancellationToken);
        return new SessionPage([.. rows.Take(limit)], rows.Count > limit ? rows[limit - 1].Id : null);
    }

    /// <summary>All that go on or wait: of one account, or of everybody.</summary>
    public Task<IReadOnlyList<Session>> OpenAsync(IHubReader reader, string? ownerId, CancellationToken cancellationToken) =>
        reader.QueryAsync<Session>($"select {Columns} from sessions where state <> 'ended'" + (ownerId is null ? "" : " and owner_id = @ownerId"), new { ownerId }, cancellationToken);

    /// <summary>A worker takes a session out of the queue. From here on its handle opens doors, until it ends or expires.</summary>
    /// <param name="expiresAt">Its hard end, unless it was asked for with an earlier one.</param>
    /// <returns>Null when it does not wait any more.</returns>
    public Task<Session?> StartAsync(
        IHubTransaction transaction, string id, string worker, DateTimeOffset leaseUntil, SessionHandle handle, DateTimeOffset expiresAt, CancellationToken cancellationToken) =>
        transaction.FindAsync<Session>($"""
            update sessions set state = 'starting', worker = @worker, lease_until = @leaseUntil, fence = fence + 1, handle_hash = @Hash, started_at = hub_now(),
              expires_at = case when expires_at < @expiresAt then expires_at else @expiresAt end
            where id = @id and state = 'queued'
            returning {Columns}
            """, new { id, worker, leaseUntil, handle.Hash, expiresAt }, cancellationToken);

    /// <summary>Takes a session that is held under this fence from one state to another.</summary>
    /// <returns>False when it is in another state, or held by another worker.</returns>
    /// <exception cref="ArgumentException">Nothing leads from the one to the other.</exception>
    public async Task<bool> MoveAsync(IHubTransaction transaction, string id, long fence, string from, string to, CancellationToken cancellationToken)
    {
        if (!SessionState.Leads(from, to)) throw new ArgumentException($"Nothing leads from {from} to {to}.", nameof(to));
        return await transaction.ExecuteAsync("update sessions set state = @to where id = @id and state = @from and fence = @fence", new { id, fence, from, to }, cancellationToken) == 1;
    }

    /// <summary>Ends a session, with its last event. The first reason stays.</summary>
    /// <param name="reason">One of <see cref="SessionEnd"/>.</param>
    /// <param name="error">For its owner, or null.</param>
    /// <returns>False when it had ended before, or there is none.</returns>
    public Task<bool> EndAsync(IHubTransaction transaction, string id, string reason, string? error, CancellationToken cancellationToken) =>
        EndAsync(transaction, id, null, reason, error, cancellationToken);

    /// <summary>The same by a worker.</summary>
    /// <param name="fence">Its claim; null for a person, whose word ends a session whoever holds it.</param>
    /// <returns>False also when another worker holds it by now.</returns>
    public async Task<bool> EndAsync(IHubTransaction transaction, string id, long? fence, string reason, string? error, CancellationToken cancellationToken)
    {
        var seq = await transaction.FindAsync<long>("""
            update sessions set state = 'ended', end_reason = @reason, error = @error, ended_at = hub_now(), worker = null, lease_until = null, controller = null, idle_at = null, last_seq = last_seq + 1
            where id = @id and state <> 'ended' and (@fence is null or fence = @fence)
            returning last_seq
            """, new { id, fence, reason, error }, cancellationToken);
        if (seq == 0) return false;
        await InsertAsync(transaction, id, seq, new SessionEvent(SessionEvents.Ended, new JsonObject { ["reason"] = reason, ["error"] = error }), cancellationToken);
        return true;
    }

    /// <summary>Appends events in their order.</summary>
    /// <param name="fence">The claim of the worker that appends; null for what comes from elsewhere, such as a person's message.</param>
    /// <returns>The sequence of the last one; 0 when the session has ended, is another worker's, or is not there.</returns>
    /// <exception cref="ArgumentException">One of them is of a type that is not stored.</exception>
    public async Task<long> AppendAsync(IHubTransaction transaction, string id, long? fence, IReadOnlyList<SessionEvent> events, CancellationToken cancellationToken)
    {
        if (events.FirstOrDefault(e => !SessionEvents.Stored.Contains(e.Type)) is { } other) throw new ArgumentException($"Events of the type {other.Type} are not stored.", nameof(events));
        if (events.Count == 0) return 0;
        // The row's update is also the lock: sequences of one session are taken one transaction at a time.
        var last = await transaction.FindAsync<long>(
            "update sessions set last_seq = last_seq + @count where id = @id and state <> 'ended' and (@fence is null or fence = @fence) returning last_seq",
            new { id, fence, count = (long)events.Count }, cancellationToken);
        if (last == 0) return 0;
        for (var i = 0; i < events.Count; i++) await InsertAsync(transaction, id, last - events.Count + 1 + i, events[i], cancellationToken);
        return last;
    }

    /// <summary>The events behind a sequence, in order; at most 1,000.</summary>
    public Task<IReadOnlyList<StoredSessionEvent>> ReadAsync(IHubReader reader, string id, long after, int limit, CancellationToken cancellationToken) =>
        reader.QueryAsync<StoredSessionEvent>(
            "select seq, type, data, at from session_events where session_id = @id and seq > @after order by seq limit @limit", new { id, after, limit = Math.Clamp(limit, 1, 1000) }, cancellationToken);

    /// <summary>Characters of everything that is kept of it.</summary>
    public async Task<long> CountKeptAsync(IHubReader reader, string id, CancellationToken cancellationToken) =>
        await reader.FindAsync<long>("select coalesce(sum(length(data)), 0) from session_events where session_id = @id", new { id }, cancellationToken);

    /// <summary>Counts tokens of the model; also those of an answer that was under way when the session ended.</summary>
    public Task AddTokensAsync(IHubTransaction transaction, string id, long input, long output, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync("update sessions set input_tokens = input_tokens + @input, output_tokens = output_tokens + @output where id = @id", new { id, input, output }, cancellationToken);

    private static async Task InsertAsync(IHubTransaction transaction, string id, long seq, SessionEvent happened, CancellationToken cancellationToken)
    {
        await transaction.ExecuteAsync("insert into session_events (session_id, seq, type, data, at) values (@id, @seq, @Type, @data, hub_now())",
            new { id, seq, happened.Type, data = Json.Write(happened.Data) }, cancellationToken);
        transaction.Hint(Topics.Stream(id), id);
    }

    /// <summary>Whether its agent has run without a namespace.</summary>
    public async Task<bool> WasUncontainedAsync(IHubReader reader, string id, CancellationToken cancellationToken) => await reader.FindAsync<long>(
        $"select count(*) from session_events where session_id = @id and type = 'system' and data like '%\"code\":\"{SessionEvents.Uncontained}\"%'", new { id }, cancellationToken) > 0;
}
