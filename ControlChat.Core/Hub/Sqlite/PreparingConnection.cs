using Microsoft.Data.Sqlite;

namespace ControlChat.Core.Hub.Sqlite;

/// <summary>
/// A connection that prepares each text once: Microsoft.Data.Sqlite parses and plans it again for every command, which costs more than
/// most statements do. The mapper makes its own commands and disposes of them, so the connection is told the text before.
/// SQLite itself prepares a kept statement again when the schema has changed. One user at a time, as every connection.
/// </summary>
internal sealed class PreparingConnection(string path) : SqliteConnection(SqliteLibrary.ConnectionString(path))
{
    /// <summary>Texts kept; the hub has fewer, a text made anew each time would only fill the memory.</summary>
    private const int Most = 256;

    private readonly Dictionary<string, KeptCommand> _kept = new(StringComparer.Ordinal);
    private string? _next;

    /// <summary>The next command made will run this text.</summary>
    public PreparingConnection For(string sql)
    {
        _next = sql;
        return this;
    }

    public override SqliteCommand CreateCommand()
    {
        if (Interlocked.Exchange(ref _next, null) is not { } sql) return base.CreateCommand();
        if (_kept.TryGetValue(sql, out var kept))
        {
            // A text that is read while its rows are still being looked at needs a statement of its own.
            if (!kept.TryTake()) return base.CreateCommand();
        }
        else
        {
            if (_kept.Count == Most) Forget();
            _kept[sql] = kept = new KeptCommand(this);
        }
        kept.CommandTimeout = DefaultTimeout;
        kept.Transaction = Transaction;
        return kept;
    }

    public override void Close()
    {
        Forget();
        base.Close();
    }

    private void Forget()
    {
        foreach (var command in _kept.Values) command.Forget();
        _kept.Clear();
    }

    /// <summary>Outlives its user: disposing gives it back with its prepared statements.</summary>
    private sealed class KeptCommand : SqliteCommand
    {
        private bool _taken = true;
        private bool _forgotten;

        public KeptCommand(SqliteConnection connection) => Connection = connection;

        public bool TryTake() => !_taken && (_taken = true);

        public void Forget()
        {
            _forgotten = true;
            if (!_taken) base.Dispose(disposing: true);
        }

        protected override void Dispose(bool disposing)
        {
            _taken = false;
            if (_forgotten) base.Dispose(disposing);
            else Parameters.Clear();
        }
    }
}
