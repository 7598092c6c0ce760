using ControlChat.Faults.Embedding;
using ControlChat.Harness;
using ControlChat.Journeys.Browsing;
using Microsoft.Playwright;
using Xunit;

namespace ControlChat.Journeys.Embedding;

/// <summary>Pages around, beside and behind the frame that want what is not theirs.</summary>
public sealed class HostileEmbedJourney(Browser browser)
{
    private static readonly string[] _all = ["transcript", "logs", "screenshot", "metrics", "control"];

    [Fact(Timeout = EmbedJourney.Limit)]
    public async Task A_parent_that_is_not_listed_can_frame_nothing_and_hears_nothing()
    {
        await using var bed = await EmbedBed.StartAsync(_all);
        await using var stranger = await StrangerServer.StartAsync();
        await VisitAsync(bed, async visit =>
        {
            visit.Expect("another origin|frame-ancestors|X-Frame-Options|Failed to load resource|ERR_BLOCKED_BY_RESPONSE");
            await visit.Page.GotoAsync(stranger.Url);
            foreach (var path in new[] { $"/embed/sessions/{bed.SessionId}", $"/sessions/{bed.SessionId}", "/signin", "/approvals", "/embed/approvals" })
            {
                await visit.Page.EvaluateAsync("(src) => document.body.replaceChildren(Object.assign(document.createElement('iframe'), { src }))", bed.Hub.Url + path);
                Assert.True(await Soon.HoldsAsync(() => Task.FromResult(visit.Page.Frames.Any(f => f.Url.StartsWith("chrome-error:", StringComparison.Ordinal)))), $"{path} was framed");
            }
            Assert.Equal(0, await visit.Page.EvaluateAsync<int>("heard.length"));
        });
    }

    [Fact(Timeout = EmbedJourney.Limit)]
    public async Task A_page_that_opens_the_frames_page_in_a_window_hears_nothing()
    {
        await using var bed = await EmbedBed.StartAsync(_all);
        await using var stranger = await StrangerServer.StartAsync();
        await VisitAsync(bed, async visit =>
        {
            visit.Expect("another origin");
            await visit.Page.GotoAsync(stranger.Url);
            var opened = await visit.Page.RunAndWaitForPopupAsync(() => visit.Page.EvaluateAsync("(url) => { window.opened = open(url); }", bed.EmbedUrl));
            await opened.Locator("[data-alone]").WaitForAsync();
            await visit.Page.EvaluateAsync("opened.postMessage({ v: 1, source: 'controlchat', type: 'hello', nonce: '' }, '*')");
            Assert.Equal(0, await visit.Page.EvaluateAsync<int>("heard.length"));
        });
    }

    [Fact(Timeout = EmbedJourney.Limit)]
    public async Task A_window_beside_the_frame_gets_nothing_though_it_is_of_the_right_origin_and_knows_the_nonce()
    {
        await using var bed = await EmbedBed.StartAsync(_all);
        await VisitAsync(bed, async visit =>
        {
            var parent = await ParentPage.OpenAsync(visit, bed);
            await parent.SignInAsync("control");
            await visit.Page.EvaluateAsync("document.body.append(Object.assign(document.createElement('iframe'), { name: 'beside' }))");
            await SendAllAsync(visit.Page.Frames.Single(f => f.Name == "beside"), "parent.frames[0]", await parent.NonceAsync());
            await HeldAsync(bed, parent, "source");
        });
    }

    [Fact(Timeout = EmbedJourney.Limit)]
    public async Task A_window_of_another_origin_gets_nothing_though_it_knows_the_nonce()
    {
        await using var bed = await EmbedBed.StartAsync(_all);
        await using var stranger = await StrangerServer.StartAsync();
        await VisitAsync(bed, async visit =>
        {
            var parent = await ParentPage.OpenAsync(visit, bed);
            visit.Expect("another origin: http://stranger");
            await parent.SignInAsync("control");
            var opened = await visit.Page.RunAndWaitForPopupAsync(() => visit.Page.EvaluateAsync("(url) => { open(url); }", stranger.Url));
            await opened.WaitForLoadStateAsync();
            await SendAllAsync(opened.MainFrame, "opener.frames[0]", await parent.NonceAsync());
            Assert.Equal(0, await opened.EvaluateAsync<int>("heard.length"));
            await HeldAsync(bed, parent, "source");
        });
    }

    [Fact(Timeout = EmbedJourney.Limit)]
    public async Task The_parent_itself_is_held_to_the_nonce_to_fresh_ids_and_to_the_form()
    {
        await using var bed = await EmbedBed.StartAsync(_all);
        await VisitAsync(bed, async visit =>
        {
            var parent = await ParentPage.OpenAsync(visit, bed);
            await parent.SignInAsync("control");
            var told = (await parent.ToldAsync()).Count;
            await visit.Page.EvaluateAsync("""
                ([nonce]) => {
                  const send = (more) => frames[0].postMessage({ v: 1, source: 'controlchat', type: 'end-session', nonce, id: 1000, ...more }, '*');
                  send({ nonce: nonce.slice(1) });
                  send({ nonce: '' });
                  send({ id: 1 });
                  send({ id: undefined });
                  send({ v: 2 });
                  send({ type: 'x'.repeat(70000) });
                  send({ data: new Map() });
                  send({ more: 1 });
                }
                """, new[] { await parent.NonceAsync() });
            foreach (var (reason, count) in new[] { ("nonce", 2), ("replay", 2), ("version", 1), ("size", 1), ("shape", 2) }) Assert.Equal((reason, count), (reason, await parent.IgnoredAsync(reason)));
            Assert.Equal(told, (await parent.ToldAsync()).Count);
            Assert.Equal("running", (await parent.AskAsync("request-status"))["session"]!["state"]!.GetValue<string>());
        });
    }

    // The worst there is to ask for, and what would make a stranger the peer.
    private static async Task SendAllAsync(IFrame from, string target, string nonce) => await from.EvaluateAsync($$"""
        ([nonce]) => {
          window.heard ??= [];
          addEventListener('message', (event) => heard.push(event.data));
          let id = 5000;
          for (const type of ['hello', 'end-session', 'request-screenshot', 'request-transcript', 'init-session', 'ping'])
            {{target}}.postMessage({ v: 1, source: 'controlchat', type, nonce, id: ++id, data: {} }, '*');
        }
        """, new[] { nonce });

    private static async Task HeldAsync(EmbedBed bed, ParentPage parent, string reason)
    {
        Assert.True(await Soon.HoldsAsync(async () => await parent.IgnoredAsync(reason) == 6));
        foreach (var page in parent.Page.Context.Pages)
            foreach (var frame in page.Frames.Where(f => f != parent.Page.MainFrame && !f.Url.StartsWith(bed.Hub.Url, StringComparison.Ordinal))) Assert.Equal(0, await frame.EvaluateAsync<int>("heard.length"));
        Assert.Equal("running", (await parent.AskAsync("request-status"))["session"]!["state"]!.GetValue<string>());
    }

    private Task VisitAsync(EmbedBed bed, Func<Visit, Task> steps) => browser.VisitAsync(EmbedSite.Of(bed), steps, new VisitOptions { SignIn = false });
}
