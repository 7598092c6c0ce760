using ControlChat.Core.Settings;
using Xunit;

namespace ControlChat.Tests.Core.Settings;

/// <summary>Which ways in are open by default, and what does not go together.</summary>
public sealed class SignInSettingsTests
{
    [Fact]
    public void Links_are_the_way_into_an_embedded_hub_and_passwords_into_a_teams()
    {
        var sqlite = new HubOptions();
        var postgres = new HubOptions { Hub = new() { Store = "postgres" } };
        Assert.Equal((true, false), (sqlite.SignsInByLink(), sqlite.SignsInByPassword()));
        Assert.Equal((false, true), (postgres.SignsInByLink(), postgres.SignsInByPassword()));
        var proxy = new SignInSection { Proxy = new() { Enabled = true } };
        foreach (var behind in new[] { sqlite with { SignIn = proxy }, postgres with { SignIn = proxy } }) Assert.Equal((false, false), (behind.SignsInByLink(), behind.SignsInByPassword()));
    }

    [Fact]
    public void A_provider_is_read_with_its_lists_and_its_secret()
    {
        var loaded = HubConfigurationTests.Load(
            """{"SignIn": {"Providers": [{"Name": "Microsoft Entra ID", "Authority": "https://login.example/t/v2.0/", "ClientId": "hub", "RoleClaim": "roles", "AdminValues": ["a"], "MemberValues": ["m", "n"], "TrustEmail": true}]}}""",
            environment: new() { ["SignIn__Providers__0__ClientSecret"] = "s3cret-s3cret" });
        var provider = Assert.Single(loaded.Options.SignIn.Providers);
        Assert.Equal(("https://login.example/t/v2.0", "roles", true), (provider.Authority, provider.RoleClaim, provider.TrustEmail));
        Assert.Equal(["m", "n"], provider.MemberValues);
        Assert.Equal("s3cret-s3cret", loaded.Secrets.Find("SignIn:Providers:0:ClientSecret"));
    }

    [Theory]
    [InlineData("https://hub.example/controlchat")]
    [InlineData("https://hub.example/?x=y")]
    public void The_public_address_has_no_path_because_the_pages_are_at_its_root(string address) => Assert.Contains(
        $"Hub:PublicUrl is '{address}'; use an origin such as 'https://desk.example' (scheme, host and port only).",
        Assert.Throws<SettingsException>(() => HubConfigurationTests.Load($$"""{"Hub": {"PublicUrl": "{{address}}"} }""")).Faults);

    // What a request names is compared with it: to the sign-in at a provider, which otherwise would lead to itself for ever.
    [Theory]
    [InlineData("HTTPS://Hub.Example:443/", "https://hub.example")]
    [InlineData("https://hub.example:8443", "https://hub.example:8443")]
    public void The_public_address_is_read_as_browsers_write_it(string written, string read) =>
        Assert.Equal(read, HubConfigurationTests.Load($$"""{"Hub": {"PublicUrl": "{{written}}"} }""").Options.Hub.PublicUrl);

    [Theory]
    [InlineData("SignIn__Providers__1__", "SignIn__Providers__2__", "1, 2")]
    [InlineData("SignIn__Providers__0__", "SignIn__Providers__2__", "0, 2")]
    [InlineData("SignIn__Providers__0__", "SignIn__Providers__01__", "0, 01")]
    public void A_gap_between_providers_is_refused_because_it_would_give_one_the_secret_of_another(string one, string two, string numbers)
    {
        var environment = new Dictionary<string, string>();
        foreach (var (at, name) in new[] { (one, "One"), (two, "Two") })
            foreach (var (field, value) in new[] { ("Name", name), ("Authority", $"https://{name}.example"), ("ClientId", "hub"), ("ClientSecret", $"the-secret-of-{name}") }) environment[at + field] = value;
        Assert.Contains(
            $"SignIn:Providers has entries with the numbers {numbers}; number them 0, 1, 2 and so on without a gap.",
            Assert.Throws<SettingsException>(() => HubConfigurationTests.Load("{}", environment: environment)).Faults);
    }

    [Theory]
    [InlineData("""{"Providers": [{"Name": "x"}]}""", "SignIn:Providers:0 needs a Name, an Authority and a ClientId.")]
    [InlineData("""{"Providers": [{"Name": "x", "Authority": "http://idp.example", "ClientId": "c"}]}""", "SignIn:Providers:0:Authority is 'http://idp.example'; use https (http is for this machine only).")]
    [InlineData("""{"Providers": [{"Name": "x y", "Authority": "https://a", "ClientId": "c"}, {"Name": "X-Y", "Authority": "https://b", "ClientId": "c"}]}""", "SignIn:Providers:1:Name is 'X-Y', too like another provider's; use a name of its own.")]
    [InlineData("""{"Providers": [{"Name": "x", "Authority": "https://a", "ClientId": "c", "AdminValues": ["a"]}]}""", "SignIn:Providers:0:RoleClaim is not set while AdminValues or MemberValues are; name the claim they stand in.")]
    [InlineData("""{"Providers": [{"Name": "x", "Authority": "https://a", "ClientId": "c", "ClientSecret": "s"}]}""", "SignIn:Providers:0:ClientSecret is a secret and stands in the file; take it out and set the environment variable SignIn__Providers__0__ClientSecret.")]
    [InlineData("""{"Proxy": {"Enabled": true}}""", "SignIn:Proxy:KnownProxies is empty while SignIn:Proxy:Enabled is true; name the proxy's address or network.")]
    [InlineData("""{"Proxy": {"Enabled": true}}""", "SignIn:Proxy:Secret is not set or too short; SignIn:Proxy:Enabled needs it; set the environment variable SignIn__Proxy__Secret to at least 16 characters.")]
    [InlineData("""{"Proxy": {"KnownProxies": ["the proxy"]}}""", "SignIn:Proxy:KnownProxies:0 is 'the proxy'; use an IP address or a network such as '10.1.0.0/16'.")]
    [InlineData("""{"Proxy": {"UserHeader": "X User"}}""", "SignIn:Proxy:UserHeader is 'X User'; use the name of a header.")]
    [InlineData("""{"Proxy": {"Enabled": true, "UserHeader": "x-forwarded-email"}}""", "SignIn:Proxy has one header for two things; use a header of its own for each.")]
    [InlineData("""{"Link": true, "Proxy": {"Enabled": true}}""", "SignIn:Link is true while SignIn:Proxy:Enabled is true; use false.")]
    [InlineData("""{"Password": true, "Proxy": {"Enabled": true}}""", "SignIn:Password is true while SignIn:Proxy:Enabled is true; use false.")]
    [InlineData("""{"Proxy": {"Secret": "x"}}""", "SignIn:Proxy:Secret is a secret and stands in the file; take it out and set the environment variable SignIn__Proxy__Secret.")]
    public void What_cannot_be_is_refused_in_one_line(string signIn, string fault) =>
        Assert.Contains(fault, Assert.Throws<SettingsException>(() => HubConfigurationTests.Load($$"""{"SignIn": {{signIn}}}""")).Faults);
}
