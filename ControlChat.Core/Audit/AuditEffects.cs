using ControlChat.Core.Hub;

namespace ControlChat.Core.Audit;

/// <summary>
/// The changes of one thing on the record, as one reader sees them: through the index, and the rows that came since one by one. What it
/// answers are numbers of rows; what was changed is read from the rows themselves.
/// </summary>
internal sealed class AuditEffects
{
    /// <summary>Rows behind the index that are looked at one by one: what a busy hub writes in some seconds.</summary>
    public const int Near = 2_000;

    /// <summary>Fields of one thing; more than any has.</summary>
    private const int MostFields = 64;

    /// <summary>Members of one group, with their fields.</summary>
    internal const int MostKeys = 2_000;

    private const string FieldsSql =
        """
        with recursive f (field) as (
          select min(field) from audit_effects where resource = @Resource
          union all
          select (select min(e.field) from audit_effects e where e.resource = @Resource and e.field > f.field) from f where f.field is not null
        ) select field from f where field is not null limit @MostFields
        """;

    private const string MarkSql =
        """
        select
          (select seq from audit_effects where resource = @Resource and field = @field and seq < @Bound order by seq desc limit 1) as last,
          (select seq from audit_effects where resource = @Resource and field = @field and seq >= @Bound order by seq limit 1) as next
        """;

    private const string GroupSql =
        """
        select resource, field, max(case when seq < @Bound then seq end) as last, min(case when seq >= @Bound then seq end) as next
        from audit_effects where resource > @Low and resource < @High group by resource, field order by resource, field limit @limit
        """;

    private readonly IHubReader _reader;
    private readonly EffectSpan _span;
    private readonly IReadOnlyList<StoredRow> _fresh;
    private readonly List<(long Seq, EffectKey Key)> _keys;

    private AuditEffects(IHubReader reader, string resource, EffectSpan span, long waiting, IReadOnlyList<StoredRow> fresh)
    {
        (_reader, Resource, _span, Waiting, _fresh) = (reader, resource, span, waiting, fresh);
        var named = CanonicalJson.Write(resource).TrimEnd('"');
        // What is told of without being named stands under the id of its workspace.
        var id = resource[(resource.IndexOf('/', StringComparison.Ordinal) + 1)..].Split(':')[0];
        _keys = [.. from row in fresh
                    where row.Seq > span.To
                    where row.Body.Contains(named, StringComparison.Ordinal) || row.Body.Contains(id, StringComparison.Ordinal)
                    from effect in RecordedEffect.Of(row)
                    where EffectKey.IsOf(effect, resource)
                    from key in EffectKey.Of(effect)
                    select (row.Seq, key)];
    }

    public string Resource { get; }

    /// <summary>The first row that is looked at; 1 when the whole record is.</summary>
    public long From => _span.From;

    /// <summary>Rows between the index and the newest ones that were not looked at: more than none only while the indexer has much to catch up with.</summary>
    public long Waiting { get; }

    public static async Task<AuditEffects> OpenAsync(IHubReader reader, string resource, CancellationToken cancellationToken)
    {
        var last = await AuditIndex.LastAsync(reader, cancellationToken);
        var near = Math.Max(0, last - Near);
        var span = await EffectSpan.FindAsync(reader, cancellationToken) ?? new EffectSpan(near + 1, near);
        // The fields' index may be behind or ahead; what ends an action is looked for in both.
        var after = Math.Max(near, Math.Min(span.To, await AuditIndex.PlaceAsync(reader, cancellationToken)));
        var fresh = await reader.QueryAsync<StoredRow>($"select {StoredRow.Columns} from audit where seq > @after order by seq", new { after }, cancellationToken);
        return new AuditEffects(reader, resource, span, Math.Max(0, near - span.To), fresh);
    }

    /// <summary>The fields that ever changed; <see cref="EffectKey.Whole"/> among them when the thing was made or removed.</summary>
    public async Task<IReadOnlyList<string>> FieldsAsync(CancellationToken cancellationToken)
    {
        var indexed = await _reader.QueryAsync<string>(FieldsSql, new { Resource, MostFields }, cancellationToken);
        return [.. indexed.Concat(_keys.Where(k => k.Key.Resource == Resource).Select(k => k.Key.Field)).Distinct()];
    }

    /// <summary>Rows that changed one of the fields, newest first.</summary>
    /// <param name="before">Only rows before this one.</param>
    public async Task<IReadOnlyList<long>> SeqsAsync(IReadOnlyList<string> fields, long before, int limit, CancellationToken cancellationToken)
    {
        var seqs = _keys.Where(k => k.Key.Resource == Resource && fields.Contains(k.Key.Field) && k.Seq < before).Select(k => k.Seq).ToList();
        foreach (var field in fields)
        {
            seqs.AddRange(await _reader.QueryAsync<long>(
                "select seq from audit_effects where resource = @Resource and field = @field and seq < @before order by seq desc limit @limit", new { Resource, field, before, limit }, cancellationToken));
        }
        return [.. seqs.Distinct().OrderDescending().Take(limit)];
    }

    /// <summary>For each field the last change before a row and the next one from it on; of a group, for each of its members.</summary>
    public async Task<EffectMarks> MarksAsync(long bound, CancellationToken cancellationToken)
    {
        var marks = new List<EffectMark>();
        var group = EffectKey.IsGroup(Resource);
        if (group) marks.AddRange(await _reader.QueryAsync<EffectMark>(GroupSql, new { Bound = bound, Low = Resource + ":", High = Resource + ";", limit = MostKeys + 1 }, cancellationToken));
        // Of the last one that came some fields may be missing: it goes.
        var end = marks.Count > MostKeys ? marks[^1].Resource : null;
        if (end is not null) marks.RemoveAll(m => m.Resource == end);
        foreach (var field in group ? [] : await FieldsAsync(cancellationToken))
            marks.Add((await _reader.FindAsync<EffectMark>(MarkSql, new { Resource, field, Bound = bound }, cancellationToken))! with { Resource = Resource, Field = field });
        foreach (var (seq, key) in _keys.Where(k => (k.Key.Resource == Resource) != group && (end is null || string.CompareOrdinal(k.Key.Resource, end) < 0)))
        {
            var at = marks.FindIndex(m => m.Resource == key.Resource && m.Field == key.Field);
            var mark = at < 0 ? new EffectMark { Resource = key.Resource, Field = key.Field } : marks[at];
            mark = seq < bound ? mark with { Last = Math.Max(seq, mark.Last ?? 0) } : mark with { Next = Math.Min(seq, mark.Next ?? long.MaxValue) };
            if (at < 0) marks.Add(mark);
            else marks[at] = mark;
        }
        return new EffectMarks(marks, end is not null);
    }

    /// <summary>The first row written after a time; where the clock ever went back, the order of the record counts.</summary>
    public async Task<long> BoundAsync(DateTimeOffset at, CancellationToken cancellationToken)
    {
        var time = Timestamps.Format(at);
        var fresh = _fresh.Select(row => (row.Seq, At: AtOf(row))).Where(row => string.CompareOrdinal(row.At, time) <= 0).Select(row => row.Seq).DefaultIfEmpty(0).Max();
        return 1 + Math.Max(fresh, await _reader.FindAsync<long>("select seq from audit_fields where at <= @time order by at desc, seq desc limit 1", new { time }, cancellationToken));
    }

    /// <summary>The rows of these numbers, whole.</summary>
    public async Task<IReadOnlyDictionary<long, StoredRow>> RowsAsync(IEnumerable<long> seqs, CancellationToken cancellationToken)
    {
        var rows = await _reader.QueryAsync<StoredRow>(
            $"select {StoredRow.Columns} from audit where seq in (" + _reader.Dialect.NumbersOf("@seqs") + ")", new { seqs = Json.Write(seqs.Distinct()) }, cancellationToken);
        return rows.ToDictionary(row => row.Seq);
    }

    /// <summary>The last row of each of these actions: what became of what was only ordered, or of a batch.</summary>
    public async Task<IReadOnlyDictionary<string, AuditRow>> EndsAsync(IReadOnlyCollection<string> actions, CancellationToken cancellationToken)
    {
        if (actions.Count == 0) return new Dictionary<string, AuditRow>();
        var indexed = await _reader.QueryAsync<long>(
            "select max(seq) from audit_fields where action_id is not null and action_id in (" + _reader.Dialect.TextsOf("@actions") + ") group by action_id", new { actions = Json.Write(actions) }, cancellationToken);
        var stored = await RowsAsync(indexed, cancellationToken);
        var ends = stored.Values.Concat(_fresh.Where(row => ActionOf(row) is { } action && actions.Contains(action))).OrderBy(row => row.Seq).Select(AuditRow.Of);
        return ends.GroupBy(row => row.ActionId!).ToDictionary(rows => rows.Key, rows => rows.Last());
    }

    // A body is canonical JSON, so its first field is the action and its time follows a fixed name.
    private static string? ActionOf(StoredRow row) => Between(row.Body, "{\"action_id\":\"");

    private static string AtOf(StoredRow row) => Between(row.Body, ",\"at\":\"") ?? "";

    private static string? Between(string body, string name)
    {
        var at = body.IndexOf(name, StringComparison.Ordinal);
        if (at < 0 || (name[0] == '{' && at > 0)) return null;
        var end = body.IndexOf('"', at + name.Length);
        return end < 0 ? null : body[(at + name.Length)..end];
    }
}

/// <param name="Cut">A group has more members: these are the first of them.</param>
internal sealed record EffectMarks(IReadOnlyList<EffectMark> Items, bool Cut);

/// <summary>Where a field of a thing stands beside a bound.</summary>
internal sealed record EffectMark
{
    public string Resource { get; init; } = "";

    public string Field { get; init; } = "";

    /// <summary>The last row before the bound that changed it; null for none.</summary>
    public long? Last { get; init; }

    /// <summary>The first one from the bound on; null for none.</summary>
    public long? Next { get; init; }
}
