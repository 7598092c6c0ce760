using Npgsql;

namespace ControlChat.Core.Hub.Postgres;

/// <summary>Which errors of PostgreSQL mean "not now" and which are bugs.</summary>
internal static class PostgresFaults
{
    // https://www.postgresql.org/docs/current/errcodes-appendix.html: the first two characters are the class.
    private static string? Message(string state) => state switch
    {
        "25006" => "The hub's database is read-only. Nothing was changed.",
        "53100" => "The disk of the hub's database is full. Nothing was changed.",
        "55P03" or "57014" or "40001" or "40P01" => "The hub's database is busy. Try again.",
        "57P04" or "3D000" => "The hub's database does not exist. Check Hub:ConnectionString.",
        "25P03" or "25P04" => Lost,
        // Between the server's coming and the making of the schema; statements of ours name nothing else that could be missing.
        "42P01" or "42883" => "The hub's database has no schema of this version yet. Start a hub with the role that owns it.",
        _ => state[..2] switch
        {
            "08" or "57" => Lost,
            "28" => "The hub's database refuses the sign-in. Check Hub:ConnectionString.",
            "53" => "The hub's database is out of connections or memory. Try again.",
            "58" => "The disk of the hub's database failed. Nothing was changed.",
            "XX" => "The hub's database reports damage or a fault of its own. Nothing was changed.",
            _ => null,
        },
    };

    /// <summary>No connection, or it broke.</summary>
    public const string Lost = "The hub's database cannot be reached. Check Hub:ConnectionString and the server.";

    /// <summary>The same exception when it is a bug; cancellation stays what it is.</summary>
    public static Exception Translate(Exception fault) => fault switch
    {
        PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } missing =>
            new HubUnavailableException("The hub's role lacks a right in its database. Run role.sql of this version again, as the owner.", missing) { IsLasting = true },
        PostgresException refused => Message(refused.SqlState) is { } message ? new HubUnavailableException(message, refused) : refused,
        // Sockets, time limits and the pool's end come without an SQL state.
        NpgsqlException { InnerException: TimeoutException } slow => new HubUnavailableException("The hub's database did not answer in time. Try again.", slow),
        NpgsqlException or IOException or TimeoutException or System.Net.Sockets.SocketException => new HubUnavailableException(Lost, fault),
        _ => fault,
    };
}
