using System.Buffers.Text;
using System.Text;
using System.Text.Json.Nodes;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Conversations;

internal static class ConversationStore
{
    private const string Columns = """
        c.id, c.title, c.archived, c.owner_id, c.last_seq, c.created_at, c.updated_at, c.titled,
        exists (select 1 from runs r where r.conversation_id = c.id and r.tainted = 1) as tainted
        """;

    private const string MessageColumns = "m.id, m.seq, m.run_id, m.role, m.text, m.context, m.account_id, m.via, m.model, m.tainted, m.at";

    private const string RunColumns = """
        r.id, r.conversation_id, r.message_id, r.status, r.started_at, r.ended_at, r.turns, r.input_tokens, r.output_tokens, r.error, r.tainted
        """;

    private const string Newest = """
        (select substr(m.text, 1, 160) from messages m where m.conversation_id = c.id order by m.seq desc limit 1) as last_line,
        (select m.seq from messages m where m.conversation_id = c.id order by m.seq desc limit 1) as last_line_seq
        """;

    private const string ItemColumns = """
        c.id, c.title, c.created_at, c.archived, c.updated_at, c.last_seq,
        (select r.status from runs r where r.conversation_id = c.id and r.status in ('queued', 'running', 'waiting') order by r.status desc limit 1) as open_run
        """;

    private const string Owned = "from conversations c where c.owner_id = @ownerId and c.archived = @archived and (c.updated_at, c.id) < (@at, @id)";

    private const string Page = "order by c.updated_at desc, c.id desc limit @take";

    public static async Task InsertAsync(IHubTransaction transaction, string id, string ownerId, string title, bool titled, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync(
            "insert into conversations (id, owner_id, title, titled, created_at, updated_at" + ConversationSearch.Insert(transaction.Dialect).Column
            + ") values (@id, @ownerId, @title, @titled, hub_now(), hub_now()" + ConversationSearch.Insert(transaction.Dialect).Value + ")",
            new { id, ownerId, title, titled, indexed = ConversationSearch.Indexed(transaction.Dialect, title) }, cancellationToken);

    public static async Task<ConversationRow?> FindAsync(IHubReader reader, string id, CancellationToken cancellationToken) =>
        await reader.FindAsync<ConversationRow>($"select {Columns} from conversations c where c.id = @id", new { id }, cancellationToken);

    public static async Task ChangeAsync(IHubTransaction transaction, string id, string? title, bool? archived, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync(
            "update conversations set title = coalesce(@title, title), titled = case when @title is null then titled else 1 end, archived = coalesce(@archived, archived)"
            + ConversationSearch.Update(transaction.Dialect) + " where id = @id",
            new { id, title, archived, indexed = title is null ? null : ConversationSearch.Indexed(transaction.Dialect, title) }, cancellationToken);

    public static async Task<ConversationPage> ListAsync(IHubReader reader, string ownerId, ConversationFilter filter, CancellationToken cancellationToken)
    {
        var words = ConversationSearch.Words(reader.Dialect, filter.Text);
        if (words is not null) reader = reader.Searching;
        if (words is null && !string.IsNullOrWhiteSpace(filter.Text)) return new ConversationPage([], null);
        var limit = Math.Clamp(filter.Limit, 1, 200);
        var (at, id) = Cursor.Read(filter.Cursor);
        var rows = await reader.QueryAsync<ItemRow>(
            words is null
                ? $"select {ItemColumns}, {Newest} {Owned} {Page}"
                : "select " + ItemColumns + ", " + ConversationSearch.Found(reader.Dialect) + " " + Owned + " and " + ConversationSearch.Condition(reader.Dialect) + " " + Page,
            new { ownerId, archived = filter.Archived, words, at, id, take = limit + 1 }, cancellationToken);
        var items = rows.Take(limit).Select(r => r.ToItem()).ToList();
        return new ConversationPage(items, rows.Count > limit ? Cursor.Write(items[^1].UpdatedAt, items[^1].Id) : null);
    }

    /// <summary>The newest messages before a sequence (null: the newest of all), rising.</summary>
    public static async Task<IReadOnlyList<Message>> MessagesAsync(IHubReader reader, string conversationId, long? beforeSeq, int limit, CancellationToken cancellationToken)
    {
        var rows = await reader.QueryAsync<MessageRow>($"""
            select {MessageColumns} from messages m where m.conversation_id = @conversationId and m.seq < @before order by m.seq desc limit @limit
            """, new { conversationId, before = beforeSeq ?? long.MaxValue, limit }, cancellationToken);
        return [.. rows.Reverse().Select(r => r.ToMessage())];
    }

    public static async Task InsertAsync(IHubTransaction transaction, string conversationId, Message message, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync(
            "insert into messages (id, conversation_id, seq, run_id, role, text, context, account_id, via, tainted, model, at" + ConversationSearch.Insert(transaction.Dialect).Column
            + ") values (@Id, @conversationId, @Seq, @RunId, @Role, @Text, @context, @AccountId, @Via, @Tainted, @Model, @At" + ConversationSearch.Insert(transaction.Dialect).Value + ")",
            new
            {
                message.Id,
                conversationId,
                message.Seq,
                message.RunId,
                message.Role,
                message.Text,
                context = message.Context?.ToJsonString(Json.Wire),
                message.Author.AccountId,
                message.Author.Via,
                message.Tainted,
                message.Model,
                message.At,
                indexed = ConversationSearch.Indexed(transaction.Dialect, message.Text),
            }, cancellationToken);

    /// <summary>The runs of these messages and all open ones, in order.</summary>
    public static async Task<IReadOnlyList<Run>> RunsAsync(IHubReader reader, string conversationId, long fromSeq, CancellationToken cancellationToken)
    {
        var rows = await reader.QueryAsync<RunRow>($"""
            select {RunColumns} from runs r where r.conversation_id = @conversationId
              and (r.status in ('queued', 'running', 'waiting') or r.id in (select m.run_id from messages m where m.conversation_id = @conversationId and m.seq >= @fromSeq))
            order by r.n
            """, new { conversationId, fromSeq }, cancellationToken);
        return [.. rows.Select(r => r.ToRun())];
    }

    public static async Task<Run?> FindRunAsync(IHubReader reader, string conversationId, string runId, CancellationToken cancellationToken) =>
        (await reader.FindAsync<RunRow>($"select {RunColumns} from runs r where r.id = @runId and r.conversation_id = @conversationId", new { runId, conversationId }, cancellationToken))?.ToRun();

    internal sealed record ConversationRow
    {
        public string Id { get; init; } = "";
        public string Title { get; init; } = "";
        public bool Titled { get; init; }
        public bool Archived { get; init; }
        public string OwnerId { get; init; } = "";
        public bool Tainted { get; init; }
        public long LastSeq { get; init; }
        public DateTimeOffset CreatedAt { get; init; }
        public DateTimeOffset UpdatedAt { get; init; }

        public Conversation ToConversation() => new()
        {
            Id = Id,
            Title = Title,
            Archived = Archived,
            OwnerId = OwnerId,
            Tainted = Tainted,
            LastSeq = LastSeq,
            CreatedAt = CreatedAt,
            UpdatedAt = UpdatedAt,
        };
    }

    private sealed record ItemRow
    {
        public string Id { get; init; } = "";
        public string Title { get; init; } = "";
        public DateTimeOffset CreatedAt { get; init; }
        public bool Archived { get; init; }
        public DateTimeOffset UpdatedAt { get; init; }
        public long LastSeq { get; init; }
        public string? OpenRun { get; init; }
        public string? LastLine { get; init; }
        public long? LastLineSeq { get; init; }

        public ConversationItem ToItem() => new(Id, Title, CreatedAt, Archived, UpdatedAt, LastSeq, OpenRun) { LastLine = LastLine, LastLineSeq = LastLineSeq };
    }

    private sealed record MessageRow
    {
        public string Id { get; init; } = "";
        public long Seq { get; init; }
        public string? RunId { get; init; }
        public string Role { get; init; } = "";
        public string Text { get; init; } = "";
        public string? Context { get; init; }
        public string? AccountId { get; init; }
        public string Via { get; init; } = "";
        public string? Model { get; init; }
        public bool Tainted { get; init; }
        public DateTimeOffset At { get; init; }

        public Message ToMessage() => new()
        {
            Id = Id,
            Seq = Seq,
            RunId = RunId,
            Role = Role,
            Text = Text,
            Author = new MessageAuthor(AccountId, Via),
            At = At,
            Tainted = Tainted,
            Model = Model,
            Context = Context is null ? null : Json.Read<JsonObject>(Context),
        };
    }

    private sealed record RunRow
    {
        public string Id { get; init; } = "";
        public string ConversationId { get; init; } = "";
        public string MessageId { get; init; } = "";
        public string Status { get; init; } = "";
        public DateTimeOffset? StartedAt { get; init; }
        public DateTimeOffset? EndedAt { get; init; }
        public int Turns { get; init; }
        public long InputTokens { get; init; }
        public long OutputTokens { get; init; }
        public string? Error { get; init; }
        public bool Tainted { get; init; }

        public Run ToRun() => new()
        {
            Id = Id,
            ConversationId = ConversationId,
            MessageId = MessageId,
            Status = Status,
            StartedAt = StartedAt,
            EndedAt = EndedAt,
            Turns = Turns,
            Usage = new Usage(InputTokens, OutputTokens),
            Error = Error is null ? null : Json.Read<EventError>(Error),
            Tainted = Tainted,
        };
    }

    /// <summary>Keyset cursors: the last row's time and id.</summary>
    private static class Cursor
    {
        public static string Write(DateTimeOffset at, string id) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes($"{Timestamps.Format(at)} {id}"));

        /// <summary>No cursor begins at the newest.</summary>
        /// <exception cref="ConversationRefusedException">It is not one of ours.</exception>
        public static (string At, string Id) Read(string? cursor)
        {
            if (cursor is null) return Newest;
            var parts = Base64Url.IsValid(cursor) ? Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor)).Split(' ', 2) : [];
            return parts.Length == 2 && Timestamps.TryParse(parts[0], out _)
                ? (parts[0], parts[1])
                : throw new ConversationRefusedException("invalid", "The cursor is not one of this list. Leave it out for the newest.");
        }

        private static readonly (string, string) Newest = ("9999", "");
    }
}
