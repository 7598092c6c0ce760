using ControlChat.App.SignIn;
using Xunit;

namespace ControlChat.Tests.App.SignIn;

public sealed class ReturnPathTests
{
    [Theory]
    [InlineData("/audit")]
    [InlineData("/audit?tool=x#a")]
    [InlineData("/c/conv_1")]
    [InlineData("/signinx")]
    public void A_page_of_this_hub_is_a_way_back(string path) => Assert.Equal(path, ReturnPath.Of(path));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("audit")]
    [InlineData("//evil.example")]
    [InlineData("///evil.example")]
    [InlineData("/\\evil.example")]
    [InlineData("/a\\b")]
    [InlineData("/\tevil")]
    [InlineData("/\r\nSet-Cookie: a=b")]
    [InlineData("https://evil.example/")]
    [InlineData("javascript:alert(1)")]
    [InlineData(" /audit")]
    [InlineData("/signin")]
    [InlineData("/SignIn?returnUrl=/x")]
    [InlineData("/login?t=x")]
    [InlineData("/logout")]
    [InlineData("/set-password?t=x")]
    [InlineData("/api/v1/me")]
    [InlineData("/ü")]
    public void Anything_else_leads_home(string? path) => Assert.Equal("/", ReturnPath.Of(path));

    [Fact]
    public void An_endless_path_leads_home() => Assert.Equal("/", ReturnPath.Of("/" + new string('a', 3000)));
}
