using ControlChat.Core.Hub;
using ControlChat.Core.Sessions.Terminals.Archives;
using ControlChat.Core.Settings;

namespace ControlChat.Core.Sessions.Transcripts;

/// <summary>How long transcripts are kept: <c>Sessions:TranscriptDays</c> after the end of their session, by the database's time, and never longer than their workspace.</summary>
internal sealed class TranscriptShelf(HubDatabase database, IHubSettings settings)
{
    // One at a time: a session's events may be many, and others wait to write.
    private const int Batch = 1;

    /// <summary>Removes the events of sessions whose time is over, and what the archive has of them. The sessions themselves stay.</summary>
    public async Task ClearAsync(CancellationToken cancellationToken)
    {
        await ClearAsync(t => OverAsync(t, t.Now.AddDays(-settings.Current.Sessions.TranscriptDays), cancellationToken), cancellationToken);
        await ClearAsync(t => PurgedAsync(t, cancellationToken), cancellationToken);
    }

    private async Task ClearAsync(Func<IHubTransaction, Task<IReadOnlyList<string>>> which, CancellationToken cancellationToken)
    {
        while (true)
        {
            await using var transaction = await database.BeginAsync(cancellationToken);
            var over = await which(transaction);
            foreach (var id in over)
            {
                await transaction.ExecuteAsync("delete from session_events where session_id = @id", new { id }, cancellationToken);
                await TerminalArchive.RemoveAsync(transaction, id, cancellationToken);
                await transaction.ExecuteAsync("update sessions set transcript_removed_at = hub_now() where id = @id", new { id }, cancellationToken);
            }
            await transaction.CommitAsync(cancellationToken);
            if (over.Count < Batch) return;
        }
    }

    /// <summary>Those of workspaces that are purged: nothing of a purged one is kept but the record.</summary>
    internal static Task<IReadOnlyList<string>> PurgedAsync(IHubReader reader, CancellationToken cancellationToken) => reader.QueryAsync<string>($"""
        select s.id from workspace_directories d join sessions s on s.workspace_id = d.workspace_id
        where d.state = 'removed' and s.state = 'ended' and s.transcript_removed_at is null limit {Batch}
        """, null, cancellationToken);

    internal static Task<IReadOnlyList<string>> OverAsync(IHubReader reader, DateTimeOffset before, CancellationToken cancellationToken) =>
        reader.QueryAsync<string>($"select id from sessions where state = 'ended' and transcript_removed_at is null and ended_at < @before order by ended_at, id limit {Batch}", new { before }, cancellationToken);
}
