using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace ControlChat.Journeys.Browsing;

/// <summary>A page in use, and what went wrong on it so far.</summary>
public sealed class Visit
{
    private const int Phone = 720;
    private readonly ConcurrentQueue<string> _faults = new();
    private readonly List<Regex> _expected = [];
    private ICDPSession? _tools;

    internal Visit(Site site, IBrowserContext context, IPage page)
    {
        Site = site;
        Context = context;
        Page = page;
        context.Request += (_, request) => Check(request.Url);
        context.Response += (_, response) =>
        {
            if (response.Status >= 500) _faults.Enqueue($"{response.Status} {response.Url}");
        };
        context.Console += (_, message) =>
        {
            if (message.Type == "error") _faults.Enqueue($"console: {message.Text}");
        };
        context.WebError += (_, error) => _faults.Enqueue($"page error: {error.Error}");
        context.Page += (_, opened) => opened.WebSocket += (_, socket) => Check(socket.Url);
        page.WebSocket += (_, socket) => Check(socket.Url);
    }

    public Site Site { get; }

    public IBrowserContext Context { get; }

    public IPage Page { get; }

    public IReadOnlyList<string> Faults => [.. _faults.Where(f => !_expected.Any(e => e.IsMatch(f)))];

    /// <summary>A fault that this journey causes on purpose: a pattern of its text.</summary>
    public void Expect(string pattern) => _expected.Add(new Regex(pattern, RegexOptions.IgnoreCase));

    public async Task SignInAsync()
    {
        await Page.GotoAsync(Site.Link.ToString());
        await ReadyAsync();
    }

    /// <summary>Opens a path of the hub and waits until its circuit lives.</summary>
    public async Task GoAsync(string path)
    {
        await Page.GotoAsync(Site.Url + path);
        await ReadyAsync();
    }

    /// <summary>Prerendered markup can be clicked and does nothing; the layout sets the mark when the circuit took over.</summary>
    public Task ReadyAsync(float milliseconds = 15_000) => Page.Locator("[data-ready]").First.WaitForAsync(new() { Timeout = milliseconds, State = WaitForSelectorState.Attached });

    /// <summary>Another window, with the scroll bars it has: a phone draws them over the page, and only while it scrolls.</summary>
    public async Task ResizeAsync(int width, int height)
    {
        _tools ??= await Context.NewCDPSessionAsync(Page);
        await _tools.SendAsync("Emulation.setScrollbarsHidden", new() { ["hidden"] = width <= Phone });
        await Page.SetViewportSizeAsync(width, height);
    }

    /// <summary>Where pictures are kept.</summary>
    internal static string Pictures => Path.GetDirectoryName(Artifact("screens", "any"))!;

    /// <summary>Cookies and local storage, to bring to another visit of the same person.</summary>
    public Task<string> StorageAsync() => Context.StorageStateAsync();

    /// <summary>
    /// Pictures of what is shown, at 1280 and 360 pixels, light and dark, in <c>artifacts/screens</c>.
    /// Content wider than the phone's screen counts as a fault, and so does what axe finds.
    /// </summary>
    /// <param name="show">Brought into view first, by its selector: what a small screen shows after scrolling.</param>
    public async Task ShotsAsync(string name, string? show = null)
    {
        var before = Page.ViewportSize ?? new PageViewportSizeResult { Width = 1280, Height = 800 };
        foreach (var (width, height) in new[] { (1280, 800), (360, 740) })
        {
            await ResizeAsync(width, height);
            if (show is not null) await Page.Locator(show).First.EvaluateAsync("part => part.scrollIntoView({ block: 'end' })");
            foreach (var scheme in new[] { ColorScheme.Light, ColorScheme.Dark })
            {
                await Page.EmulateMediaAsync(new() { ColorScheme = scheme });
                await Page.ScreenshotAsync(new() { Path = Artifact("screens", $"{name}-{width}-{(scheme == ColorScheme.Dark ? "dark" : "light")}.png"), Animations = ScreenshotAnimations.Disabled });
                var breaches = scheme == ColorScheme.Light ? await Axe.FaultsAsync(Page) : await Axe.ColoursAsync(Page);
                foreach (var breach in breaches) _faults.Enqueue($"{name} at {width} px, {scheme}: {breach}");
            }
            var wide = await Page.EvaluateAsync<int>("() => Math.max(...[document.documentElement, ...document.querySelectorAll('dialog[open]')].map((part) => part.scrollWidth - part.clientWidth))");
            if (wide > 0) _faults.Enqueue($"{name}: {wide} px wider than a screen of {width} px");
        }
        await Page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Null });
        await ResizeAsync(before.Width, before.Height);
    }

    internal void Hear(IEnumerable<string> broken)
    {
        foreach (var line in broken) _faults.Enqueue($"the hub's log: {line}");
    }

    internal async Task<string> FailureShotAsync()
    {
        var path = Artifact("failures", $"{Guid.CreateVersion7():N}.png");
        try
        {
            await Page.ScreenshotAsync(new() { Path = path, FullPage = true, Timeout = 5_000 });
            return Path.GetRelativePath(ArtifactRoot, path);
        }
        catch (Exception e) when (e is PlaywrightException or TimeoutException)
        {
            return "none: " + e.Message.Split('\n')[0];
        }
    }

    private void Check(string url)
    {
        if (url.StartsWith("data:", StringComparison.Ordinal) || url.StartsWith("blob:", StringComparison.Ordinal)) return;
        var hub = new Uri(Site.Url);
        var asked = new Uri(url);
        if (asked.Authority != hub.Authority) _faults.Enqueue($"request to another origin: {url}");
    }

    private static string ArtifactRoot
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "ControlChat.sln"))) folder = folder.Parent;
            return Path.Combine(folder?.FullName ?? AppContext.BaseDirectory, "artifacts");
        }
    }

    private static string Artifact(string kind, string name)
    {
        var folder = Path.Combine(ArtifactRoot, kind);
        Directory.CreateDirectory(folder);
        return Path.Combine(folder, name);
    }
}
