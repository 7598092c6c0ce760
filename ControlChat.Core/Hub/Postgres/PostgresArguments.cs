using System.Data;
using Dapper;

namespace ControlChat.Core.Hub.Postgres;

/// <summary>
/// A statement's arguments with what PostgreSQL's text cannot hold as the replacement character. People's and models' texts hold it now
/// and then, and an answer must not break on it.
/// </summary>
internal sealed class PostgresArguments(object arguments) : SqlMapper.IDynamicParameters
{
    public void AddParameters(IDbCommand command, SqlMapper.Identity identity)
    {
        ((SqlMapper.IDynamicParameters)new DynamicParameters(arguments)).AddParameters(command, identity);
        foreach (IDbDataParameter parameter in command.Parameters)
            if (parameter.Value is string text) parameter.Value = StoredText.Of(text);
    }
}
