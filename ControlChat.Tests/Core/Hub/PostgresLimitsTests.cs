using ControlChat.Core.Hub.Postgres;
using Npgsql;
using Xunit;

namespace ControlChat.Tests.Core.Hub;

public sealed class PostgresLimitsTests
{
    [Fact]
    public void What_a_connection_string_does_not_name_is_set_here()
    {
        var limited = new NpgsqlConnectionStringBuilder(PostgresLimits.Of("Host=db;Username=hub"));
        Assert.Equal((10, 20, 32, "controlchat", 30), (limited.Timeout, limited.CommandTimeout, limited.MaxPoolSize, limited.ApplicationName, limited.KeepAlive));
        Assert.Equal(2, new NpgsqlConnectionStringBuilder(PostgresLimits.ForWriters(limited.ConnectionString)).MaxPoolSize);
    }

    [Fact]
    public void What_it_names_stays()
    {
        var limited = new NpgsqlConnectionStringBuilder(PostgresLimits.Of("Host=db;Timeout=3;Command Timeout=4;Maximum Pool Size=5;Application Name=mine;Keepalive=6;Options=-c geqo=off"));
        Assert.Equal((3, 4, 5, "mine", 6), (limited.Timeout, limited.CommandTimeout, limited.MaxPoolSize, limited.ApplicationName, limited.KeepAlive));
        Assert.EndsWith(" -c geqo=off", limited.Options, StringComparison.Ordinal);
    }
}
