using Dapper;
using Npgsql;

namespace ControlChat.Core.Hub.Postgres;

internal static class PostgresDescription
{
    // An owner can always give back to itself what was taken from it; a superuser needs no right.
    private const string Sql = """
        select current_setting('server_version') as version,
          exists (select 1 from pg_class c where c.oid = to_regclass('audit')
            and (pg_has_role(c.relowner, 'usage') or has_table_privilege(c.oid, 'update, delete, truncate, trigger'))) as record_can_be_changed
        """;

    public static async Task<HubDescription> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            var row = await connection.QuerySingleAsync<Row>(new CommandDefinition(Sql, cancellationToken: cancellationToken));
            return new HubDescription($"PostgreSQL {row.Version}", row.RecordCanBeChanged);
        }
        catch (Exception e)
        {
            throw PostgresFaults.Translate(e);
        }
    }

    private sealed record Row
    {
        public string Version { get; init; } = "";
        public bool RecordCanBeChanged { get; init; }
    }
}
