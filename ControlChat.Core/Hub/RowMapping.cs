using System.Data;
using Dapper;

namespace ControlChat.Core.Hub;

/// <summary>How values stand in rows, the same in both databases: times as text, truth as 0 and 1.</summary>
internal static class RowMapping
{
    static RowMapping()
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;
        Add(new TimestampHandler(), typeof(DateTimeOffset), typeof(DateTimeOffset?));
        Add(new TruthHandler(), typeof(bool), typeof(bool?));
    }

    /// <summary>Before the first statement; once a process is enough, again does nothing.</summary>
    public static void Use()
    {
    }

    private static void Add<T>(SqlMapper.TypeHandler<T> handler, Type type, Type nullable)
    {
        SqlMapper.AddTypeHandler(handler);
        // Dapper asks its own table of types first.
        SqlMapper.RemoveTypeMap(type);
        SqlMapper.RemoveTypeMap(nullable);
    }

    private sealed class TimestampHandler : SqlMapper.TypeHandler<DateTimeOffset>
    {
        public override void SetValue(IDbDataParameter parameter, DateTimeOffset value) => parameter.Value = Timestamps.Format(value);

        public override DateTimeOffset Parse(object value) => Timestamps.Parse((string)value);
    }

    // PostgreSQL's own truth values: what a condition in a select list answers there.
    private sealed class TruthHandler : SqlMapper.TypeHandler<bool>
    {
        public override void SetValue(IDbDataParameter parameter, bool value) => parameter.Value = value ? 1L : 0L;

        public override bool Parse(object value) => value is bool truth ? truth : Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture) != 0;
    }
}
