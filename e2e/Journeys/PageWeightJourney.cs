using System.Text.Json;
using ControlChat.Harness;
using ControlChat.Journeys.Browsing;
using Xunit;

namespace ControlChat.Journeys;

/// <summary>What the first page of a new browser weighs on the wire (P10). A built app compresses with gzip, a published one better.</summary>
public sealed class PageWeightJourney(Browser browser)
{
    private const double Most = 400 * 1024;

    [Fact]
    public async Task The_first_load_of_ask_is_within_its_weight()
    {
        await using var hub = await HubProcess.StartAsync(new Dictionary<string, string> { ["Hub:Kind"] = "lite" });
        await browser.VisitAsync(hub, async visit =>
        {
            var tools = await visit.Context.NewCDPSessionAsync(visit.Page);
            var (names, weights) = (new Dictionary<string, string>(), new List<(string Url, double Bytes)>());
            tools.Event("Network.responseReceived").OnEvent += (_, e) => names[Text(e, "requestId")] = e!.Value.GetProperty("response").GetProperty("url").GetString()!;
            tools.Event("Network.loadingFinished").OnEvent += (_, e) => weights.Add((names.GetValueOrDefault(Text(e, "requestId"), "?"), e!.Value.GetProperty("encodedDataLength").GetDouble()));
            await tools.SendAsync("Network.enable");
            await visit.SignInAsync();
            await visit.Page.WaitForLoadStateAsync();
            var said = string.Join('\n', weights.OrderByDescending(w => w.Bytes).Select(w => $"{w.Bytes / 1024,7:0.0} KB {w.Url}"));
            // The page, its styles and the circuit's script were heard of: what weighs nothing was not measured.
            Assert.True(weights.Count > 8 && weights.Any(w => w.Url.Contains("blazor.web", StringComparison.Ordinal)), said);
            var total = weights.Sum(w => w.Bytes);
            Assert.True(total <= Most, $"{total / 1024:0} KB, at most {Most / 1024:0}:\n{said}");
            Assert.DoesNotContain("xterm", said, StringComparison.OrdinalIgnoreCase);
            TestContext.Current.SendDiagnosticMessage($"{total / 1024:0} KB\n{said}");
        }, new VisitOptions(SignIn: false));
    }

    private static string Text(JsonElement? e, string name) => e!.Value.GetProperty(name).GetString()!;
}
