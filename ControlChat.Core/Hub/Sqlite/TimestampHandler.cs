using System.Data;
using Dapper;

namespace ControlChat.Core.Hub.Sqlite;

/// <summary>Rows hold times as text (see <see cref="Timestamps"/>).</summary>
internal sealed class TimestampHandler : SqlMapper.TypeHandler<DateTimeOffset>
{
    public override void SetValue(IDbDataParameter parameter, DateTimeOffset value) => parameter.Value = Timestamps.Format(value);

    public override DateTimeOffset Parse(object value) => Timestamps.Parse((string)value);
}
