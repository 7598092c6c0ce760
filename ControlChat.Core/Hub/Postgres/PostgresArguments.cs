using System.Data;
using System.Text;
using Dapper;

namespace ControlChat.Core.Hub.Postgres;

/// <summary>
/// A statement's arguments with what PostgreSQL's text cannot hold, a NUL or half a character, as the replacement character. SQLite keeps
/// the one and replaces the other; people's and models' texts hold them now and then, and an answer must not break on it.
/// </summary>
internal sealed class PostgresArguments(object arguments) : SqlMapper.IDynamicParameters
{
    public void AddParameters(IDbCommand command, SqlMapper.Identity identity)
    {
        ((SqlMapper.IDynamicParameters)new DynamicParameters(arguments)).AddParameters(command, identity);
        foreach (IDbDataParameter parameter in command.Parameters)
            if (parameter.Value is string text && text.AsSpan().IndexOfAnyInRange('\ud800', '\udfff') >= 0) parameter.Value = Whole(text);
        foreach (IDbDataParameter parameter in command.Parameters)
            if (parameter.Value is string text && text.Contains('\0', StringComparison.Ordinal)) parameter.Value = text.Replace('\0', '\ufffd');
    }

    private static string Whole(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}
