using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.Data.Sqlite;

namespace ControlChat.Core.Hub;

/// <summary>
/// The SQLite library of this process, chosen before anything calls it, with the mapping of rows: connections are opened here, or with the words from here. The runtime binds each function of it when it is first called:
/// a connection that was opened before the choice would be opened by one library and closed by another, which ends the process.
/// </summary>
public static class SqliteLibrary
{
    static SqliteLibrary()
    {
        // The OS library is patched by its distribution and sleeps properly under contention; the bundled one is the fallback.
        NativeLibrary.SetDllImportResolver(Assembly.Load("SQLitePCLRaw.provider.e_sqlite3"), static (name, _, _) =>
            name == "e_sqlite3" && NativeLibrary.TryLoad("libsqlite3.so.0", out var handle) ? handle : 0);
        SQLitePCL.Batteries_V2.Init();
        RowMapping.Use();
    }

    /// <summary>As SQLite writes it: <c>3.40.1</c>.</summary>
    public static string Version => SQLitePCL.raw.sqlite3_libversion().utf8_to_string();

    /// <summary>The words that open a file, made when it is absent; its directory must exist. No pool: whoever closes a connection lets go of the file.</summary>
    public static string ConnectionString(string path) => new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString();

    /// <returns>Open; the caller disposes of it.</returns>
    public static SqliteConnection Open(string path)
    {
        var connection = new SqliteConnection(ConnectionString(path));
        connection.Open();
        return connection;
    }
}
