using ControlChat.Core.Hub;
using Dapper;
using Microsoft.Data.Sqlite;

namespace ControlChat.Core.Logs.Sqlite;

/// <summary>The index's own database file. It holds nothing that the log files do not: a damaged or outdated one is thrown away.</summary>
internal sealed class LogIndexFile(string path) : IDisposable
{
    // Raised with the schema; another number means: build it again.
    private const int Version = 1;
    private const string Schema = """
        create table files (id integer primary key, name text not null unique, position integer not null);
        create table lines (
          id integer primary key,
          file_id integer not null,
          at text not null,
          level integer not null,
          message text not null,
          event text,
          category text not null,
          run_id text,
          conversation_id text,
          agent text,
          tool text,
          trace_id text,
          exception text
        );
        create index lines_at on lines (at);
        create index lines_run on lines (run_id, id) where run_id is not null;
        create index lines_conversation on lines (conversation_id, id) where conversation_id is not null;
        create index lines_level on lines (level, id) where level >= 3;
        create index lines_file on lines (file_id);
        create virtual table line_texts using fts5 (message, exception, category, event, content = 'lines', content_rowid = 'id', tokenize = 'unicode61 remove_diacritics 2');
        create trigger lines_insert after insert on lines begin
          insert into line_texts (rowid, message, exception, category, event) values (new.id, new.message, new.exception, new.category, new.event);
        end;
        create trigger lines_delete after delete on lines begin
          insert into line_texts (line_texts, rowid, message, exception, category, event) values ('delete', old.id, old.message, old.exception, old.category, old.event);
        end;
        """;

    private SqliteConnection? _open;

    /// <exception cref="SqliteException">The file cannot be opened or made.</exception>
    public SqliteConnection Open()
    {
        if (_open is not null && File.Exists(path)) return _open;
        Close();
        var connection = Connect();
        try
        {
            if (connection.ExecuteScalar<long>("pragma user_version") is var version && version != Version)
            {
                if (version != 0)
                {
                    connection.Dispose();
                    Delete();
                    connection = Connect();
                }
                using var transaction = connection.BeginTransaction();
                connection.Execute(Schema, transaction: transaction);
                connection.Execute($"pragma user_version={Version}", transaction: transaction);
                transaction.Commit();
            }
            return _open = connection;
        }
        catch (SqliteException)
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Throws the file away, so that the next opening begins anew.</summary>
    public void Delete()
    {
        Close();
        foreach (var end in (string[])["", "-wal", "-shm"]) File.Delete(path + end);
    }

    public void Dispose() => Close();

    private void Close()
    {
        _open?.Dispose();
        _open = null;
    }

    private SqliteConnection Connect()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var connection = SqliteLibrary.Open(path);
        // synchronous=normal: a lost tail is read again from the files.
        connection.Execute("pragma busy_timeout=5000; pragma journal_mode=wal; pragma synchronous=normal;");
        return connection;
    }
}
