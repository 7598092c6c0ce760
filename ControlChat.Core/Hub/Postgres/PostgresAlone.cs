using Dapper;
using Npgsql;

namespace ControlChat.Core.Hub.Postgres;

/// <summary>One statement as a transaction of its own, in one round trip.</summary>
internal static class PostgresAlone
{
    /// <summary>The first row; the server refuses a statement that would write.</summary>
    public static Task<T?> FindAsync<T>(NpgsqlConnection connection, TimeProvider? testClock, string sql, object? arguments, CancellationToken cancellationToken) =>
        connection.QueryFirstOrDefaultAsync<T>(Command("begin read only; ", testClock, sql, arguments, cancellationToken));

    /// <summary>The commit waits for no disk.</summary>
    public static Task<int> NoteAsync(NpgsqlConnection connection, TimeProvider? testClock, string sql, object arguments, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(Command("begin; set local synchronous_commit = off; ", testClock, sql, arguments, cancellationToken));

    // A statement that fails leaves its transaction to be rolled back when the connection is given back. No settings but a test's clock
    // become part of the text.
    private static CommandDefinition Command(string begin, TimeProvider? testClock, string sql, object? arguments, CancellationToken cancellationToken) =>
        new(begin + (testClock is null ? "" : "set local controlchat.now = '" + Timestamps.Format(testClock.GetUtcNow()) + "'; ") + sql + "; commit",
            PostgresRows.Safe(arguments), cancellationToken: cancellationToken);
}
