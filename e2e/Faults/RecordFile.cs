using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;

namespace ControlChat.Faults;

/// <summary>The hub's database file, read from outside: the record and its chain, checked by code that shares nothing with the product's.</summary>
public static class RecordFile
{
    /// <summary>Every row's body by rising seq.</summary>
    public static IReadOnlyList<JsonObject> Bodies(string databasePath) => [.. Rows(databasePath).Select(r => JsonNode.Parse(r.Body)!.AsObject())];

    /// <summary>Null when the chain holds, else what is wrong with its first bad row.</summary>
    public static string? FirstFault(string databasePath)
    {
        var previous = new string('0', 64);
        long seq = 0;
        foreach (var row in Rows(databasePath))
        {
            seq++;
            if (row.Seq != seq) return $"row {row.Seq} where {seq} belongs";
            if (Hash(row.Body) != row.BodyHash) return $"row {seq}: body changed";
            if (row.PrevHash != previous) return $"row {seq}: does not follow";
            if (Hash(string.Create(CultureInfo.InvariantCulture, $"{previous}\n{seq}\n{row.BodyHash}")) != row.Hash) return $"row {seq}: hash changed";
            previous = row.Hash;
        }
        return null;
    }

    /// <summary><c>ok</c> when the file is sound.</summary>
    public static string Integrity(string databasePath)
    {
        using var connection = Open(databasePath);
        using var command = connection.CreateCommand();
        command.CommandText = "pragma integrity_check";
        return (string)command.ExecuteScalar()!;
    }

    public static SqliteConnection Open(string databasePath)
    {
        // Touching the product's class once makes it choose the library of the operating system for this process too.
        _ = Core.Hub.Sqlite.SqliteHubDatabase.LibraryVersion;
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = databasePath, Pooling = false }.ToString());
        connection.Open();
        return connection;
    }

    private static IEnumerable<Row> Rows(string databasePath)
    {
        using var connection = Open(databasePath);
        using var command = connection.CreateCommand();
        command.CommandText = "select seq, body, prev_hash, body_hash, hash from audit order by seq";
        using var reader = command.ExecuteReader();
        while (reader.Read()) yield return new Row(reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4));
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private sealed record Row(long Seq, string Body, string PrevHash, string BodyHash, string Hash);
}
