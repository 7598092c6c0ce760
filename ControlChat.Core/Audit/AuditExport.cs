using System.Text;
using System.Text.Json.Nodes;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Audit;

/// <param name="Format"><c>jsonl</c>, which can be verified, or <c>csv</c>, which cannot.</param>
/// <param name="FromSeq">The first row, or null for row 1.</param>
/// <param name="ToSeq">The last row, or null for the newest.</param>
public sealed record ExportRequest(string Format, AuditFilter Filter, long? FromSeq = null, long? ToSeq = null)
{
    public static IReadOnlyList<string> Formats { get; } = ["jsonl", "csv"];
}

/// <summary>Writes the record out, row by row, in memory that does not grow; the export itself goes on the record first.</summary>
public sealed class AuditExport
{
    // A window of rows read at once: small enough to hold, large enough that reading costs little.
    private const int Window = 1_000;
    private const int FilteredWindow = 20_000;
    private readonly HubDatabase _database;
    private readonly HubIdentity _identity;
    private readonly IAuditTrail _trail;
    private readonly CheckpointChain _chain;
    private readonly AuditPlaces _places;
    private readonly AuditStore _store = new();

    internal AuditExport(HubDatabase database, HubIdentity identity, IAuditTrail trail, CheckpointChain chain, AuditPlaces places) =>
        (_database, _identity, _trail, _chain, _places) = (database, identity, trail, chain, places);

    /// <param name="actor">Who exports; a row <c>audit.exported</c> says so, and is the newest row that the export can hold.</param>
    public async Task WriteAsync(Stream output, ExportRequest request, AuditViewer viewer, AuditActor actor, CancellationToken cancellationToken)
    {
        var filter = viewer.Confine(request.Filter);
        var from = Math.Max(1, request.FromSeq ?? 1);
        var head = await _trail.AppendAsync(Entry(request, filter, actor), cancellationToken);
        var to = Math.Min(head, request.ToSeq ?? head);
        await using var writer = new StreamWriter(output, new UTF8Encoding(false), bufferSize: 32_768, leaveOpen: true);
        var export = new Writing(writer, from, to, filter);
        if (request.Format == "csv") await WriteCsvAsync(export, cancellationToken);
        else await WriteJsonlAsync(export, cancellationToken);
    }

    private static AuditEntry Entry(ExportRequest request, AuditFilter? filter, AuditActor actor) => new(AuditEvents.AuditExported, "completed", actor)
    {
        Data = new JsonObject { ["format"] = request.Format, ["filter"] = (filter ?? request.Filter).ToJson(), ["from_seq"] = request.FromSeq, ["to_seq"] = request.ToSeq },
    };

    private async Task WriteJsonlAsync(Writing export, CancellationToken cancellationToken)
    {
        await export.LineAsync(await HeaderAsync(export, cancellationToken));
        await RowsAsync(export, row => row.Line, cancellationToken);
        if (export.Filter is { IsEmpty: true }) await CheckpointsAsync(export, cancellationToken);
        await export.LineAsync(new JsonObject
        {
            ["end"] = new JsonObject { ["rows"] = export.Rows, ["last_seq"] = export.LastSeq, ["last_hash"] = export.LastHash },
        });
    }

    private async Task WriteCsvAsync(Writing export, CancellationToken cancellationToken)
    {
        await export.Output.WriteAsync(AuditCsv.Header);
        await RowsAsync(export, AuditCsv.Row, cancellationToken);
    }

    private async Task<JsonObject> HeaderAsync(Writing export, CancellationToken cancellationToken)
    {
        await using var reader = await _database.ReadAsync(cancellationToken);
        using var key = SigningKey.LoadOrCreate(_places);
        return new JsonObject
        {
            ["format"] = ExportFile.Format,
            ["hub_id"] = await _identity.GetAsync(cancellationToken),
            ["exported_at"] = Timestamps.Format(reader.Now),
            ["from_seq"] = export.From,
            ["to_seq"] = export.To,
            ["filter"] = export.Filter?.ToJson(),
            ["public_key"] = key.Public.Pem,
        };
    }

    private async Task RowsAsync(Writing export, Func<StoredRow, string> form, CancellationToken cancellationToken)
    {
        var window = export.Filter is { IsEmpty: true } ? Window : FilteredWindow;
        for (var after = export.From - 1; export.Filter is not null && after < export.To; after += window)
        {
            foreach (var row in await ReadAsync(export.Filter, after, Math.Min(after + window, export.To), cancellationToken))
            {
                await export.Output.WriteLineAsync(form(row).AsMemory(), cancellationToken);
                export.Wrote(row);
            }
            await export.Output.FlushAsync(cancellationToken);
        }
    }

    private async Task<IReadOnlyList<StoredRow>> ReadAsync(AuditFilter filter, long after, long to, CancellationToken cancellationToken)
    {
        await using var reader = await _database.ReadAsync(cancellationToken);
        return await _store.WindowAsync(reader, filter, after, to, cancellationToken);
    }

    private async Task CheckpointsAsync(Writing export, CancellationToken cancellationToken)
    {
        foreach (var checkpoint in (await _chain.LinesAsync(cancellationToken)).Select(Checkpoint.Parse))
            if (checkpoint is not null && checkpoint.LastSeq >= export.From && checkpoint.LastSeq <= export.To)
                await export.LineAsync(new JsonObject { ["checkpoint"] = checkpoint.Json.DeepClone() });
    }

    /// <summary>One export under way. A null filter: the viewer may see nothing of what was asked for.</summary>
    private sealed class Writing
    {
        public Writing(StreamWriter output, long from, long to, AuditFilter? filter)
        {
            (Output, From, To, Filter) = (output, from, to, filter);
            Output.NewLine = "\n";
        }

        public StreamWriter Output { get; }
        public long From { get; }
        public long To { get; }
        public AuditFilter? Filter { get; }
        public long Rows { get; private set; }
        public long? LastSeq { get; private set; }
        public string? LastHash { get; private set; }

        public Task LineAsync(JsonObject line) => Output.WriteLineAsync(line.ToJsonString(Json.Wire));

        public void Wrote(StoredRow row)
        {
            Rows++;
            (LastSeq, LastHash) = (row.Seq, row.Hash);
        }
    }
}
