using ControlChat.App.Api;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace ControlChat.Tests.App.Api;

public sealed class BrowserZoneTests
{
    [Theory]
    [InlineData("Europe/Zurich", "Europe/Zurich")]
    [InlineData("America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires")]
    [InlineData("Etc/GMT+1", "Etc/GMT+1")]
    [InlineData("UTC", "UTC")]
    [InlineData("../../etc/passwd", null)]
    [InlineData("Europe/../../../etc/passwd", null)]
    [InlineData("/etc/localtime", null)]
    [InlineData("Europe/", null)]
    [InlineData("Europe%2F..%2F..", null)]
    [InlineData("a b", null)]
    [InlineData("", null)]
    public void The_zone_of_a_browser_is_a_name_and_no_way_to_a_file(string cookie, string? zone)
    {
        var context = new DefaultHttpContext();
        context.Request.Headers.Cookie = $"{BrowserZone.Cookie}={cookie}";
        Assert.Equal(zone, BrowserZone.Of(context.Request));
    }

    [Fact]
    public void A_name_longer_than_any_zone_is_none()
    {
        var context = new DefaultHttpContext();
        context.Request.Headers.Cookie = $"{BrowserZone.Cookie}={new string('a', 65)}";
        Assert.Null(BrowserZone.Of(context.Request));
    }
}
