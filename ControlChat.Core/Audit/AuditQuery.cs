using System.Text;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Audit;

/// <summary>The SQL of a filter. Column names are constants of this file; every value is a parameter.</summary>
internal sealed class AuditQuery
{
    private static readonly (string Column, string Index, Func<AuditFilter, string?> Value)[] Columns =
    [
        ("action_id", "audit_fields_action", f => f.ActionId),
        ("run_id", "audit_fields_run", f => f.RunId),
        ("workspace_id", "audit_fields_workspace", f => f.WorkspaceId),
        ("account", "audit_fields_account", f => f.Account),
        ("tool", "audit_fields_tool", f => f.Tool),
        ("event", "audit_fields_event", f => f.Event),
        ("outcome", "audit_fields_outcome", f => f.Outcome),
    ];

    private readonly List<(string Column, string Index)> _given;
    private readonly Dictionary<string, object?> _values;
    private readonly bool _byTime;
    private bool _timeIsSpan;

    public AuditQuery(AuditFilter filter)
    {
        _given = [.. Columns.Where(c => c.Value(filter) is not null).Select(c => (c.Column, c.Index))];
        _values = Columns.ToDictionary(c => c.Column, c => (object?)c.Value(filter));
        _values["From"] = Timestamps.Format(filter.From ?? DateTimeOffset.MinValue);
        _values["To"] = Timestamps.Format(filter.To ?? DateTimeOffset.MaxValue);
        _byTime = filter.From is not null || filter.To is not null;
    }

    /// <summary>No condition is left beside the span of rows.</summary>
    public bool IsOpen => _given.Count == 0 && !_byTime;

    /// <summary>One index does not answer it alone: how far a page looks must be bounded.</summary>
    public bool NeedsBound => _given.Count + (_byTime && !_timeIsSpan ? 1 : 0) > 1;

    /// <summary>Turns the time range into a range of rows; where the clock has ever gone back, the times stay a condition of their own.</summary>
    public async Task<Span> BoundAsync(IHubReader reader, Span span, CancellationToken cancellationToken)
    {
        if (!_byTime || span.IsEmpty) return span;
        var stepped = await reader.FindAsync<string>("select value from hub_facts where name = 'audit_clock_stepped'", null, cancellationToken);
        if (stepped is not null) return span;
        _timeIsSpan = true;
        var first = await reader.FindAsync<long?>("select seq from audit_fields where at >= @From order by at, seq limit 1", _values, cancellationToken);
        var beyond = await reader.FindAsync<long?>("select seq from audit_fields where at > @To order by at, seq limit 1", _values, cancellationToken);
        if (first is null) return span with { Before = span.After };
        return new Span(Math.Max(span.After, first.Value - 1), Math.Min(span.Before, beyond ?? long.MaxValue));
    }

    /// <summary>The condition with the fewest rows, and how far those looked at reach when there are more than <paramref name="reach"/>.</summary>
    public async Task<(string? Index, long? Floor)> RarestAsync(IHubReader reader, Span span, int reach, bool newestFirst, CancellationToken cancellationToken)
    {
        (string? Index, long Rows, long? Floor) best = (null, long.MaxValue, null);
        foreach (var (column, index) in _given)
        {
            var sql = "select count(*) as rows, " + (newestFirst ? "min(seq)" : "max(seq)") + " as floor from (select seq from audit_fields" + Along(reader.Dialect, index)
                + " where " + column + " = @" + column + " and seq > @After and seq < @Before order by seq" + (newestFirst ? " desc" : "") + " limit @Reach) probed";
            var probe = (await reader.FindAsync<Probe>(sql, With(span, reach), cancellationToken))!;
            if (probe.Rows < best.Rows) best = (index, probe.Rows, probe.Rows == reach ? probe.Floor : null);
        }
        return (best.Index, best.Floor);
    }

    /// <param name="index">The index to walk along; null leaves it to the one condition there is, or to the rows themselves.</param>
    public Task<IReadOnlyList<long>> SeqsAsync(IHubReader reader, Span span, int limit, bool newestFirst, string? index, CancellationToken cancellationToken) =>
        reader.QueryAsync<long>(SeqsSql(reader.Dialect, index ?? _given.Select(g => g.Index).FirstOrDefault(), newestFirst), With(span, limit), cancellationToken);

    /// <summary>Those of the candidates that meet the conditions.</summary>
    public Task<IReadOnlyList<long>> AmongAsync(IHubReader reader, IReadOnlyList<long> candidates, int limit, bool newestFirst, CancellationToken cancellationToken)
    {
        var sql = new StringBuilder("select seq from audit_fields where seq in (").Append(reader.Dialect.NumbersOf("@Candidates")).Append(')');
        Conditions(reader.Dialect, sql, except: null);
        sql.Append(newestFirst ? " order by seq desc limit @Reach" : " order by seq limit @Reach");
        return reader.QueryAsync<long>(sql.ToString(), new Dictionary<string, object?>(_values) { ["Candidates"] = Json.Write(candidates), ["Reach"] = limit }, cancellationToken);
    }

    /// <summary>Rows in their own order: what nothing is asked of needs no index, and is there before one is.</summary>
    public static Task<IReadOnlyList<long>> AnyAsync(IHubReader reader, Span span, int limit, bool newestFirst, CancellationToken cancellationToken) =>
        reader.QueryAsync<long>(
            "select seq from audit where seq > @After and seq < @Before order by seq" + (newestFirst ? " desc" : "") + " limit @limit", new { span.After, span.Before, limit }, cancellationToken);

    /// <summary>Rows that are not in the fields yet, one by one: the caller keeps the span short.</summary>
    /// <param name="bodies">With their bodies, for whoever looks for words.</param>
    public Task<IReadOnlyList<StoredRow>> FreshAsync(IHubReader reader, Span span, bool bodies, CancellationToken cancellationToken)
    {
        var sql = new StringBuilder(bodies ? "select seq, body" : "select seq").Append(" from audit where seq > @After and seq < @Before");
        foreach (var (column, _) in _given) sql.Append(" and ").Append(column).Append(" = @").Append(column);
        if (_byTime) sql.Append(" and at >= @From and at <= @To");
        return reader.QueryAsync<StoredRow>(sql.Append(" order by seq").ToString(), With(span, 0), cancellationToken);
    }

    internal string SeqsSql(SqlDialect dialect, string? index, bool newestFirst)
    {
        var sql = new StringBuilder("select seq from audit_fields");
        if (index is not null) sql.Append(Along(dialect, index));
        sql.Append(" where seq > @After and seq < @Before");
        foreach (var (column, _) in _given.Where(g => g.Index == index))
        {
            // The partial indexes hold rows with a value only; saying so lets the database use them.
            sql.Append(" and ").Append(column).Append(" is not null and ").Append(column).Append(" = @").Append(column);
        }
        Conditions(dialect, sql, index);
        return sql.Append(newestFirst ? " order by seq desc limit @Reach" : " order by seq limit @Reach").ToString();
    }

    // SQLite has no statistics of these columns and is told the way. PostgreSQL has, knows neither form and finds its own.
    private static string Along(SqlDialect dialect, string index) => dialect == SqlDialect.Sqlite ? " indexed by " + index : "";

    // SQLite's plus sign keeps it from walking along another index than the one chosen.
    private void Conditions(SqlDialect dialect, StringBuilder sql, string? except)
    {
        var and = dialect == SqlDialect.Sqlite ? " and +" : " and ";
        foreach (var (column, _) in _given.Where(g => except is null || g.Index != except)) sql.Append(and).Append(column).Append(" = @").Append(column);
        if (_byTime && !_timeIsSpan) sql.Append(and).Append("at >= @From").Append(and).Append("at <= @To");
    }

    private Dictionary<string, object?> With(Span span, int reach) =>
        new(_values) { ["After"] = span.After, ["Before"] = span.Before, ["Reach"] = reach };

    private sealed record Probe
    {
        public long Rows { get; init; }
        public long? Floor { get; init; }
    }
}
