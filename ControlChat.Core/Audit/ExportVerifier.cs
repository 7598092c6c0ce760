using System.Text.Json.Nodes;

namespace ControlChat.Core.Audit;

/// <summary>Checks a JSONL export with nothing but the file.</summary>
public static class ExportVerifier
{
    /// <param name="path">The export.</param>
    /// <param name="checkpointFile">Checkpoints kept elsewhere, to be used in place of those in the export; or null.</param>
    /// <param name="pinned">The public key kept elsewhere, or null for the one in the export.</param>
    /// <returns>The verdict, or null when the file is no export of ours.</returns>
    public static async Task<VerifyResult?> VerifyAsync(string path, string? checkpointFile, PublicKey? pinned, CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(path);
        var header = ExportFile.Parse(await reader.ReadLineAsync(cancellationToken) ?? "");
        if (Text(header, "format") != ExportFile.Format) return null;
        var filtered = header!["filter"] is not null;
        var key = pinned ?? PublicKey.Parse(Text(header, "public_key"));
        var set = filtered ? CheckpointSet.Empty : await CheckpointsAsync(path, checkpointFile, Long(header, "to_seq"), key, cancellationToken);
        var chain = new ChainCheck(set.Items, filtered) { First = Long(header, "from_seq") ?? 1 };
        await RowsAsync(reader, chain, Long(header, "to_seq"), set.Problem is null, cancellationToken);
        var inRows = chain.Problem is not null && (set.Problem is null || chain.BadSeq <= set.BadSeq);
        return new()
        {
            Rows = chain.Rows,
            LastSeq = chain.LastSeq,
            LastHash = chain.LastHash,
            Checkpoints = chain.CheckpointsMet,
            FirstBadSeq = inRows ? chain.BadSeq : set.BadSeq,
            Problem = inRows ? chain.Problem : set.Problem,
            KeyId = key?.Id,
            Pinned = pinned is not null,
            Filtered = filtered,
        };
    }

    // They stand after the rows, and the rows need them: so the file is gone through twice.
    private static async Task<CheckpointSet> CheckpointsAsync(string path, string? checkpointFile, long? to, PublicKey? key, CancellationToken cancellationToken)
    {
        var all = checkpointFile is not null ? [.. CheckpointFile.Lines(checkpointFile).Select(Checkpoint.Parse)] : await EmbeddedAsync(path, cancellationToken);
        if (all.Count == 0) return CheckpointSet.Empty;
        if (key is null) return new CheckpointSet([], all[0]?.LastSeq ?? 1, AuditProblems.BadSignature);
        var set = CheckpointSet.Check(all, key, whole: checkpointFile is not null);
        // An export that says it ends earlier is judged by what it holds; its verdict names the last row.
        return checkpointFile is null || to is null ? set : set with { Items = [.. set.Items.Where(c => c.LastSeq <= to)] };
    }

    private static async Task<List<Checkpoint?>> EmbeddedAsync(string path, CancellationToken cancellationToken)
    {
        var found = new List<Checkpoint?>();
        await foreach (var line in File.ReadLinesAsync(path, cancellationToken))
            if (ExportFile.FastRow(line) is null && ExportFile.Parse(line) is { } json && json.ContainsKey("checkpoint"))
                found.Add(json["checkpoint"] is JsonObject checkpoint ? Checkpoint.Of(checkpoint.DeepClone().AsObject()) : null);
        return found;
    }

    private static async Task RowsAsync(StreamReader reader, ChainCheck chain, long? to, bool checkpointsHold, CancellationToken cancellationToken)
    {
        JsonObject? end = null;
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            var row = ExportFile.FastRow(line);
            var other = row is null ? ExportFile.Parse(line) : null;
            if (end is null && other?["end"] is JsonObject found) end = found;
            else if (end is null && other?.ContainsKey("checkpoint") == true) continue;
            else if (end is not null || !AddRow(chain, row ?? (other is null ? null : ExportFile.SlowRow(other)))) break;
        }
        if (chain.Problem is not null) return;
        if (checkpointsHold) chain.End();
        if (chain.Problem is null) CheckEnd(chain, end, to);
    }

    private static bool AddRow(ChainCheck chain, StoredRow? row) => row is null
        ? chain.Fail(chain.Rows > 0 ? chain.LastSeq + 1 : chain.First ?? 1, AuditProblems.RowChanged)
        : chain.Add(row.Seq, row.Body, row.PrevHash, row.BodyHash, row.Hash);

    private static void CheckEnd(ChainCheck chain, JsonObject? end, long? to)
    {
        if (end is null) chain.Fail(chain.LastSeq + 1, AuditProblems.Truncated);
        else if (Long(end, "rows") != chain.Rows || (Long(end, "last_seq") ?? 0) != chain.LastSeq || Text(end, "last_hash") != chain.LastHash || !chain.ReachesTo(to))
            chain.Fail(chain.LastSeq + 1, AuditProblems.HeadMismatch);
    }

    private static long? Long(JsonObject? json, string name) => json?[name] is JsonValue value && value.TryGetValue(out long number) ? number : null;

    private static string? Text(JsonObject? json, string name) => json?[name] is JsonValue value && value.TryGetValue(out string? text) ? text : null;
}
