using System.Text;
using ControlChat.Core.Settings;
using ControlChat.Core.Webhooks;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace ControlChat.Tests.Core.Settings;

public sealed class WebhookSettingsTests
{
    private const string Good = """{"Webhooks": {"Endpoints": [{"Name": "siem", "Url": "https://siem.example/in", "Events": ["tool.applied", "*"]}]}}""";

    [Fact]
    public void An_endpoint_with_its_secret_is_one()
    {
        var loaded = Load(Good, "of the test");
        var endpoint = Assert.Single(WebhookEndpoints.Of(loaded.Options.Webhooks, loaded.Secrets).All);
        Assert.Equal(("siem", "https://siem.example/in", "of the test"), (endpoint.Name, endpoint.Url.ToString(), endpoint.Secret));
        Assert.True(endpoint.Wants("session.panic"));
        WebhookEvents.Check(loaded.Options.Webhooks);
    }

    [Fact]
    public void Without_its_secret_the_hub_does_not_start() =>
        Assert.Equal(["Webhooks:Endpoints:0:Secret is not set; set the environment variable Webhooks__Endpoints__0__Secret, such as from: openssl rand -base64 32."], Faults(Good, null));

    [Theory]
    [InlineData("http://siem.example/in", false)]
    [InlineData("http://siem.example/in", true)]
    [InlineData("http://127.0.0.1/in", false)]
    [InlineData("https://127.0.0.1/in", false)]
    [InlineData("https://localhost/in", false)]
    public void Plain_http_and_this_machine_are_refused(string url, bool allowPrivate) =>
        Assert.StartsWith("Webhooks:Endpoints:0:Url ", Assert.Single(Faults($$"""{"Webhooks": {"AllowPrivate": {{(allowPrivate ? "true" : "false")}}, "Endpoints": [{"Name": "siem", "Url": "{{url}}"}]} }""", "of the test")), StringComparison.Ordinal);

    [Theory]
    [InlineData("http://127.0.0.1:5000/in")]
    [InlineData("https://localhost/in")]
    [InlineData("https://10.0.0.7/in")]
    public void Where_private_ones_are_allowed_this_machine_may_be_told_over_http(string url) =>
        Assert.Equal(url, Load($$"""{"Webhooks": {"AllowPrivate": true, "Endpoints": [{"Name": "siem", "Url": "{{url}}"}]} }""", "of the test").Options.Webhooks.Endpoints[0].Url);

    [Fact]
    public void Two_of_one_name_are_refused() => Assert.Contains(
        "Webhooks:Endpoints:1:Name 'siem' is there twice; give each endpoint a name of its own.",
        Faults("""{"Webhooks": {"Endpoints": [{"Name": "siem", "Url": "https://a.example"}, {"Name": "siem", "Url": "https://b.example"}]}}""", "of the test"));

    [Fact]
    public void An_event_that_does_not_exist_is_refused_with_the_one_that_was_meant()
    {
        var loaded = Load("""{"Webhooks": {"Endpoints": [{"Name": "siem", "Url": "https://siem.example", "Events": ["session.panick", "approval.expired"]}]}}""", "of the test");
        Assert.Equal("Webhooks:Endpoints:0:Events has 'session.panick', which is no event; did you mean 'session.panic'?", Assert.Single(Assert.Throws<SettingsException>(() => WebhookEvents.Check(loaded.Options.Webhooks)).Faults));
    }

    private static IReadOnlyList<string> Faults(string json, string? secret) => Assert.Throws<SettingsException>(() => Load(json, secret)).Faults;

    private static LoadedSettings Load(string json, string? secret)
    {
        using var file = new MemoryStream(Encoding.UTF8.GetBytes(json));
        var builder = new ConfigurationBuilder().AddJsonStream(file);
        // Where the environment stands in the product: after the file, and no file itself.
        if (secret is not null) builder.AddInMemoryCollection(new Dictionary<string, string?> { ["Webhooks:Endpoints:0:Secret"] = secret });
        return HubConfiguration.Load(builder.Build(), "/start", name => name == "HOME" ? "/people/ada" : null);
    }
}
