using ControlChat.Core.Hub;

namespace ControlChat.Faults;

/// <summary>The hub's database file, opened from outside.</summary>
public static class RecordFile
{
    public static StoredRecord Of(string databasePath) => new(() => SqliteLibrary.Open(databasePath));

    /// <summary><c>ok</c> when the file is sound.</summary>
    public static string Integrity(string databasePath)
    {
        using var connection = SqliteLibrary.Open(databasePath);
        using var command = connection.CreateCommand();
        command.CommandText = "pragma integrity_check";
        return (string)command.ExecuteScalar()!;
    }
}
