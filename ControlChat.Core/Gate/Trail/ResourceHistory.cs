using System.Globalization;
using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Gate.Trail;

/// <inheritdoc cref="IResourceHistory"/>
internal sealed class ResourceHistory(HubDatabase database, IPrincipals principals, IEnumerable<IResourceSight> sights, TrailEntries entries) : IResourceHistory
{
    private readonly Dictionary<string, IResourceSight> _sights = sights.ToDictionary(s => s.Kind);

    public async Task<ResourceTrail?> HistoryAsync(Principal principal, string resource, string? field, string? cursor, int limit, CancellationToken cancellationToken)
    {
        var from = TrailCursor.Read(cursor);
        await using var reader = await database.ReadAsync(cancellationToken);
        if (await SeeAsync(reader, principal, resource, cancellationToken) is not { } view) return null;
        var effects = await AuditEffects.OpenAsync(reader, view.Seen.Resource, cancellationToken);
        var fields = field is null ? await effects.FieldsAsync(cancellationToken) : [field, EffectKey.Whole];
        if (!view.Sees && fields.Count == 0) return null;
        var seqs = await effects.SeqsAsync(fields, from.Before, limit + 1, cancellationToken);
        var rows = await effects.RowsAsync(seqs, cancellationToken);
        var changes = seqs.Where(rows.ContainsKey).SelectMany(seq => Changes(rows[seq], effects.Resource, field, from)).ToList();
        var shown = await entries.MakeAsync(view, effects, [.. changes.Take(limit)], cancellationToken);
        return new ResourceTrail(effects.Resource, field, shown, Next(seqs, changes, limit), effects.From, effects.Waiting);
    }

    public async Task<PastResource?> AsOfAsync(Principal principal, string resource, DateTimeOffset at, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        if (await SeeAsync(reader, principal, resource, cancellationToken) is not { } view) return null;
        var effects = await AuditEffects.OpenAsync(reader, view.Seen.Resource, cancellationToken);
        var bound = await effects.BoundAsync(at, cancellationToken);
        var (marks, cut) = await effects.MarksAsync(bound, cancellationToken);
        if (!view.Sees && marks.Count == 0) return null;
        var rows = (await effects.RowsAsync(marks.SelectMany(m => new[] { m.Last, m.Next }).OfType<long>(), cancellationToken)).ToDictionary(r => r.Key, r => AuditRow.Of(r.Value));
        var (exists, fields) = await WasPurgedAsync(view, effects.Resource, bound, cancellationToken) ? (false, [])
            : EffectKey.IsGroup(effects.Resource) ? (null, await entries.NamedAsync(reader, Members(effects.Resource, marks, rows, cut ? SeenResource.Nothing : view.Seen.Present), cancellationToken))
            : Past(effects.Resource, marks, rows, view);
        var first = await reader.FindAsync<string>("select at from audit where seq >= @From order by seq limit 1", new { effects.From }, cancellationToken);
        return new PastResource(effects.Resource, at, exists, fields, first is null ? null : Timestamps.Parse(first), effects.From, effects.Waiting) { Cut = cut };
    }

    // What hangs on a workspace ends with it, and its own rows do not say so. Who sees the thing now sees one that is there.
    private static async Task<bool> WasPurgedAsync(TrailView view, string resource, long bound, CancellationToken cancellationToken)
    {
        if (view.Sees || EffectKey.HolderOf(resource) is not { } holder) return false;
        var of = await AuditEffects.OpenAsync(view.Reader, holder, cancellationToken);
        if ((await of.MarksAsync(bound, cancellationToken)).Items.FirstOrDefault(m => m.Field == EffectKey.Whole)?.Last is not { } last) return false;
        return Change((await of.RowsAsync([last], cancellationToken)).ToDictionary(r => r.Key, r => AuditRow.Of(r.Value)), holder, last, EffectKey.Whole) is { Effect.Op: "delete" };
    }

    // Rights as they are now. Of what an admin may not see itself they see what the record says, which they may read anyway.
    private async Task<TrailView?> SeeAsync(IHubReader reader, Principal principal, string resource, CancellationToken cancellationToken)
    {
        if (await principals.ReloadAsync(reader, principal, cancellationToken) is not { } person || !person.Scopes.HasFlag(TokenScopes.Read)) return null;
        var slash = resource.IndexOf('/', StringComparison.Ordinal);
        if (slash <= 0) return null;
        var seen = _sights.TryGetValue(resource[..slash], out var sight) ? await sight.SeeAsync(reader, person, resource[(slash + 1)..], cancellationToken) : null;
        if (seen is not null) return new TrailView(reader, person, seen, Sees: true);
        return person.IsAdmin ? new TrailView(reader, person, new SeenResource(resource, SeenResource.Nothing), Sees: false) : null;
    }

    private static IEnumerable<TrailChange> Changes(StoredRow stored, string resource, string? field, TrailCursor from)
    {
        var row = AuditRow.Of(stored);
        return RecordedEffect.Of(row).Where(effect => EffectKey.IsOf(effect, resource)).Select(effect => TrailChange.Narrowed(effect, field)).OfType<RecordedEffect>()
            .Select((effect, place) => new TrailChange(stored, row, effect, place)).Where(from.IsBehind);
    }

    private static string? Next(IReadOnlyList<long> seqs, List<TrailChange> changes, int limit)
    {
        if (changes.Count <= limit) return seqs.Count > limit ? new TrailCursor(seqs[^1], 0).ToString() : null;
        var (last, next) = (changes[limit - 1], changes[limit]);
        return new TrailCursor(last.Row.Seq, next.Row.Seq == last.Row.Seq ? next.Place : 0).ToString();
    }

    private static (bool? Exists, IReadOnlyList<PastField> Fields) Past(string resource, IReadOnlyList<EffectMark> marks, Dictionary<long, AuditRow> rows, TrailView view)
    {
        var past = new PastFields(marks, (seq, field) => Change(rows, resource, seq, field), view.Seen.Present);
        return (past.Exists, past.All());
    }

    // Of each member the role; one who never changed on the record is one now.
    private static List<PastField> Members(string group, IReadOnlyList<EffectMark> marks, Dictionary<long, AuditRow> rows, IReadOnlyDictionary<string, System.Text.Json.Nodes.JsonNode?> present)
    {
        var members = new List<PastField>();
        foreach (var one in marks.GroupBy(m => m.Resource))
        {
            var past = new PastFields([.. one], (seq, field) => Change(rows, one.Key, seq, field), SeenResource.Nothing);
            if (past.All().FirstOrDefault(f => f.Field == "role") is { } role) members.Add(role with { Field = one.Key[(group.Length + 1)..] });
        }
        var known = marks.Select(m => m.Resource).ToHashSet(StringComparer.Ordinal);
        members.AddRange(present.Where(p => !known.Contains($"{group}:{p.Key}")).Select(p => new PastField(p.Key, p.Value?.DeepClone(), "present", null, null)));
        return members;
    }

    private static PastChange? Change(Dictionary<long, AuditRow> rows, string resource, long seq, string field) =>
        rows.TryGetValue(seq, out var row) && RecordedEffect.Of(row).LastOrDefault(e => e.Resource == resource && EffectKey.FieldOf(e) == field) is { } effect
            ? new PastChange(seq, row.At, effect) : null;
}

/// <summary>Who looks at what, and in which view of the database.</summary>
/// <param name="Sees">They may see the thing itself; else what the record says of it.</param>
internal sealed record TrailView(IHubReader Reader, Principal Person, SeenResource Seen, bool Sees);

/// <summary>One change of a row.</summary>
/// <param name="Place">Which of the row's changes of this trail, from 0.</param>
internal sealed record TrailChange(StoredRow Stored, AuditRow Row, RecordedEffect Effect, int Place)
{
    /// <summary>What an effect did to one field: of a thing that was made or removed as a whole, its part of that. Null when nothing.</summary>
    public static RecordedEffect? Narrowed(RecordedEffect effect, string? field)
    {
        if (field is null || EffectKey.FieldOf(effect) == field) return effect;
        if (effect.Field is not null || EffectKey.FieldOf(effect) != EffectKey.Whole) return null;
        var (before, after) = (Part(effect.Before, field), Part(effect.After, field));
        return before is null && after is null ? null : effect with { Field = field, Before = before, After = after };
    }

    private static System.Text.Json.Nodes.JsonNode? Part(System.Text.Json.Nodes.JsonNode? whole, string field) => (whole as System.Text.Json.Nodes.JsonObject)?[field]?.DeepClone();
}

/// <summary>Where a page goes on: before a row, or within one from a place on.</summary>
internal sealed record TrailCursor(long Seq, int Place)
{
    public static TrailCursor Newest { get; } = new(long.MaxValue, 0);

    /// <summary>Rows are asked for before this one.</summary>
    public long Before => Place > 0 ? Seq + 1 : Seq;

    /// <exception cref="FormatException">It is not one of ours.</exception>
    public static TrailCursor Read(string? cursor)
    {
        if (cursor is null) return Newest;
        var parts = cursor.Split('.');
        var place = 0;
        if (parts.Length <= 2 && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var seq) && seq < long.MaxValue
            && (parts.Length == 1 || int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out place)))
            return new TrailCursor(seq, place);
        throw new FormatException("The cursor is not one of this trail. Leave it out for the newest changes.");
    }

    public bool IsBehind(TrailChange change) => change.Row.Seq < Seq || (Place > 0 && change.Row.Seq == Seq && change.Place >= Place);

    public override string ToString() => Place == 0 ? Seq.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{Seq}.{Place}");
}
