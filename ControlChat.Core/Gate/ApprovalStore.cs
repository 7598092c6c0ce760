using ControlChat.Core.Hub;

namespace ControlChat.Core.Gate;

internal static class ApprovalStore
{
    private const string Columns =
        """
        id, kind, status, plan_id, plan_hash, subject, principal_key, account_id, account_name, token_id, token_name, auth_session_id, via,
        conversation_id, run_id, call_id, session_id, trace_id, tainted, decision, request_tool, request_id, created_at, expires_at,
        decided_by, decided_at, reason, outcome, superseded_by, workspace_id, answer, content, reminded_at
        """;

    public static Task InsertAsync(IHubTransaction transaction, ApprovalRow row, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync(
            $"""
            insert into approvals ({Columns}, remind_at)
            values (@Id, @Kind, @Status, @PlanId, @PlanHash, @Subject, @PrincipalKey, @AccountId, @AccountName, @TokenId, @TokenName, @AuthSessionId, @Via,
              @ConversationId, @RunId, @CallId, @SessionId, @TraceId, @Tainted, @Decision, @RequestTool, @RequestId, @CreatedAt, @ExpiresAt,
              @DecidedBy, @DecidedAt, @Reason, @Outcome, @SupersededBy, @WorkspaceId, @Answer, @Content, @RemindedAt, @RemindAt)
            """, row, cancellationToken);

    public static Task<ApprovalRow?> FindAsync(IHubReader reader, string id, CancellationToken cancellationToken) =>
        reader.FindAsync<ApprovalRow>($"select {Columns} from approvals where id = @id", new { id }, cancellationToken);

    public static Task<IReadOnlyList<ApprovalRow>> FindAsync(IHubReader reader, IEnumerable<string> ids, CancellationToken cancellationToken) => reader.QueryAsync<ApprovalRow>(
        $"select {Columns} from approvals where id in (" + reader.Dialect.TextsOf("@ids") + ")", new { ids = Json.Write(ids) }, cancellationToken);

    /// <summary>What a session asked for under this id.</summary>
    public static Task<ApprovalRow?> FindAskAsync(IHubReader reader, string sessionId, string askId, CancellationToken cancellationToken) =>
        reader.FindAsync<ApprovalRow>($"select {Columns} from approvals where session_id = @sessionId and call_id = @askId", new { sessionId, askId }, cancellationToken);

    /// <summary>Newest first; <paramref name="account"/> null sees all.</summary>
    /// <param name="barred">With <see cref="ApprovalFilter.Decidable"/>: the accounts for whose requests the reader is no second person.</param>
    public static Task<IReadOnlyList<ApprovalRow>> ListAsync(IHubReader reader, string? account, string principalKey, ApprovalFilter filter, IEnumerable<string> barred, CancellationToken cancellationToken) =>
        reader.QueryAsync<ApprovalRow>(
            "select " + Columns + " from approvals where id < coalesce(@Cursor, '~')" + Conditions(account, filter) + (filter.Decidable ? Decidable(reader.Dialect) : "") + " order by id desc limit @take",
            new { account, principalKey, filter.Status, filter.ConversationId, filter.Mine, filter.Cursor, take = filter.Limit + 1, barred = Json.Write(barred) }, cancellationToken);

    /// <summary>How many a person may decide, up to 1000.</summary>
    public static async Task<int> CountDecidableAsync(IHubReader reader, string? account, IEnumerable<string> barred, CancellationToken cancellationToken) =>
        (int)await reader.FindAsync<long>(
            "select count(*) from (select 1 from approvals where id < '~'" + Conditions(account, new ApprovalFilter()) + Decidable(reader.Dialect) + " limit 1000) waiting",
            new { account, barred = Json.Write(barred) }, cancellationToken);

    private static string Decidable(SqlDialect dialect) =>
        " and status = 'pending' and expires_at > hub_now() and (decision <> 'second_person' or account_id not in (" + dialect.TextsOf("@barred") + "))";

    // Only what is asked for stands in the statement, so that each form walks an index of its own from its newest end.
    private static string Conditions(string? account, ApprovalFilter filter) =>
        (account is null ? "" : " and account_id = @account")
        + (filter.Status switch { null => "", ApprovalFilter.Decided => " and status <> 'pending'", _ => " and status = @Status" })
        + (filter.ConversationId is null ? "" : " and conversation_id = @ConversationId")
        + (filter.Mine switch { null => "", true => " and principal_key = @principalKey", false => " and principal_key <> @principalKey" });

    /// <summary>
    /// The one conditional update by which an approval is used: state, hash and expiry in the same statement, by the database's time.
    /// </summary>
    public static async Task<bool> ConsumeAsync(IHubTransaction transaction, string id, string planHash, string by, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync(
            """
            update approvals set status = 'consumed', decided_by = @by, decided_at = hub_now()
            where id = @id and status = 'pending' and plan_hash = @planHash and expires_at > hub_now()
            """, new { id, planHash, by }, cancellationToken) == 1;

    /// <returns>False when it was not pending any more.</returns>
    public static async Task<bool> CloseAsync(IHubTransaction transaction, string id, Closing closing, CancellationToken cancellationToken)
    {
        var closed = await transaction.ExecuteAsync(
            """
            update approvals set status = @Status, decided_by = @By, decided_at = hub_now(), reason = @Reason, superseded_by = @SupersededBy, answer = @Answer
            where id = @id and status = 'pending'
            """, new { id, closing.Status, closing.By, closing.Reason, closing.SupersededBy, closing.Answer }, cancellationToken) == 1;
        if (closed) await ConfirmTokens.DieAsync(transaction, id, cancellationToken);
        return closed;
    }

    /// <summary>What a person answered an agent with, in the transaction that consumes the approval.</summary>
    public static Task KeepAnswerAsync(IHubTransaction transaction, string id, string answer, string? content, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync("update approvals set answer = @answer, content = @content where id = @id", new { id, answer, content }, cancellationToken);

    /// <summary>What was filled in for a session's questions is gone; that it was answered stays.</summary>
    public static Task ForgetContentAsync(IHubTransaction transaction, string sessionId, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync("update approvals set content = null where session_id = @sessionId and content is not null", new { sessionId }, cancellationToken);

    /// <summary>Notes which approval came after one that does not wait any more.</summary>
    public static Task FollowAsync(IHubTransaction transaction, string id, string next, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync("update approvals set superseded_by = @next where id = @id and status <> 'pending'", new { id, next }, cancellationToken);

    /// <summary>Found, and held: whoever asks for the same here waits until this transaction has ended.</summary>
    public static async Task<ApprovalRow?> HoldAsync(IHubTransaction transaction, string id, CancellationToken cancellationToken)
    {
        await transaction.ExecuteAsync("update approvals set superseded_by = superseded_by where id = @id", new { id }, cancellationToken);
        return await FindAsync(transaction, id, cancellationToken);
    }

    /// <summary>Stores what came of it and wakes whoever waits for it.</summary>
    public static async Task AnswerAsync(IHubTransaction transaction, string id, Outcome? outcome, CancellationToken cancellationToken)
    {
        if (outcome is not null)
            await transaction.ExecuteAsync("update approvals set outcome = @outcome where id = @id", new { id, outcome = Json.Write(outcome) }, cancellationToken);
        await transaction.AnnounceAsync(Approvals.DecidedTopic, id, cancellationToken);
        transaction.Hint(Approvals.ChangedTopic, id);
    }

    public static Task<IReadOnlyList<ApprovalRow>> DueAsync(IHubReader reader, CancellationToken cancellationToken) =>
        reader.QueryAsync<ApprovalRow>($"select {Columns} from approvals where status = 'pending' and expires_at <= hub_now() order by expires_at limit 100", null, cancellationToken);

    /// <summary>Those to be reminded of now, the first that ends first.</summary>
    /// <param name="least">What ends before that is not reminded of any more.</param>
    public static Task<IReadOnlyList<string>> RemindersDueAsync(IHubReader reader, DateTimeOffset least, int most, CancellationToken cancellationToken) => reader.QueryAsync<string>(
        // SQLite would take all that wait, and sort them.
        "select id from approvals" + (reader.Dialect == SqlDialect.Sqlite ? " indexed by approvals_reminders" : "") + " where status = 'pending' and reminded_at is null and remind_at is not null and remind_at <= hub_now() and expires_at > @least order by remind_at limit @most",
        new { least, most }, cancellationToken);

    /// <returns>Those that were marked by this very call: of many callers one gets each.</returns>
    public static Task<IReadOnlyList<ApprovalRow>> RemindAsync(IHubTransaction transaction, IReadOnlyList<string> ids, DateTimeOffset least, CancellationToken cancellationToken) =>
        transaction.QueryAsync<ApprovalRow>(
            "update approvals set reminded_at = hub_now() where id in (" + transaction.Dialect.TextsOf("@ids") + ") and status = 'pending' and reminded_at is null and expires_at > @least returning " + Columns,
            new { ids = Json.Write(ids), least }, cancellationToken);

    /// <param name="account">Null sees all.</param>
    public static Task<IReadOnlyList<ApprovalNewsRow>> NewsAsync(IHubReader reader, string? account, IEnumerable<string> ids, CancellationToken cancellationToken) => reader.QueryAsync<ApprovalNewsRow>(
        News + "where a.id in (" + reader.Dialect.TextsOf("@ids") + ")" + Own(account), new { account, ids = Json.Write(ids) }, cancellationToken);

    /// <summary>What waits and came, or was reminded of, after a time; newest first.</summary>
    /// <inheritdoc cref="NewsAsync" path="/param[@name='account']"/>
    public static Task<IReadOnlyList<ApprovalNewsRow>> NewsSinceAsync(IHubReader reader, string? account, DateTimeOffset since, int most, CancellationToken cancellationToken) => reader.QueryAsync<ApprovalNewsRow>(
        News + "where a.status = 'pending' and (a.created_at > @since or a.reminded_at > @since)" + Own(account) + " order by a.id desc limit @most", new { account, since, most }, cancellationToken);

    private const string News =
        """
        select a.id, a.kind, p.tool, a.status, a.account_id, a.auth_session_id, a.via, a.decision, a.conversation_id, a.expires_at, a.reminded_at, a.decided_by
        from approvals a left join plans p on p.id = a.plan_id
        """ + " ";

    private static string Own(string? account) => account is null ? "" : " and a.account_id = @account";

    public static Task<IReadOnlyList<ApprovalRow>> PendingOfRunAsync(IHubReader reader, string runId, CancellationToken cancellationToken) =>
        reader.QueryAsync<ApprovalRow>($"select {Columns} from approvals where run_id = @runId and status = 'pending'", new { runId }, cancellationToken);

    public static Task<IReadOnlyList<ApprovalRow>> PendingOfSessionAsync(IHubReader reader, string sessionId, CancellationToken cancellationToken) =>
        reader.QueryAsync<ApprovalRow>($"select {Columns} from approvals where session_id = @sessionId and status = 'pending' order by id", new { sessionId }, cancellationToken);

    public static async Task<long> CountPendingAsync(IHubReader reader, string principalKey, CancellationToken cancellationToken) =>
        await reader.FindAsync<long>("select count(*) from approvals where principal_key = @principalKey and status = 'pending' and expires_at > hub_now()", new { principalKey }, cancellationToken);

    /// <summary>When the third-last decline of this principal's plans, or of its agents' asks, came, if within the window: the start of its pause.</summary>
    public static async Task<DateTimeOffset?> ThirdLastDeclineAsync(IHubReader reader, string principalKey, bool agents, DateTimeOffset since, CancellationToken cancellationToken) =>
        await reader.QueryAsync<DateTimeOffset>(
            """
            select decided_at from approvals where principal_key = @principalKey and status = 'declined' and decided_at > @since
              and case kind when 'plan' then 'plan' else 'agent' end = @asker order by decided_at desc limit 3
            """,
            new { principalKey, since, asker = agents ? "agent" : "plan" }, cancellationToken) is { Count: 3 } declines ? declines[0] : null;
}
