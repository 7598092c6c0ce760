using System.Reflection;
using Dapper;
using Microsoft.Data.Sqlite;

namespace ControlChat.Core.Hub.Sqlite;

/// <summary>The numbered schema files, embedded, applied in order inside one transaction. A shipped file is never edited.</summary>
internal static class SqliteMigrations
{
    private const string Prefix = "ControlChat.Core.Hub.Sqlite.Schema.";

    /// <exception cref="HubUnavailableException">The file is damaged, or was written by a newer version.</exception>
    public static void Apply(SqliteConnection connection, TimeProvider time)
    {
        try
        {
            connection.Execute("pragma journal_mode=wal");
            Check(connection);
            using var transaction = connection.BeginTransaction(deferred: false);
            connection.Execute("create table if not exists schema_versions (name text primary key, applied_at text not null)", transaction: transaction);
            var applied = connection.Query<string>("select name from schema_versions", transaction: transaction).ToHashSet();
            var known = Names();
            if (applied.Except(known).FirstOrDefault() is { } newer)
                throw new HubUnavailableException($"The hub's database has schema '{newer}', which this version does not know. Start the newer version.", new InvalidOperationException(newer)) { IsLasting = true };
            foreach (var name in known.Where(n => !applied.Contains(n)))
            {
                connection.Execute(Text(name), transaction: transaction);
                connection.Execute("insert into schema_versions (name, applied_at) values (@name, @at)", new { name, at = Timestamps.Format(time.GetUtcNow()) }, transaction);
            }
            transaction.Commit();
        }
        catch (SqliteException e)
        {
            throw SqliteFaults.Translate(e);
        }
    }

    // quick_check reads every page but skips the index cross-check: it finds a torn file in a second where integrity_check takes a minute.
    private static void Check(SqliteConnection connection)
    {
        var verdict = connection.QueryFirst<string>("pragma quick_check(1)");
        if (verdict != "ok")
            throw new HubUnavailableException($"The hub's database file is damaged: {verdict}. Restore it from a copy.", new InvalidDataException(verdict)) { IsLasting = true };
    }

    private static List<string> Names() => [.. typeof(SqliteMigrations).Assembly.GetManifestResourceNames()
        .Where(n => n.StartsWith(Prefix, StringComparison.Ordinal) && n.EndsWith(".sql", StringComparison.Ordinal))
        .Select(n => n[Prefix.Length..^4]).Order(StringComparer.Ordinal)];

    private static string Text(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(Prefix + name + ".sql")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
