using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;

namespace ControlChat.Core.Conversations;

/// <summary>
/// The conversations of a principal's account. Only the owner reads or writes one; for everyone else it does not exist.
/// Posting only records the message and its run: a worker does the work.
/// </summary>
public sealed class ConversationService
{
    /// <summary>Messages of one view.</summary>
    public const int ViewMessages = 200;

    /// <summary>Runs of one conversation that may be open at once.</summary>
    public const int MaxOpenRuns = 50;

    private const string Untitled = "New conversation";
    private readonly HubDatabase _database;
    private readonly IHubSettings _settings;

    public ConversationService(HubDatabase database, IHubSettings settings) => (_database, _settings) = (database, settings);

    /// <param name="title">At most <c>Limits:TitleChars</c> code points; null takes the first message's beginning later.</param>
    /// <exception cref="ConversationRefusedException">The title is empty or too long.</exception>
    public async Task<Conversation> CreateAsync(Principal principal, string? title, CancellationToken cancellationToken)
    {
        title = Checked(title);
        var id = Ids.New("conv");
        await using var transaction = await _database.BeginAsync(cancellationToken);
        await ConversationStore.InsertAsync(transaction, id, principal.AccountId, title ?? Untitled, title is not null, cancellationToken);
        var created = await ConversationStore.FindAsync(transaction, id, cancellationToken);
        transaction.Hint(Topics.Stream(Topics.ConversationsOf(principal.AccountId)), id);
        await transaction.CommitAsync(cancellationToken);
        return created!.ToConversation();
    }

    /// <exception cref="ConversationRefusedException">The cursor is not one of this list.</exception>
    public async Task<ConversationPage> ListAsync(Principal principal, ConversationFilter filter, CancellationToken cancellationToken)
    {
        await using var reader = await _database.ReadAsync(cancellationToken);
        return await ConversationStore.ListAsync(reader, principal.AccountId, filter, cancellationToken);
    }

    /// <returns>The newest 200 messages before <paramref name="beforeSeq"/>, or null when there is no such conversation for this principal.</returns>
    public Task<ConversationView?> FindAsync(Principal principal, string id, long? beforeSeq, CancellationToken cancellationToken) =>
        FindAsync(principal, id, beforeSeq, ViewMessages, cancellationToken);

    /// <param name="limit">How many messages at most.</param>
    public async Task<ConversationView?> FindAsync(Principal principal, string id, long? beforeSeq, int limit, CancellationToken cancellationToken)
    {
        await using var reader = await _database.ReadAsync(cancellationToken);
        if (await OwnAsync(reader, principal, id, cancellationToken) is not { } row) return null;
        var messages = await ConversationStore.MessagesAsync(reader, id, beforeSeq, limit, cancellationToken);
        var runs = await ConversationStore.RunsAsync(reader, id, messages.Count > 0 ? messages[0].Seq : 0, cancellationToken);
        return new ConversationView(row.ToConversation(), messages, runs);
    }

    /// <summary>The conversation without its messages; null when there is none for this principal.</summary>
    public async Task<Conversation?> FindHeadAsync(Principal principal, string id, CancellationToken cancellationToken)
    {
        await using var reader = await _database.ReadAsync(cancellationToken);
        return (await OwnAsync(reader, principal, id, cancellationToken))?.ToConversation();
    }

    /// <summary>Whether this principal may read the conversation now.</summary>
    public async Task<bool> OwnsAsync(Principal principal, string id, CancellationToken cancellationToken)
    {
        await using var reader = await _database.ReadAsync(cancellationToken);
        return await OwnAsync(reader, principal, id, cancellationToken) is not null;
    }

    /// <param name="title">A new title, or null to keep it.</param>
    /// <param name="archived">Or null to keep it.</param>
    /// <exception cref="ConversationRefusedException">The title is empty or too long.</exception>
    public async Task<Conversation?> ChangeAsync(Principal principal, string id, string? title, bool? archived, CancellationToken cancellationToken)
    {
        title = Checked(title);
        await using var transaction = await _database.BeginAsync(cancellationToken);
        if (await OwnAsync(transaction, principal, id, cancellationToken) is null) return null;
        await ConversationStore.ChangeAsync(transaction, id, title, archived, cancellationToken);
        var changed = await ConversationStore.FindAsync(transaction, id, cancellationToken);
        transaction.Hint(Topics.Stream(id), id);
        transaction.Hint(Topics.Stream(Topics.ConversationsOf(principal.AccountId)), id);
        await transaction.CommitAsync(cancellationToken);
        return changed!.ToConversation();
    }

    /// <summary>Records the message and a queued run, once per request id.</summary>
    public async Task<PostResult> PostAsync(Principal principal, string id, PostedMessage posted, CancellationToken cancellationToken)
    {
        if (Refuse(posted) is { } refused) return refused;
        await using var transaction = await _database.BeginAsync(cancellationToken);
        if (await OwnAsync(transaction, principal, id, cancellationToken) is not { } conversation) return new PostResult.NotFound();
        if (await ReplayAsync(transaction, principal, id, posted, cancellationToken) is { } replay) return replay;
        if (await CountOpenAsync(transaction, id, cancellationToken) >= MaxOpenRuns)
            return new PostResult.Refused("rate_limited", $"{MaxOpenRuns} messages already wait in this conversation. Send more when they are done.");
        var accepted = await RecordAsync(transaction, principal, conversation, posted, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return accepted;
    }

    private async Task<PostResult> RecordAsync(
        IHubTransaction transaction, Principal principal, ConversationStore.ConversationRow conversation, PostedMessage posted, CancellationToken cancellationToken)
    {
        var tainted = Trust.IsTainted(principal, posted);
        var runId = Ids.New("run");
        var message = await ConversationLog.AppendAsync(transaction, conversation.Id, new Message
        {
            Id = Ids.New("msg"),
            Seq = 0,
            RunId = runId,
            Role = "user",
            Text = posted.Text,
            Author = new MessageAuthor(principal.AccountId, posted.Via),
            At = transaction.Now,
            Tainted = tainted,
            Context = posted.Context,
        }, cancellationToken);
        await ConversationStore.InsertAsync(transaction, conversation.Id, message, cancellationToken);
        await transaction.ExecuteAsync("""
            insert into runs (id, conversation_id, message_id, request_id, principal_key, account_id, token_id, auth_session_id, status, tainted, created_at)
            values (@runId, @conversationId, @messageId, @RequestId, @Key, @AccountId, @TokenId, @AuthSessionId, 'queued', @tainted, hub_now())
            """, new
        {
            runId,
            conversationId = conversation.Id,
            messageId = message.Id,
            posted.RequestId,
            principal.Key,
            principal.AccountId,
            principal.TokenId,
            principal.AuthSessionId,
            tainted,
        }, cancellationToken);
        if (!conversation.Titled) await ConversationStore.ChangeAsync(transaction, conversation.Id, TitleOf(posted.Text), archived: false, cancellationToken);
        else if (conversation.Archived) await ConversationStore.ChangeAsync(transaction, conversation.Id, null, archived: false, cancellationToken);
        await transaction.AnnounceAsync(Topics.ChatOfAgent(Topics.ControlAgent), runId, cancellationToken);
        transaction.Hint(Topics.Stream("runs"), runId);
        return new PostResult.Accepted(message.Id, runId, Replayed: false);
    }

    private static async Task<PostResult?> ReplayAsync(IHubTransaction transaction, Principal principal, string id, PostedMessage posted, CancellationToken cancellationToken)
    {
        var before = await transaction.FindAsync<BeforeRow>("""
            select r.id as run_id, r.message_id, m.text from runs r join messages m on m.id = r.message_id
            where r.conversation_id = @id and r.principal_key = @Key and r.request_id = @RequestId
            """, new { id, principal.Key, posted.RequestId }, cancellationToken);
        if (before is null) return null;
        return StoredText.Of(before.Text) == StoredText.Of(posted.Text)
            ? new PostResult.Accepted(before.MessageId, before.RunId, Replayed: true)
            : new PostResult.Refused("request_id_reused", "This request_id was used for another message. Use a new one.");
    }

    private static Task<int> CountOpenAsync(IHubReader reader, string id, CancellationToken cancellationToken) =>
        reader.FindAsync<int>("select count(*) from runs where conversation_id = @id and status in ('queued', 'running', 'waiting')", new { id }, cancellationToken);

    private static async Task<ConversationStore.ConversationRow?> OwnAsync(IHubReader reader, Principal principal, string id, CancellationToken cancellationToken) =>
        await ConversationStore.FindAsync(reader, id, cancellationToken) is { } row && row.OwnerId == principal.AccountId ? row : null;

    private PostResult.Refused? Refuse(PostedMessage posted)
    {
        var limit = _settings.Current.Limits.MessageChars;
        if (string.IsNullOrWhiteSpace(posted.Text)) return new PostResult.Refused("invalid", "The message is empty.");
        if (CodePoints(posted.Text) > limit) return new PostResult.Refused("too_long", $"The message is longer than {limit} characters.");
        if (!RequestIds.AreValid(posted.RequestId))
            return new PostResult.Refused("invalid", "request_id must be 8 to 128 characters of A-Z a-z 0-9 _ . : -");
        return null;
    }

    private string? Checked(string? title)
    {
        if (title is null) return null;
        var limit = _settings.Current.Limits.TitleChars;
        title = title.Trim();
        if (title.Length == 0) throw new ConversationRefusedException("invalid", "The title is empty.");
        if (CodePoints(title) > limit) throw new ConversationRefusedException("too_long", $"The title is longer than {limit} characters.");
        return title;
    }

    // The beginning of the first line, cut at a word where there is one.
    private string TitleOf(string text)
    {
        var line = text.TrimStart().Split('\n', 2)[0].Trim();
        var limit = Math.Min(60, _settings.Current.Limits.TitleChars);
        if (CodePoints(line) <= limit) return line;
        var cut = string.Concat(line.EnumerateRunes().Take(limit - 1));
        var space = cut.LastIndexOf(' ');
        return (space > limit / 2 ? cut[..space] : cut) + "…";
    }

    private static int CodePoints(string text) => text.EnumerateRunes().Count();

    private sealed record BeforeRow
    {
        public string RunId { get; init; } = "";
        public string MessageId { get; init; } = "";
        public string Text { get; init; } = "";
    }
}
