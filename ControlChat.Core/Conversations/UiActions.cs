using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Conversations;

/// <summary>Rows and events, so that the asking run and the answering browser may live in different processes.</summary>
internal sealed class UiActions(HubDatabase database, IConversationLog log, IAuditTrail audit, TimeProvider time) : IUiActions
{
    private static readonly TimeSpan TakenWithin = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan EndedWithin = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Kept = TimeSpan.FromDays(1);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);

    public async Task<string> RequestAsync(UiActionRequest request, CancellationToken cancellationToken)
    {
        if (!UiActionAllowlist.Allows(request.Action, request.Target)) throw new ArgumentException($"{request.Action} {request.Target} is not on the allowlist.", nameof(request));
        var id = await AskAsync(request, cancellationToken);
        try
        {
            return await AnswerAsync(id, request, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            foreach (var state in (string[])["asked", "taken"]) await EndAsync(id, state, "timeout", request.Account, CancellationToken.None);
            throw;
        }
    }

    public async Task<bool> TakeAsync(Principal principal, string id, CancellationToken cancellationToken)
    {
        if (principal.IsToken) return false;
        await using var transaction = await database.BeginAsync(cancellationToken);
        // A request that its run has stopped waiting for leads nobody anywhere, however late a browser finds it.
        var taken = await transaction.ExecuteAsync(
            "update ui_actions set state = 'taken' where id = @id and account_id = @account and state = 'asked' and asked_at > @since",
            new { id, account = principal.AccountId, since = transaction.Now - EndedWithin }, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return taken == 1;
    }

    public async Task<bool> AcknowledgeAsync(Principal principal, string id, bool done, CancellationToken cancellationToken) =>
        !principal.IsToken && await EndAsync(id, "taken", done ? "done" : "refused", principal, cancellationToken);

    private async Task<string> AnswerAsync(string id, UiActionRequest request, CancellationToken cancellationToken)
    {
        var since = time.GetTimestamp();
        while (true)
        {
            var state = await StateAsync(id, cancellationToken);
            if (state is not ("asked" or "taken")) return state;
            var waited = time.GetElapsedTime(since);
            if (state == "asked" && waited >= TakenWithin && await EndAsync(id, "asked", "no_browser", request.Account, cancellationToken)) return "no_browser";
            if (waited >= EndedWithin && await EndAsync(id, state, "timeout", request.Account, cancellationToken)) return "timeout";
            await Task.Delay(Look, time, cancellationToken);
        }
    }

    private async Task<string> AskAsync(UiActionRequest request, CancellationToken cancellationToken)
    {
        var id = Ids.New("uia");
        await using var transaction = await database.BeginAsync(cancellationToken);
        // Nobody waits for those of yesterday; the record and the conversation have what came of them.
        await transaction.ExecuteAsync("delete from ui_actions where asked_at < @before", new { before = transaction.Now - Kept }, cancellationToken);
        await transaction.ExecuteAsync("""
            insert into ui_actions (id, conversation_id, run_id, account_id, action, target, offer, state, asked_at)
            values (@id, @ConversationId, @RunId, @account, @Action, @Target, @Offer, 'asked', hub_now())
            """, new { id, request.ConversationId, request.RunId, account = request.Account.AccountId, request.Action, request.Target, request.Offer }, cancellationToken);
        var data = new JsonObject { ["id"] = id, ["action"] = request.Action, ["target"] = request.Target, ["offer"] = request.Offer };
        await log.AppendAsync(transaction, request.ConversationId, request.RunId, ConversationEvents.UiAction, data, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return id;
    }

    private async Task<string> StateAsync(string id, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        return await reader.FindAsync<string>("select state from ui_actions where id = @id", new { id }, cancellationToken) ?? throw new InvalidOperationException($"No ui action {id}.");
    }

    // The end, its event and its row on the record commit together, once.
    private async Task<bool> EndAsync(string id, string from, string result, Principal principal, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        var row = await transaction.FindAsync<UiActionRow>("""
            update ui_actions set state = @result, ended_at = hub_now() where id = @id and account_id = @account and state = @from
            returning conversation_id, run_id, action, target, offer
            """, new { id, from, result, account = principal.AccountId }, cancellationToken);
        if (row is null) return false;
        await log.AppendAsync(transaction, row.ConversationId, row.RunId, ConversationEvents.UiActionAck, new JsonObject { ["id"] = id, ["result"] = result }, cancellationToken);
        await audit.AppendAsync(transaction, EntryOf(row, id, result, principal), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    private static AuditEntry EntryOf(UiActionRow row, string id, string result, Principal principal) =>
        new("ui_action.acknowledged", result, new AuditActor(principal.AccountId, principal.TokenId, principal.AuthSessionId, "ask"))
        {
            Tool = "ui_action",
            RunId = row.RunId,
            ConversationId = row.ConversationId,
            WorkspaceId = row.Action == UiActionAllowlist.OpenWorkspace ? row.Target : null,
            Data = new JsonObject { ["id"] = id, ["action"] = row.Action, ["target"] = row.Target, ["offer"] = row.Offer },
        };

    private sealed class UiActionRow
    {
        public string ConversationId { get; init; } = "";
        public string? RunId { get; init; }
        public string Action { get; init; } = "";
        public string Target { get; init; } = "";
        public bool Offer { get; init; }
    }
}
