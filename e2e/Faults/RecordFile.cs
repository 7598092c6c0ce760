using Microsoft.Data.Sqlite;

namespace ControlChat.Faults;

/// <summary>The hub's database file, opened from outside.</summary>
public static class RecordFile
{
    public static StoredRecord Of(string databasePath) => new(() => Open(databasePath));

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
}
