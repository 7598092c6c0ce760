using Microsoft.Data.Sqlite;

namespace ControlChat.Core.Hub.Sqlite;

/// <summary>Which SQLite errors mean "not now" and which are bugs.</summary>
internal static class SqliteFaults
{
    // Primary result codes: https://www.sqlite.org/rescode.html
    private static string? Message(int code) => code switch
    {
        5 or 6 => "The hub's database is busy. Try again.",
        8 => "The hub's database is read-only. Nothing was changed.",
        10 => "The disk under the hub's database failed. Nothing was changed.",
        11 or 26 => "The hub's database file is damaged. Nothing was changed.",
        13 => "The disk is full. Nothing was changed.",
        14 => "The hub's database file cannot be opened.",
        _ => null,
    };

    public static bool IsBusy(SqliteException fault) => fault.SqliteErrorCode is 5 or 6;

    public static Exception Translate(SqliteException fault) =>
        Message(fault.SqliteErrorCode) is { } message ? new HubUnavailableException(message, fault) : fault;
}
