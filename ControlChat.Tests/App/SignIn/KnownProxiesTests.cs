using System.Net;
using ControlChat.App.SignIn;
using ControlChat.Tests.Core.Settings;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace ControlChat.Tests.App.SignIn;

/// <summary>Where a request comes from: no further than the operator's own proxies vouch for it.</summary>
public sealed class KnownProxiesTests
{
    private readonly KnownProxies _proxies = new(HubConfigurationTests.Load("""{"SignIn": {"Proxy": {"KnownProxies": ["10.1.0.0/16", "2001:db8:f::1"]}}}"""));

    [Theory]
    [InlineData("203.0.113.9", "198.51.100.7", "203.0.113.9")]
    [InlineData("10.1.0.1", "198.51.100.7", "198.51.100.7")]
    [InlineData("10.1.0.1", "192.0.2.1, 198.51.100.7", "198.51.100.7")]
    [InlineData("10.1.0.1", "192.0.2.1, 198.51.100.7, 10.1.0.2", "198.51.100.7")]
    [InlineData("10.1.0.1", "198.51.100.7, 2001:db8:f::1, ::ffff:10.1.0.2", "198.51.100.7")]
    [InlineData("10.1.0.1", "10.1.0.3, 10.1.0.2", "10.1.0.3")]
    [InlineData("10.1.0.1", "198.51.100.7, nonsense", "10.1.0.1")]
    [InlineData("10.1.0.1", "198.51.100.7, nonsense, 10.1.0.2", "10.1.0.2")]
    [InlineData("10.1.0.1", "", "10.1.0.1")]
    [InlineData("::ffff:10.1.0.1", "198.51.100.7", "198.51.100.7")]
    public void The_client_is_the_first_from_the_right_that_is_no_known_proxy(string peer, string forwarded, string client) =>
        Assert.Equal(client, _proxies.AddressOf(From(peer, forwarded)));

    [Theory]
    [InlineData("203.0.113.9", "203.0.113.9")]
    [InlineData("::ffff:203.0.113.9", "203.0.113.9")]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2::/64")]
    [InlineData("2001:db8:1:2:ffff::7", "2001:db8:1:2::/64")]
    [InlineData("2001:db8:1:3::1", "2001:db8:1:3::/64")]
    public void An_ip_v6_client_counts_with_its_whole_network(string peer, string network) => Assert.Equal(network, _proxies.NetworkOf(From(peer, "192.0.2.1")));

    private static DefaultHttpContext From(string peer, string forwarded)
    {
        var context = new DefaultHttpContext();
        context.Connection.RemoteIpAddress = IPAddress.Parse(peer);
        context.Request.Headers["X-Forwarded-For"] = forwarded;
        return context;
    }
}
