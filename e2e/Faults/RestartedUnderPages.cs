using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using ControlChat.Harness;
using Microsoft.Playwright;

namespace ControlChat.Faults;

/// <summary>F18: the hub ends under open pages, politely or not, and is started again. Nobody touches the browser.</summary>
public sealed class RestartedUnderPages : Fault
{
    private const float MostMilliseconds = 10_000;

    // The goal is for a machine of its own: the short form runs beside other tests.
    private const float MostBesideOthers = 60_000;

    // A page that was loaded anew has lost the mark; one whose circuit lives says that it is ready.
    private const string IsBack = """
        ([address, draft]) => window.marked === undefined && location.pathname === address && !!document.querySelector('[data-ready]')
          && !document.querySelector('#components-reconnect-modal').open
          && (draft === null || [...document.querySelectorAll('main textarea')].some((field) => field.value === draft))
        """;

    public override string Id => "F18";

    public override string Title => "the hub is restarted under five open pages (a trial is one restart): all are back at their address with their draft within 10 s, nobody reloads";

    public override int Trials => 20;

    public override int ShortTrials => 2;

    public override async Task RunAsync(FaultRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        await using var bed = await Bed.MakeAsync();
        var conversation = (await bed.Person.PostAsync("/api/v1/conversations", new JsonObject())).Field("id")!;
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Chromium.Find(), Args = Chromium.Arguments });
        await using var context = await browser.NewContextAsync();
        await context.AddCookiesAsync(bed.Person.Cookies.GetAllCookies().Select(c => new Cookie { Name = c.Name, Value = c.Value, Url = bed.Hub.Url }));
        var pages = new List<OpenPage>();
        foreach (var (address, drafts) in ((string, bool)[])[($"/c/{conversation}", true), ("/ask", true), ("/workspaces", false), ("/approvals", false), ("/audit", false)])
            pages.Add(await OpenPage.OpenAsync(context, bed.Hub.Url, address, drafts));
        var most = run.Trials > ShortTrials ? MostMilliseconds : MostBesideOthers;
        var slowest = TimeSpan.Zero;
        foreach (var trial in run.EachTrial())
        {
            foreach (var page in pages) await page.WriteAsync($"draft {trial.ToString(CultureInfo.InvariantCulture)} of {page.Address}");
            var politely = run.Dice.Next(2) == 0;
            if (politely) run.Expect(await bed.Hub.StopAsync() == 0, "a polite stop did not end with 0");
            else await bed.Hub.KillAsync();
            await bed.Hub.StartAgainAsync();
            var since = Stopwatch.GetTimestamp();
            var back = await Task.WhenAll(pages.Select(page => page.IsBackAsync(most)));
            if (Stopwatch.GetElapsedTime(since) is var took && took > slowest) slowest = took;
            for (var i = 0; i < pages.Count; i++) run.Expect(back[i], $"{pages[i].Address} did not come back after a {(politely ? "stop" : "kill")}");
            run.Count("pages back", back.Count(b => b));
            run.Count(politely ? "stops" : "kills");
        }
        run.Count("ms for the slowest to be back", (int)slowest.TotalMilliseconds);
    }

    private sealed class OpenPage(IPage page, string address, bool drafts)
    {
        private string? _draft;

        public string Address => address;

        public static async Task<OpenPage> OpenAsync(IBrowserContext context, string hub, string address, bool drafts)
        {
            var page = await context.NewPageAsync();
            await page.GotoAsync(hub + address);
            await page.WaitForFunctionAsync(IsBack, new object?[] { address, null });
            return new OpenPage(page, address, drafts);
        }

        /// <summary>Types a draft where there is a composer, and marks the page as this one.</summary>
        public async Task WriteAsync(string text)
        {
            await page.EvaluateAsync("() => { window.marked = true; }");
            if (!drafts) return;
            _draft = text;
            await page.Locator("main").GetByRole(AriaRole.Textbox, new() { Name = "Message" }).FillAsync(text);
        }

        public async Task<bool> IsBackAsync(float most)
        {
            try
            {
                await page.WaitForFunctionAsync(IsBack, new object?[] { address, _draft }, new() { Timeout = most });
                return true;
            }
            catch (TimeoutException)
            {
                return false;
            }
        }
    }
}
