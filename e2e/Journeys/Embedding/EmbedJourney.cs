using System.Text.Json.Nodes;
using ControlChat.Faults.Embedding;
using ControlChat.Harness;
using ControlChat.Journeys.Browsing;
using Microsoft.Playwright;
using Xunit;
using static Microsoft.Playwright.Assertions;

namespace ControlChat.Journeys.Embedding;

/// <summary>A session inside the page of another application, as the sample parent does it.</summary>
public sealed class EmbedJourney(Browser browser)
{
    internal const int Limit = 180_000;
    private static readonly string[] _all = ["transcript", "logs", "screenshot", "metrics", "control"];

    [Fact(Timeout = Limit)]
    public async Task An_application_shows_a_session_asks_about_it_types_into_it_and_ends_it()
    {
        await using var bed = await EmbedBed.StartAsync(_all);
        bed.Print("\e[1;32mdesk\e[0m$ echo hello\r\nhello\r\n");
        await VisitAsync(bed, async visit =>
        {
            visit.Expect("another origin: (http|ws)://127");
            var page = visit.Page;
            var frame = page.FrameLocator("iframe");
            await page.GotoAsync(bed.Parent.Link);
            await Expect(page.Locator("[data-state]")).ToHaveTextAsync("running");
            await Expect(frame.Locator(".xterm-rows")).ToContainTextAsync("desk$ echo hello");
            await Expect(frame.GetByText("You are watching.")).ToBeVisibleAsync();
            await AskEverythingAsync(page);
            await visit.ShotsAsync("embed-view");
            await TypeAsync(bed, page, frame);
            await visit.ShotsAsync("embed-control");
            await EndAsync(bed, page, frame);
            Assert.Empty(await visit.Context.CookiesAsync([bed.Hub.Url]));
            Assert.DoesNotContain(page.Frames, f => f.Url.Contains("ticket", StringComparison.Ordinal));
        });
    }

    [Fact(Timeout = Limit)]
    public async Task A_ticket_opens_once_and_a_key_that_is_over_is_followed_by_the_next()
    {
        await using var bed = await EmbedBed.StartAsync(_all);
        bed.Print("before\r\n");
        await VisitAsync(bed, async visit =>
        {
            visit.Expect("the server responded with a status of 401");
            var parent = await ParentPage.OpenAsync(visit, bed);
            Assert.Equal("start", (await parent.HeardAsync("ticket-needed"))["reason"]!.GetValue<string>());
            Assert.Equal("no_session", await parent.CodeAsync("request-status"));
            var ticket = await parent.TicketAsync();
            Assert.Null(await parent.CodeAsync("init-session", new JsonObject { ["ticket"] = ticket }));
            Assert.Equal("ticket_invalid", await parent.CodeAsync("init-session", new JsonObject { ["ticket"] = ticket }));
            await Expect(parent.Frame.Locator(".xterm-rows")).ToContainTextAsync("before");

            await bed.ExpireKeysAsync();
            await parent.AskAsync("request-status");
            await parent.HeardAsync("ticket-needed", "expired");
            Assert.Equal("no_session", await parent.CodeAsync("request-screenshot"));
            bed.Print("meanwhile\r\n");
            await parent.SignInAsync();
            await Expect(parent.Frame.Locator(".xterm-rows")).ToContainTextAsync("meanwhile");
            Assert.Equal(1, await CountAsync(parent, "before"));
            Assert.Equal("running", (await parent.AskAsync("request-status"))["session"]!["state"]!.GetValue<string>());
        });
    }

    [Fact(Timeout = Limit)]
    public async Task A_ticket_behind_the_address_signs_in_and_is_taken_out_of_it()
    {
        await using var bed = await EmbedBed.StartAsync(_all);
        bed.Print("by address\r\n");
        await VisitAsync(bed, async visit =>
        {
            var parent = await ParentPage.OpenAsync(visit, bed);
            await parent.OpenWithAsync(await parent.TicketAsync());
            await parent.HeardAsync("session-started");
            await Expect(parent.Frame.Locator(".xterm-rows")).ToContainTextAsync("by address");
            var frame = visit.Page.Frames.Single(f => f != visit.Page.MainFrame);
            Assert.Equal(bed.EmbedUrl, await frame.EvaluateAsync<string>("location.href"));
        });
    }

    [Fact(Timeout = Limit)]
    public async Task Nothing_depends_on_cookies_of_the_hub_and_none_is_sent()
    {
        await using var bed = await EmbedBed.StartAsync(_all);
        await VisitAsync(bed, async visit =>
        {
            // Signed in to the hub in the same browser, whose third-party cookies are blocked on top of what SameSite says.
            await visit.Page.GotoAsync((await bed.Hub.CreateSignInLinkAsync()).ToString());
            Assert.NotEmpty(await visit.Context.CookiesAsync([bed.Hub.Url]));
            await visit.Page.GotoAsync("about:blank");
            var tools = await visit.Context.NewCDPSessionAsync(visit.Page);
            await tools.SendAsync("Network.enable");
            await tools.SendAsync("Network.setCookieControls", new() { ["enableThirdPartyCookieRestriction"] = true });
            var sent = new List<Task<Dictionary<string, string>>>();
            visit.Page.Request += (_, request) =>
            {
                if (request.Url.StartsWith(bed.Hub.Url, StringComparison.Ordinal)) sent.Add(request.AllHeadersAsync());
            };
            var parent = await ParentPage.OpenAsync(visit, bed);
            await parent.SignInAsync("control");
            Assert.Equal("running", (await parent.AskAsync("request-status"))["session"]!["state"]!.GetValue<string>());
            Assert.NotEmpty(sent);
            Assert.All(await Task.WhenAll(sent), headers => Assert.DoesNotContain("cookie", headers.Keys));
        });
    }

    [Fact(Timeout = Limit)]
    public async Task A_parent_gets_nothing_the_operator_did_not_allow()
    {
        await using var bed = await EmbedBed.StartAsync();
        await VisitAsync(bed, async visit =>
        {
            var parent = await ParentPage.OpenAsync(visit, bed);
            await parent.SignInAsync("control");
            Assert.Equal(["status"], (await parent.HeardAsync("welcome"))["capabilities"]!.AsArray().Select(c => c!.GetValue<string>()));
            foreach (var command in new[] { "request-transcript", "request-logs", "request-screenshot", "request-metrics", "end-session" })
                Assert.Equal((command, "not_allowed"), (command, await parent.CodeAsync(command)));
            Assert.Equal("unknown_command", await parent.CodeAsync("approve"));
            Assert.Equal("bad_request", await parent.CodeAsync("init-session", new JsonObject { ["ticket"] = "a b" }));
            Assert.Null(await parent.CodeAsync("ping"));
            Assert.Equal("running", (await parent.AskAsync("request-status"))["session"]!["state"]!.GetValue<string>());
        });
    }

    [Fact(Timeout = Limit)]
    public async Task Opened_by_itself_the_page_warns_and_shows_nothing()
    {
        await using var bed = await EmbedBed.StartAsync(_all);
        await VisitAsync(bed, async visit =>
        {
            visit.Expect("another origin: http://127");
            var asked = new List<string>();
            visit.Page.Request += (_, request) => asked.Add(request.Url);
            await visit.Page.GotoAsync($"{bed.EmbedUrl}?ticket=not-a-ticket");
            await Expect(visit.Page.Locator("[data-alone]").GetByText("Do not expose the console directly to the internet. Run it only behind an authenticated parent and a secure proxy.")).ToBeVisibleAsync();
            await Expect(visit.Page.GetByRole(AriaRole.Link, new() { Name = "Open the session in ControlChat" })).ToHaveAttributeAsync("href", $"/sessions/{bed.SessionId}");
            await Expect(visit.Page.Locator("[data-framed]")).ToBeHiddenAsync();
            Assert.Equal(bed.EmbedUrl, visit.Page.Url);
            Assert.DoesNotContain(asked, url => url.Contains("/api/", StringComparison.Ordinal));
            Assert.Empty(await visit.Context.CookiesAsync());
            await visit.ShotsAsync("embed-alone");
        });
    }

    private static async Task AskEverythingAsync(IPage page)
    {
        foreach (var (button, command, part) in new[]
        {
            ("Status", "request-status", "\"state\": \"running\""), ("Transcript", "request-transcript", "\"records\": ["), ("Logs", "request-logs", "\"lines\": ["),
            ("Metrics", "request-metrics", "\"frames\": "), ("Ping", "ping", "\"at\": "), ("Screenshot", "request-screenshot", "\"format\": \"png\""),
        })
        {
            await page.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync();
            await Expect(page.Locator($"[data-answer][data-of={command}]")).ToContainTextAsync(part);
        }
        Assert.True(await Soon.HoldsAsync(() => page.Locator("[data-picture]").EvaluateAsync<bool>("({ complete, naturalWidth }) => complete && naturalWidth > 0")));
        // The letters are in the picture: a terminal without them has one colour and a cursor.
        Assert.InRange(await page.EvaluateAsync<int>("""
            () => {
              const picture = document.querySelector('[data-picture]');
              const sheet = Object.assign(document.createElement('canvas'), { width: picture.naturalWidth, height: picture.naturalHeight }).getContext('2d');
              sheet.drawImage(picture, 0, 0);
              const { data } = sheet.getImageData(0, 0, picture.naturalWidth, 34);
              const colours = new Set();
              for (let at = 0; at < data.length; at += 4) colours.add(`${data[at]} ${data[at + 1]} ${data[at + 2]}`);
              return colours.size;
            }
            """), 10, int.MaxValue);
    }

    private static async Task TypeAsync(EmbedBed bed, IPage page, IFrameLocator frame)
    {
        await Expect(frame.GetByRole(AriaRole.Button, new() { Name = "Take control" })).ToBeHiddenAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in to control" }).ClickAsync();
        await frame.GetByRole(AriaRole.Button, new() { Name = "Take control" }).ClickAsync();
        await Expect(frame.GetByText("You are typing.")).ToBeVisibleAsync();
        await Expect(page.Locator("[data-event=operator-updated]").Last).ToContainTextAsync("\"yours\":true");
        await frame.Locator(".xterm-helper-textarea").PressSequentiallyAsync("ls");
        await frame.Locator(".xterm-helper-textarea").PressAsync("Enter");
        Assert.True(await Soon.HoldsAsync(() => Task.FromResult(bed.Typed == "ls\r")), bed.Typed);
        bed.Print("notes.md\r\n");
        await Expect(frame.Locator(".xterm-rows")).ToContainTextAsync("notes.md");
    }

    private static async Task EndAsync(EmbedBed bed, IPage page, IFrameLocator frame)
    {
        await page.GetByRole(AriaRole.Button, new() { Name = "End session" }).ClickAsync();
        await Expect(page.Locator("[data-answer][data-of=end-session]")).ToContainTextAsync("\"ending\": true");
        bed.Finish("stopped");
        await Expect(page.Locator("[data-event=session-ended]")).ToContainTextAsync("stopped");
        await Expect(frame.Locator(".envelope [role=status]")).ToHaveTextAsync("Ended");
    }

    private static Task<int> CountAsync(ParentPage parent, string text) =>
        parent.Frame.Locator(".xterm-rows").EvaluateAsync<int>("(rows, text) => rows.textContent.split(text).length - 1", text);

    private Task VisitAsync(EmbedBed bed, Func<Visit, Task> steps) => browser.VisitAsync(EmbedSite.Of(bed), steps, new VisitOptions { SignIn = false });
}
