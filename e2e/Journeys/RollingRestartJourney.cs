using System.Diagnostics;
using ControlChat.Harness;
using ControlChat.Journeys.Browsing;
using ControlChat.ScriptedModel;
using Microsoft.Playwright;
using Npgsql;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace ControlChat.Journeys;

/// <summary>One node after the other is stopped and started again, under a page that is open on the first and an answer that is growing.</summary>
public sealed class RollingRestartJourney(Browser browser)
{
    private const string Half = "The first half, ";
    private const string Whole = "The first half, the second half.";
    private static readonly TimeSpan _long = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("web", "worker")]
    [InlineData("all", "all")]
    public async Task The_page_comes_back_by_itself_and_the_answer_is_there_once(string first, string second)
    {
        await using var model = await ScriptedModelServer.StartAsync();
        var rest = new TaskCompletionSource();
        model.Handler = _ => Reply.Of(new Step.Text(Half), new Step.WaitFor(rest.Task), new Step.Text(Whole[Half.Length..]));
        await using var nodes = await HubNodes.MakeAsync(("Model:Provider", "openai"), ("Model:Endpoint", model.Url), ("Model:Name", "scripted"), ("OPENAI_API_KEY", "none"));
        var one = await nodes.StartAsync(first);
        var two = await nodes.StartAsync(second, printsLink: false);
        await browser.VisitAsync(one, async visit =>
        {
            visit.Expect("^503 |status of 503|WebSocket|Failed to fetch|ERR_CONNECTION|net::|Connection disconnected|negotiat|Connection closed");
            var page = visit.Page;
            await SayAsync(page, "tell me");
            await Expect(Answers(page, Half.Trim())).ToHaveCountAsync(1, new() { Timeout = 30_000 });
            await Composer(page).FillAsync("half a thought");
            var address = page.Url;

            // Not held up by the page that comes back at once.
            var since = Stopwatch.GetTimestamp();
            Assert.Equal(0, await one.StopAsync());
            Assert.InRange(Stopwatch.GetElapsedTime(since), TimeSpan.Zero, TimeSpan.FromSeconds(25));
            await Expect(page.Locator("#components-reconnect-modal")).ToBeVisibleAsync();
            rest.SetResult();
            Assert.True(await Soon.HoldsAsync(async () => await StatusAsync(nodes) == "completed", _long), two.Tail());
            await one.StartAgainAsync();
            await BackAsync(visit, address, "half a thought");
            await Expect(Answers(page, Whole)).ToHaveCountAsync(1);

            // Then the other one; the page does not notice.
            Assert.Equal(0, await two.StopAsync());
            await two.StartAgainAsync();
            await SayAsync(page, "and again");
            await Expect(Answers(page, Whole)).ToHaveCountAsync(2, new() { Timeout = 30_000 });
            await Expect(page.Locator("#components-reconnect-modal")).ToBeHiddenAsync();
            await Expect(page.Locator(".msg.me")).ToHaveCountAsync(2);
            var (code, output, errors) = await one.RunAsync("audit", "verify");
            Assert.True(code == 0, output + errors);
        });
        Assert.Empty(two.Broken());
    }

    private static async Task BackAsync(Visit visit, string address, string draft)
    {
        await Expect(visit.Page.Locator("#components-reconnect-modal")).ToBeHiddenAsync(new() { Timeout = 30_000 });
        await visit.ReadyAsync();
        Assert.Equal(address, visit.Page.Url);
        await Expect(Composer(visit.Page)).ToHaveValueAsync(draft);
    }

    private static ILocator Answers(IPage page, string text) => page.Locator("article.msg:not(.me)", new() { HasTextString = text });

    private static ILocator Composer(IPage page) => page.Locator("main").GetByRole(AriaRole.Textbox, new() { Name = "Message" });

    private static async Task SayAsync(IPage page, string text)
    {
        await Composer(page).FillAsync(text);
        await Composer(page).PressAsync("Enter");
        await Expect(page.Locator(".msg.me:not(.unsent) .prose", new() { HasTextString = text }).Last).ToBeVisibleAsync();
    }

    private static async Task<string?> StatusAsync(HubNodes nodes)
    {
        await using var connection = new NpgsqlConnection(nodes.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("select status from runs order by n limit 1", connection);
        return (string?)await command.ExecuteScalarAsync();
    }
}
