using System.Reflection;
using Dapper;
using Npgsql;

namespace ControlChat.Core.Hub.Postgres;

/// <summary>
/// The numbered schema files, embedded, applied in order inside one transaction by whichever process is first; the others wait.
/// A shipped file is never edited. A role that may not change the schema can still serve one that is current.
/// </summary>
internal static class PostgresMigrations
{
    private const string Prefix = "ControlChat.Core.Hub.Postgres.Schema.";

    // Any number that no other program takes on this database.
    private const long Lock = 0x63636d69;

    /// <exception cref="HubUnavailableException">The schema is a newer version's, or may not be brought up to date.</exception>
    public static async Task ApplyAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if ((await MissingAsync(connection, null, cancellationToken)).Count == 0) return;
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        try
        {
            // Another process may be at it, and an index over many rows takes its time.
            await Run("set local lock_timeout = '5min'; set local statement_timeout = '30min'; select pg_advisory_xact_lock(@Lock)");
            var missing = await MissingAsync(connection, transaction, cancellationToken);
            await CheckEncodingAsync(connection, transaction, cancellationToken);
            if (missing.Count > 0) await Run("create table if not exists schema_versions (name text collate \"C\" primary key, applied_at text collate \"C\" not null)");
            foreach (var name in missing)
            {
                await Run(Text(name));
                await connection.ExecuteAsync(new CommandDefinition("insert into schema_versions (name, applied_at) values (@name, hub_now())", new { name }, transaction, cancellationToken: cancellationToken));
            }
            await transaction.CommitAsync(cancellationToken);
        }
        catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.InsufficientPrivilege or PostgresErrorCodes.FeatureNotSupported or PostgresErrorCodes.UndefinedFile)
        {
            var words = $"The schema of the hub's database is not current and could not be brought up to date: {e.MessageText}. Start this version once with the owner's Hub:ConnectionString.";
            throw new HubUnavailableException(words, e) { IsLasting = true };
        }

        Task Run(string sql) => connection.ExecuteAsync(new CommandDefinition(sql, new { Lock }, transaction, commandTimeout: 1_860, cancellationToken: cancellationToken));
    }

    private static async Task<IReadOnlyList<string>> MissingAsync(NpgsqlConnection connection, NpgsqlTransaction? transaction, CancellationToken cancellationToken)
    {
        var made = await connection.QuerySingleAsync<bool>(new CommandDefinition("select to_regclass('schema_versions') is not null", null, transaction, cancellationToken: cancellationToken));
        var applied = made
            ? (await connection.QueryAsync<string>(new CommandDefinition("select name from schema_versions", null, transaction, cancellationToken: cancellationToken))).ToHashSet()
            : [];
        var known = Names();
        if (applied.Except(known).Order(StringComparer.Ordinal).LastOrDefault() is { } newer)
            throw new HubUnavailableException($"The hub's database has schema '{newer}', which this version does not know. Start the newer version.", new InvalidOperationException(newer)) { IsLasting = true };
        return [.. known.Where(n => !applied.Contains(n))];
    }

    private static async Task CheckEncodingAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        var encoding = await connection.QuerySingleAsync<string>(new CommandDefinition("show server_encoding", null, transaction, cancellationToken: cancellationToken));
        if (encoding != "UTF8")
            throw new HubUnavailableException($"The hub's database has the encoding {encoding}; make one with: create database … encoding 'UTF8' template template0.", new NotSupportedException(encoding)) { IsLasting = true };
    }

    private static List<string> Names() => [.. typeof(PostgresMigrations).Assembly.GetManifestResourceNames()
        .Where(n => n.StartsWith(Prefix, StringComparison.Ordinal) && n.EndsWith(".sql", StringComparison.Ordinal))
        .Select(n => n[Prefix.Length..^4]).Order(StringComparer.Ordinal)];

    private static string Text(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(Prefix + name + ".sql")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
