using ControlChat.Core.Hub;

namespace ControlChat.Core.Sessions.Terminals.Archives;

/// <summary>Transcripts of terminals in the hub's database: each is copied once, by one process at a time, piece by piece.</summary>
internal sealed class TerminalArchive(HubDatabase database)
{
    /// <summary>How long a process that copies is believed to live without a sign, by the database's time.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(60);

    private const string Removed = "exists (select 1 from sessions where id = @id and transcript_removed_at is not null)";

    /// <summary>Those of these sessions whose transcripts are still to be copied.</summary>
    /// <param name="ids">A few hundred at most.</param>
    public async Task<IReadOnlyList<string>> DueAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        return await DueAsync(reader, ids, cancellationToken);
    }

    internal static Task<IReadOnlyList<string>> DueAsync(IHubReader reader, IReadOnlyList<string> ids, CancellationToken cancellationToken) => reader.QueryAsync<string>(
        "select s.id from sessions s where s.id in (" + reader.Dialect.TextsOf("@ids") + ") and s.mode = 'terminal' and s.state = 'ended' and s.transcript_removed_at is null"
        + " and not exists (select 1 from terminal_archives a where a.session_id = s.id and a.state = 'whole')", new { ids = Json.Write(ids) }, cancellationToken);

    /// <summary>Takes it on to copy a transcript.</summary>
    /// <returns>False: another process is at it, or it is not to be copied.</returns>
    /// <exception cref="HubUnavailableException">The database does not answer, or is full.</exception>
    public async Task<bool> ClaimAsync(string id, string holder, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        // A hub in a file is one process: whoever began it is gone.
        var taken = await transaction.ExecuteAsync("""
            insert into terminal_archives (session_id, state, holder, held_until, began_at)
            select id, 'copying', @holder, @until, hub_now() from sessions where id = @id and mode = 'terminal' and state = 'ended' and transcript_removed_at is null
            on conflict (session_id) do update set holder = excluded.holder, held_until = excluded.held_until
            where terminal_archives.state = 'copying' and (terminal_archives.holder = excluded.holder or terminal_archives.held_until < hub_now() or @alone = 1)
            """, new { id, holder, until = transaction.Now + Lease, alone = database.IsOneProcess ? 1L : 0L }, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return taken == 1;
    }

    /// <summary>What is known of its pieces, whole or not, in order.</summary>
    public async Task<IReadOnlyList<ArchivePiece>> PiecesAsync(string id, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        return await reader.QueryAsync<ArchivePiece>("select number, part, bytes, hash from terminal_archive_pieces where session_id = @id order by number", new { id }, cancellationToken);
    }

    /// <summary>Stores one piece, in place of what a process before had under its number.</summary>
    /// <returns>False: it is not this process's to copy any more.</returns>
    /// <exception cref="HubUnavailableException">The database does not answer, or is full.</exception>
    public async Task<bool> PutAsync(string id, string holder, ArchivePiece piece, byte[] data, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        if (await transaction.ExecuteAsync($"update terminal_archives set held_until = @until where session_id = @id and state = 'copying' and holder = @holder and not {Removed}",
            new { id, holder, until = transaction.Now + Lease }, cancellationToken) == 0) return false;
        await transaction.ExecuteAsync("""
            insert into terminal_archive_pieces (session_id, number, part, bytes, hash, data) values (@id, @Number, @Part, @Bytes, @Hash, @data)
            on conflict (session_id, number) do update set part = excluded.part, bytes = excluded.bytes, hash = excluded.hash, data = excluded.data
            """, new { id, piece.Number, piece.Part, piece.Bytes, piece.Hash, data }, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    /// <summary>All pieces are there: from now on it is read, and never written again.</summary>
    /// <returns>False: it is not this process's to copy any more.</returns>
    /// <exception cref="HubUnavailableException">The database does not answer, or is full.</exception>
    public async Task<bool> CompleteAsync(string id, string holder, IReadOnlyList<ArchivePiece> pieces, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        if (await transaction.ExecuteAsync($"""
            update terminal_archives set state = 'whole', holder = null, held_until = null, pieces = @count, bytes = @bytes, hash = @hash, archived_at = hub_now()
            where session_id = @id and state = 'copying' and holder = @holder and not {Removed}
            """, new { id, holder, count = (long)pieces.Count, bytes = pieces.Sum(p => p.Bytes), hash = ArchivePiece.HashOf(pieces) }, cancellationToken) == 0) return false;
        await transaction.ExecuteAsync("delete from terminal_archive_pieces where session_id = @id and number >= @count", new { id, count = (long)pieces.Count }, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    /// <summary>Null: there is no whole copy of it.</summary>
    public Task<WholeArchive?> FindAsync(string id, CancellationToken cancellationToken) =>
        database.FindAsync<WholeArchive>("select session_id, pieces, bytes, hash from terminal_archives where session_id = @id and state = 'whole'", new { id }, cancellationToken);

    /// <summary>The bytes of a piece.</summary>
    /// <exception cref="TranscriptDamagedException">They are not what was stored.</exception>
    public async Task<byte[]> ReadAsync(string id, ArchivePiece piece, CancellationToken cancellationToken) =>
        await database.FindAsync<byte[]>("select data from terminal_archive_pieces where session_id = @id and number = @Number", new { id, piece.Number }, cancellationToken) is { } data
            && piece.Unpack(data) is { } bytes ? bytes : throw new TranscriptDamagedException(id, $"piece {piece.Number + 1} is not as it was stored");

    /// <summary>Removes what there is of it, whole or not.</summary>
    public static Task RemoveAsync(IHubTransaction transaction, string id, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync("delete from terminal_archives where session_id = @id", new { id }, cancellationToken);
}

/// <param name="Pieces">How many it has.</param>
/// <param name="Bytes">Of the files it is a copy of.</param>
/// <param name="Hash">Of its list of pieces.</param>
internal sealed record WholeArchive(string SessionId, long Pieces, long Bytes, string Hash);
