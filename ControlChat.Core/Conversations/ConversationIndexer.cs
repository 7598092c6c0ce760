using ControlChat.Core.Hub;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Conversations;

/// <summary>Reads the words of titles and messages in PostgreSQL that were written without: by an older version of the hub.</summary>
internal sealed partial class ConversationIndexer(HubDatabase database, TimeProvider time, ILogger<ConversationIndexer> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    // The writer waits for all of a batch.
    private const int Batch = 100;

    /// <summary>Reads a batch of each.</summary>
    /// <returns>How many there were.</returns>
    public async Task<int> IndexAsync(CancellationToken cancellationToken)
    {
        await using (var reader = await database.ReadAsync(cancellationToken))
            if (reader.Dialect == SqlDialect.Sqlite || (await UnreadAsync(reader, cancellationToken)).All(unread => unread.Rows.Count == 0)) return 0;
        await using var transaction = await database.BeginAsync(cancellationToken);
        var count = 0;
        foreach (var (rows, update) in await UnreadAsync(transaction, cancellationToken))
        {
            foreach (var row in rows) await transaction.ExecuteAsync(update, new { row.Id, indexed = ConversationSearch.Vector(row.Text) }, cancellationToken);
            count += rows.Count;
        }
        await transaction.CommitAsync(cancellationToken);
        return count;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Pause, time);
        do
        {
            try
            {
                while (await IndexAsync(stoppingToken) is > 0 and var count) LogIndexed(logger, count);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LogFailed(logger, e);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private static async Task<IReadOnlyList<(IReadOnlyList<Unread> Rows, string Update)>> UnreadAsync(IHubReader reader, CancellationToken cancellationToken) =>
    [
        (await reader.QueryAsync<Unread>("select id, title as text from conversations where words is null order by id limit @Batch", new { Batch }, cancellationToken),
            "update conversations set words = cast(@indexed as tsvector) where id = @Id"),
        (await reader.QueryAsync<Unread>("select id, text from messages where words is null order by id limit @Batch", new { Batch }, cancellationToken),
            "update messages set words = cast(@indexed as tsvector) where id = @Id"),
    ];

    private sealed record Unread
    {
        public string Id { get; init; } = "";
        public string Text { get; init; } = "";
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Read the words of {Count} titles and messages that were written without")]
    private static partial void LogIndexed(ILogger logger, int count);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Words of titles and messages could not be read; trying again in a minute")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
