using Xunit;

namespace ControlChat.Journeys;

public sealed class SkeletonJourney
{
    [Fact]
    public async Task The_app_starts_on_a_free_port_and_serves_the_circuit_script()
    {
        await using var app = ControlChat.App.ControlChatApp.Create(["--urls", "http://127.0.0.1:0"]);
        await app.StartAsync();
        using var client = new HttpClient();
        var script = await client.GetByteArrayAsync(new Uri(app.Url + "/_framework/blazor.web.js"));
        Assert.True(script.Length > 100_000, $"blazor.web.js has {script.Length} bytes");
    }
}
