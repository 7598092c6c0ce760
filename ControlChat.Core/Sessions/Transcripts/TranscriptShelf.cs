using ControlChat.Core.Hub;
using ControlChat.Core.Settings;

namespace ControlChat.Core.Sessions.Transcripts;

/// <summary>How long transcripts are kept: <c>Sessions:TranscriptDays</c> after the end of their session, by the database's time.</summary>
internal sealed class TranscriptShelf(HubDatabase database, IHubSettings settings)
{
    // One at a time: a session's events may be many, and others wait to write.
    private const int Batch = 1;

    /// <summary>Removes the events of sessions whose time is over. The sessions themselves stay.</summary>
    public async Task ClearAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await using var transaction = await database.BeginAsync(cancellationToken);
            var before = transaction.Now.AddDays(-settings.Current.Sessions.TranscriptDays);
            var over = await OverAsync(transaction, before, cancellationToken);
            foreach (var id in over)
            {
                await transaction.ExecuteAsync("delete from session_events where session_id = @id", new { id }, cancellationToken);
                await transaction.ExecuteAsync("update sessions set transcript_removed_at = hub_now() where id = @id", new { id }, cancellationToken);
            }
            await transaction.CommitAsync(cancellationToken);
            if (over.Count < Batch) return;
        }
    }

    internal static Task<IReadOnlyList<string>> OverAsync(IHubReader reader, DateTimeOffset before, CancellationToken cancellationToken) =>
        reader.QueryAsync<string>($"select id from sessions where state = 'ended' and transcript_removed_at is null and ended_at < @before order by ended_at, id limit {Batch}", new { before }, cancellationToken);
}
