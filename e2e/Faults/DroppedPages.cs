using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using ControlChat.Harness;
using ControlChat.ScriptedModel;
using Microsoft.Playwright;

namespace ControlChat.Faults;

/// <summary>F5 (circuit): the WebSocket under each of five open pages is cut every 0.2-3 s (one of five every 40-600 ms) while an answer is streamed; on a team's hub the page comes back at whichever node.</summary>
public sealed class DroppedPages : Fault
{
    private const int Pages = 5;
    private const float MostMilliseconds = 10_000;

    // The goal is for a machine of its own: the short form runs beside other tests.
    private const float MostBesideOthers = 60_000;

    private const string IsReady = "() => !!document.querySelector('[data-ready]')";

    // One answer, whose text as it can be read is the stored one. A page says after a second that its circuit is gone, so it is looked at for longer.
    private const string Shows = """
        (text) => { const answers = document.querySelectorAll('main article[aria-label^="ControlChat"]');
          const words = (said) => said.split(/\s+/).filter((word) => /^word\d+$/.test(word)).join(' ');
          const right = !!document.querySelector('[data-ready]') && !document.querySelector('#components-reconnect-modal').open
            && answers.length === 1 && words(answers[0].innerText) === words(text);
          window.rightSince = right ? window.rightSince ?? Date.now() : undefined;
          return right && Date.now() - window.rightSince >= 1500; }
        """;

    public override string Id => "F5c";

    public override string Title => "the connections of five pages are cut again and again while answers stream (a trial is one answer): each page ends with the stored text, once";

    public override int Trials => 100;

    public override int ShortTrials => 2;

    public override IReadOnlyList<string> Stores => [FaultRun.Sqlite, FaultRun.Postgres];

    public override async Task RunAsync(FaultRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        await using var model = await ScriptedModelServer.StartAsync();
        model.Handler = _ => SlowAnswers.Of(run.Trials > 10 ? 400 : 150);
        await using var wire = new TcpProxy();
        await using var bed = await Bed.MakeAsync(run, [.. SlowAnswers.Settings(model), ("Hub:PublicUrl", wire.Url)]);
        wire.LeadTo(bed.Hub);
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Chromium.Find(), Args = Chromium.Arguments });
        await using var context = await browser.NewContextAsync();
        await context.AddCookiesAsync(bed.Person.Cookies.GetAllCookies().Select(c => new Cookie { Name = c.Name, Value = c.Value, Url = wire.Url }));
        var pages = new List<OpenPage>();
        while (pages.Count < Pages) pages.Add(new OpenPage(await context.NewPageAsync()));
        foreach (var _ in run.EachTrial())
        {
            var conversation = await SlowAnswers.ConversationAsync(bed.Person);
            foreach (var page in pages) await page.OpenAsync($"{wire.Url}/c/{conversation}");
            await AnswerAsync(run, bed, wire, conversation);
            var text = await SlowAnswers.StoredTextAsync(bed.Person, conversation);
            run.Expect(text.Contains("word100 ", StringComparison.Ordinal), $"the stored answer is \"{text}\"");
            await Task.WhenAll(pages.Select(page => page.CheckAsync(run, text)));
        }
    }

    private static async Task AnswerAsync(FaultRun run, Bed bed, TcpProxy wire, string conversation)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(1));
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(limit.Token);
        var reader = new ConversationReader(conversation);
        var reading = reader.ReadAsync(() => bed.Person, stay: null, () => { }, limit.Token);
        var cutting = CutAsync(run, bed, wire, new Random(run.Dice.Next()), ended.Token);
        try
        {
            var sent = await SlowAnswers.PostAsync(bed.Person, conversation);
            run.Expect(sent.Status == 202, $"the message answered {sent.Status}: {sent.Text}");
            await reading;
        }
        finally
        {
            await ended.CancelAsync();
            await cutting;
        }
    }

    private static async Task CutAsync(FaultRun run, Bed bed, TcpProxy wire, Random dice, CancellationToken ended)
    {
        try
        {
            while (true)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(dice.Next(200, 3000)) / Pages, TimeProvider.System, ended);
                wire.LeadTo(bed.Nodes[dice.Next(bed.Nodes.Count)]);
                if (wire.CutWebSocket(dice)) run.Count("cuts");
            }
        }
        catch (OperationCanceledException)
        {
            // The answer is whole.
        }
    }

    private sealed class OpenPage
    {
        private readonly IPage _page;
        private readonly ConcurrentQueue<string> _said = [];

        public OpenPage(IPage page)
        {
            _page = page;
            _page.Console += (_, said) => _said.Enqueue($"{said.Type}: {said.Text}");
        }

        public async Task OpenAsync(string address)
        {
            await _page.GotoAsync(address);
            await _page.WaitForFunctionAsync(IsReady);
            await _page.EvaluateAsync("() => { window.marked = true; }");
            _said.Clear();
        }

        public async Task CheckAsync(FaultRun run, string text)
        {
            var since = Stopwatch.GetTimestamp();
            try
            {
                await _page.WaitForFunctionAsync(Shows, text, new() { Timeout = run.Trials > 10 ? MostMilliseconds : MostBesideOthers });
                run.Count("pages right");
                run.Measure("until it has shown the end for 1.5 s", Stopwatch.GetElapsedTime(since));
            }
            catch (TimeoutException)
            {
                var shown = await _page.Locator("body").InnerTextAsync();
                run.Expect(false, string.Create(CultureInfo.InvariantCulture,
                    $"{_page.Url} does not show the stored {text.Length} characters; it ends with \"{shown[^Math.Min(300, shown.Length)..]}\" and its console with\n      {string.Join("\n      ", _said.TakeLast(8))}"));
            }
            if (await _page.EvaluateAsync<bool>("() => window.marked === undefined")) run.Count("pages loaded anew");
        }
    }
}
