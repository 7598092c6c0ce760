using ControlChat.Core.Hub.Postgres;
using Npgsql;
using Xunit;

namespace ControlChat.Tests.Core.Hub;

public sealed class PostgresLimitsTests
{
    [Fact]
    public void Every_limit_is_in_force_unless_the_connection_string_names_its_own()
    {
        var set = new NpgsqlConnectionStringBuilder(PostgresLimits.Of("Host=h"));
        Assert.Equal((32, 10, 20, 30, "controlchat"), (set.MaxPoolSize, set.Timeout, set.CommandTimeout, set.KeepAlive, set.ApplicationName));
        var given = new NpgsqlConnectionStringBuilder(PostgresLimits.Of("Host=h;Maximum Pool Size=7;Timeout=3;CommandTimeout=4;Keepalive=5;Application Name=mine"));
        Assert.Equal((7, 3, 4, 5, "mine"), (given.MaxPoolSize, given.Timeout, given.CommandTimeout, given.KeepAlive, given.ApplicationName));
    }

    [Fact]
    public void Statements_are_prepared_and_connections_keep_them_unless_the_connection_string_says_otherwise()
    {
        var set = new NpgsqlConnectionStringBuilder(PostgresLimits.Of("Host=h"));
        Assert.Equal((300, 2, true, 32768), (set.MaxAutoPrepare, set.AutoPrepareMinUsages, set.NoResetOnClose, set.ReadBufferSize));
        Assert.Contains("plan_cache_mode=auto", set.Options, StringComparison.Ordinal);
        // As a pooler in between may need it.
        var given = new NpgsqlConnectionStringBuilder(PostgresLimits.Of("Host=h;Max Auto Prepare=0;No Reset On Close=false;Read Buffer Size=8192"));
        Assert.Equal((0, false, 8192), (given.MaxAutoPrepare, given.NoResetOnClose, given.ReadBufferSize));
    }

    [Fact]
    public void A_writer_may_rest_for_5_s_unless_the_connection_string_names_its_own_limit()
    {
        Assert.Equal("5000", LastRest("Host=h"));
        Assert.Equal("9000", LastRest("Host=h;Options=-c idle_in_transaction_session_timeout=9000"));
    }

    [Fact]
    public void The_connection_that_holds_the_database_may_rest_whatever_the_connection_string_names() =>
        Assert.Equal("0", new NpgsqlConnectionStringBuilder(PostgresLimits.ForHold(PostgresLimits.Of("Host=h;Options=-c idle_session_timeout=60000"))).Options!.Split("idle_session_timeout=")[^1].Split(' ')[0]);

    // The last one of an option counts.
    private static string LastRest(string connectionString) =>
        new NpgsqlConnectionStringBuilder(PostgresLimits.ForWriters(PostgresLimits.Of(connectionString))).Options!
            .Split("idle_in_transaction_session_timeout=")[^1].Split(' ')[0];
}
