using ControlChat.Core.Hub;

namespace ControlChat.Core.Sessions.Work;

/// <summary>Who works on which session: the queue, the leases and what a worker needs to know of those it holds. Each step is a compare-and-set.</summary>
internal static class SessionClaims
{
    private const string AtWork = "('starting', 'running', 'waiting_for_approval', 'idle')";

    private const string IsDue = "state <> 'ended' and (expires_at <= hub_now() or ((state = 'idle' or mode = 'terminal') and idle_at <= hub_now()))";

    // Fair: whose owner has the fewest at work comes first, then who waits longest.
    private const string Fair = $"order by (select count(*) from sessions o where o.owner_id = s.owner_id and o.state in {AtWork}), s.queued_at, s.id";

    /// <summary>Those that wait, the next one first; at most <paramref name="limit"/>.</summary>
    public static Task<IReadOnlyList<string>> QueueAsync(IHubReader reader, int limit, CancellationToken cancellationToken) =>
        reader.QueryAsync<string>($"select s.id from sessions s where s.state = 'queued' {Fair} limit @limit", new { limit }, cancellationToken);

    /// <summary>How many of one account go on or wait.</summary>
    public static async Task<long> CountOpenAsync(IHubReader reader, string ownerId, CancellationToken cancellationToken) =>
        await reader.FindAsync<long>("select count(*) from sessions where owner_id = @ownerId and state <> 'ended'", new { ownerId }, cancellationToken);

    /// <summary>Prolongs what a worker works on.</summary>
    /// <returns>False when it has ended, or another worker holds it.</returns>
    public static async Task<bool> ExtendAsync(IHubTransaction transaction, string id, long fence, DateTimeOffset until, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync("update sessions set lease_until = @until where id = @id and fence = @fence and state <> 'ended'", new { id, fence, until }, cancellationToken) == 1;

    /// <summary>Gives a session back, so that another worker goes on with it at once.</summary>
    public static Task ReleaseAsync(IHubTransaction transaction, string id, long fence, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync("update sessions set lease_until = hub_now() where id = @id and fence = @fence and state <> 'ended'", new { id, fence }, cancellationToken);

    /// <summary>Sessions at work whose worker gave no sign of life.</summary>
    /// <param name="alone">No other process can be at work: every session that is not this worker's has lost its own.</param>
    public static Task<IReadOnlyList<string>> OrphansAsync(IHubReader reader, string worker, bool alone, CancellationToken cancellationToken) =>
        reader.QueryAsync<string>($"select id from sessions where state in {AtWork} and (lease_until <= hub_now() or (@alone = 1 and worker <> @worker)) order by lease_until limit 100", new { worker, alone }, cancellationToken);

    /// <summary>
    /// Takes one over, with a new handle: the old one's process may still live somewhere. A terminal keeps the one it has, because its program may live on
    /// with it; one that begins anew is given its own by <see cref="RenewHandleAsync"/>.
    /// </summary>
    /// <returns>The new fence; 0 when somebody else was first.</returns>
    public static async Task<long> TakeOverAsync(IHubTransaction transaction, string id, string worker, bool alone, DateTimeOffset until, SessionHandle handle, CancellationToken cancellationToken) =>
        await transaction.FindAsync<long>(
            $"""
            update sessions set state = 'starting', worker = @worker, lease_until = @until, fence = fence + 1,
              handle_hash = case when mode = 'terminal' then handle_hash else @Hash end
            where id = @id and state in {AtWork} and (lease_until <= hub_now() or (@alone = 1 and worker <> @worker)) returning fence
            """, new { id, worker, alone, until, handle.Hash }, cancellationToken);

    /// <summary>From here on only this handle opens doors for it.</summary>
    public static async Task<bool> RenewHandleAsync(IHubTransaction transaction, string id, long fence, SessionHandle handle, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync("update sessions set handle_hash = @Hash where id = @id and fence = @fence and state <> 'ended'", new { id, fence, handle.Hash }, cancellationToken) == 1;

    /// <summary>Whether its program has run: in this process, or in an earlier one.</summary>
    public static async Task<bool> HasRunAsync(IHubReader reader, string id, CancellationToken cancellationToken) => await reader.FindAsync<long>(
        "select count(*) from session_events where session_id = @id and type = 'state' and data like '%\"state\":\"running\"%'", new { id }, cancellationToken) > 0;

    /// <summary>Who types into it from here on; null: nobody.</summary>
    /// <returns>False when it has ended, or another worker holds it.</returns>
    public static async Task<bool> ControlAsync(IHubTransaction transaction, string id, long fence, string? account, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync("update sessions set controller = @account where id = @id and fence = @fence and state <> 'ended'", new { id, fence, account }, cancellationToken) == 1;

    /// <summary>Open sessions whose time is over, or in which nothing has happened for too long; at most 100.</summary>
    public static Task<IReadOnlyList<string>> DueAsync(IHubReader reader, CancellationToken cancellationToken) =>
        reader.QueryAsync<string>($"select id from sessions where {IsDue} limit 100", null, cancellationToken);

    /// <summary>Those of these that ended before a time, or in a panic, which gives nobody time.</summary>
    public static Task<IReadOnlyList<string>> EndedAsync(IHubReader reader, IReadOnlyList<string> ids, DateTimeOffset before, CancellationToken cancellationToken) => reader.QueryAsync<string>(
        "select id from sessions where id in (" + reader.Dialect.TextsOf("@ids") + ") and state = 'ended' and (ended_at <= @before or end_reason = @panic)", new { ids = Json.Write(ids), before, panic = SessionEnd.Panic }, cancellationToken);

    /// <summary>Keeps everybody else from one of them until the transaction ends.</summary>
    /// <returns>Why it is due, of <see cref="SessionEnd"/>; null when it is not.</returns>
    public static Task<string?> HoldDueAsync(IHubTransaction transaction, string id, CancellationToken cancellationToken) =>
        transaction.FindAsync<string>(
            $"update sessions set fence = fence where id = @id and {IsDue} returning case when expires_at <= hub_now() then '{SessionEnd.Expired}' else '{SessionEnd.Idle}' end", new { id }, cancellationToken);

    /// <summary>Whatever happens in it is a sign that it is used.</summary>
    public static Task TouchAsync(IHubTransaction transaction, string id, DateTimeOffset idleAt, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync("update sessions set idle_at = @idleAt where id = @id and state <> 'ended'", new { id, idleAt }, cancellationToken);

    public static Task KeepThreadAsync(IHubTransaction transaction, string id, long fence, string threadId, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync("update sessions set thread_id = @threadId where id = @id and fence = @fence and state <> 'ended'", new { id, fence, threadId }, cancellationToken);

    /// <summary>Messages of people up to this one have reached the agent.</summary>
    public static Task DeliveredAsync(IHubTransaction transaction, string id, long fence, long seq, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync("update sessions set delivered_seq = @seq where id = @id and fence = @fence and delivered_seq < @seq", new { id, fence, seq }, cancellationToken);

    /// <summary>Messages of people that have not reached the agent, in order.</summary>
    public static Task<IReadOnlyList<StoredSessionEvent>> WaitingMessagesAsync(IHubReader reader, string id, long delivered, CancellationToken cancellationToken) =>
        reader.QueryAsync<StoredSessionEvent>(
            "select seq, type, data, at from session_events where session_id = @id and seq > @delivered and type = 'user_message' order by seq limit 100", new { id, delivered }, cancellationToken);
}
