using ControlChat.Harness;
using Microsoft.Playwright;
using Xunit;

[assembly: AssemblyFixture(typeof(ControlChat.Journeys.Browsing.Browser))]

namespace ControlChat.Journeys.Browsing;

/// <summary>Debian's Chromium, started once for all journeys. Playwright never downloads one.</summary>
public sealed class Browser : IAsyncLifetime
{
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async ValueTask InitializeAsync()
    {
        // A busy build machine answers late; a page that never answers still fails.
        Assertions.SetDefaultExpectTimeout(15_000);
        _playwright = await Playwright.CreateAsync();
        // With the scroll bars that people have: Playwright hides them, and with them a page that is taller than its window.
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = Chromium.Find(), Args = Chromium.Arguments, IgnoreDefaultArgs = ["--hide-scrollbars"] });
    }

    /// <summary>
    /// One person's visit in a browser context of its own. Afterwards it fails on every console error, page error,
    /// breach of the content security policy, answer 5xx, error in the hub's log and request to another origin that was not expected
    /// (<see cref="Visit.Expect"/>). A failing visit leaves a picture in <c>artifacts/failures</c>.
    /// </summary>
    public Task VisitAsync(HubProcess hub, Func<Visit, Task> steps, VisitOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(hub);
        return VisitAsync(new Site(hub.Url, hub.Link, hub.Tail, hub.Broken), steps, options);
    }

    /// <summary>The same for anything that serves pages.</summary>
    public async Task VisitAsync(Site site, Func<Visit, Task> steps, VisitOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(site);
        ArgumentNullException.ThrowIfNull(steps);
        options ??= new VisitOptions();
        await using var context = await _browser!.NewContextAsync(new()
        {
            ViewportSize = new() { Width = options.Width, Height = options.Height },
            ColorScheme = options.Dark ? ColorScheme.Dark : ColorScheme.Light,
            TimezoneId = options.Zone,
            Locale = "en-GB",
            StorageState = options.StorageState,
            ReducedMotion = ReducedMotion.Reduce,
            HasTouch = options.Touch,
        });
        context.SetDefaultTimeout(10_000);
        var visit = new Visit(site, context, await context.NewPageAsync());
        try
        {
            await visit.ResizeAsync(options.Width, options.Height);
            if (options.SignIn) await visit.SignInAsync();
            await steps(visit);
        }
        catch (Exception e)
        {
            var picture = await visit.FailureShotAsync();
            throw new InvalidOperationException($"{e.Message}\nPicture: {picture}\nPage: {visit.Page.Url}\n{string.Join('\n', visit.Faults)}\n{site.Tail()}", e);
        }
        visit.Hear(site.Broken());
        Assert.True(visit.Faults.Count == 0, $"The visit was not clean:\n  {string.Join("\n  ", visit.Faults)}");
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        _playwright?.Dispose();
    }
}

/// <param name="Width">CSS pixels; 360 is the smallest phone that must work.</param>
/// <param name="SignIn">Opens the hub's sign-in link first. The link works once: a second visit brings the <paramref name="StorageState"/> of the first.</param>
public sealed record VisitOptions(int Width = 1280, int Height = 800, bool Dark = false, bool Touch = false, bool SignIn = true, string? StorageState = null, string Zone = "UTC");

/// <summary>What is visited: its address, the link that signs in, what to say about it when a visit failed, and what broke in it.</summary>
public sealed record Site(string Url, Uri Link, Func<string> Tail, Func<IReadOnlyList<string>> Broken);
