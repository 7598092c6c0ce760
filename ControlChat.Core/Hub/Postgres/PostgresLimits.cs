using Npgsql;

namespace ControlChat.Core.Hub.Postgres;

/// <summary>What bounds every call in time, and the pool in size; and what makes calls cheap. A connection string that names a limit keeps its own.</summary>
internal static class PostgresLimits
{
    // The server gives up first, so that the client's limit is only for a server that is gone. Plans are kept; IHubReader.Searching says otherwise.
    private const string Server = "-c statement_timeout=15000 -c lock_timeout=4000 -c idle_in_transaction_session_timeout=60000 -c client_min_messages=warning"
        + " -c TimeZone=UTC -c plan_cache_mode=auto";

    // Whoever stands still with the writer's lock stops everybody's writes: for less time than a lease lasts.
    private const string Writer = "-c idle_in_transaction_session_timeout=5000";

    // Either side lets go of one that is gone, the hub (which asks every 5 s) before the server gives the lock to another.
    private const string Hold = "-c idle_session_timeout=0 -c tcp_keepalives_idle=6 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3";

    /// <exception cref="ArgumentException">It is no connection string; the message does not repeat it.</exception>
    public static string Of(string connectionString)
    {
        try
        {
            var given = new NpgsqlConnectionStringBuilder(connectionString);
            // The last one of an option counts.
            given.Options = $"{Server} {given.Options}".TrimEnd();
            if (!Names(given, nameof(given.Timeout))) given.Timeout = 10;
            if (!Names(given, "Command Timeout")) given.CommandTimeout = 20;
            if (!Names(given, "Maximum Pool Size")) given.MaxPoolSize = 32;
            if (!Names(given, "Application Name")) given.ApplicationName = "controlchat";
            if (!Names(given, nameof(given.KeepAlive))) given.KeepAlive = 30;
            // Statements are prepared by themselves, and a connection that is given back keeps them: the hub sets nothing that outlives a transaction.
            if (!Names(given, "Max Auto Prepare")) (given.MaxAutoPrepare, given.AutoPrepareMinUsages) = (300, 2);
            if (!Names(given, "No Reset On Close")) given.NoResetOnClose = true;
            // Whoever reads the whole record reads some hundred MiB.
            if (!Names(given, "Read Buffer Size")) given.ReadBufferSize = 32768;
            return given.ConnectionString;
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            // The parser's own words would repeat parts of it.
            throw new ArgumentException("This is no connection string.", nameof(connectionString));
        }
    }

    /// <summary>One writes at a time; a second connection lets the next one begin while the last is given back.</summary>
    /// <param name="limited">As <see cref="Of"/> made it.</param>
    public static string ForWriters(string limited)
    {
        var writers = new NpgsqlConnectionStringBuilder(limited) { MinPoolSize = 0, MaxPoolSize = 2 };
        writers.Options = $"{Server} {Writer}{writers.Options![Server.Length..]}";
        return writers.ConnectionString;
    }

    /// <summary>One connection that stays: the server sees within 12 s that the machine at its other end is gone.</summary>
    /// <param name="limited">As <see cref="Of"/> made it.</param>
    public static string ForHold(string limited)
    {
        var hold = new NpgsqlConnectionStringBuilder(limited) { Pooling = false, Multiplexing = false, KeepAlive = 5, CommandTimeout = 5 };
        // Behind what the connection string names: that a second process is refused must not hang on it.
        hold.Options = $"{hold.Options} {Hold}";
        return hold.ConnectionString;
    }

    // ContainsKey answers yes to every keyword there is.
    private static bool Names(NpgsqlConnectionStringBuilder given, string key) => given.ShouldSerialize(key);
}
