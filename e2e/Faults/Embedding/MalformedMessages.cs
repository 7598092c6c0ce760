using System.Diagnostics;
using System.Text.Json.Nodes;
using ControlChat.Harness;
using Microsoft.Playwright;

namespace ControlChat.Faults.Embedding;

/// <summary>
/// F10 for the frame's bridge, in a real browser: malformed messages of the parent's own page, with the right nonce and without, and right ones of a
/// window beside it. Half and half; the parent's at the pace that the bridge takes, so that each is looked at.
/// </summary>
public sealed class MalformedMessages : Fault
{
    // Of 50 a second; one more is the question whether it still answers.
    private const int PerSecond = 45;
    private static readonly TimeSpan _hang = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan _second = TimeSpan.FromMilliseconds(1100);

    // The page of the sample parent, with this in place of its script.
    private const string Script = """
        window.heard = [];
        window.nonce = null;
        const frame = document.querySelector('iframe');
        const { hub } = document.body.dataset;
        addEventListener('message', (event) => {
          if (event.source !== frame.contentWindow) return;
          if (event.data.type === 'ready') {
            window.nonce = event.data.nonce;
            frame.contentWindow.postMessage({ v: 1, source: 'controlchat', type: 'hello', nonce }, hub);
          } else heard.push({ type: event.data.type, id: event.data.id ?? 0, code: event.data.data?.code ?? '' });
        });
        """;

    // mulberry32: the same seed makes the same messages.
    private const string Send = """
        ([seed, count, nonce]) => {
          let state = seed >>> 0;
          const roll = (most) => {
            state = (state + 0x6d2b79f5) >>> 0;
            let t = Math.imul(state ^ (state >>> 15), 1 | state);
            t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
            return ((t ^ (t >>> 14)) >>> 0) % most;
          };
          const pick = (list) => list[roll(list.length)];
          const deep = (left) => (left === 0 ? 1 : { inner: deep(left - 1) });
          const cycle = () => { const loop = {}; loop.loop = loop; return loop; };
          const odd = () => pick([
            () => null, () => undefined, () => true, () => -1, () => 0, () => NaN, () => Infinity, () => 2 ** 53, () => 1e308, () => 10n, () => '', () => '\ud800', () => '\0', () => 'x'.repeat(1 + roll(200000)),
            () => [], () => Array(roll(9000)).fill({}), () => new Array(4294967295), () => ({}), () => deep(roll(3000)), cycle, () => new Map([[1, 2]]), () => new Set([1]), () => new Date(NaN), () => /a/g,
            () => new Error('a'), () => new Uint8Array(roll(100000)), () => new ArrayBuffer(roll(100000)), () => new Blob(['a']), () => new ImageData(4, 4), () => JSON.parse('{"__proto__":{"x":1},"constructor":1}'),
            () => Object.fromEntries(Array.from({ length: roll(5000) }, (_, i) => [`k${i}`, i])),
          ])();
          const types = ['hello', 'ping', 'init-session', 'end-session', 'request-status', 'request-transcript', 'request-logs', 'request-screenshot', 'request-metrics', 'approve', '__proto__', 'constructor', 'ready', 'welcome', 'answer'];
          const data = () => pick([() => ({}), () => ({ ticket: odd() }), () => ({ after: odd(), limit: odd() }), () => ({ format: odd() }), odd])();
          const message = () => {
            const right = { v: 1, source: 'controlchat', type: pick(types), nonce: roll(3) === 0 ? odd() : nonce, id: pick([-1, 0, 0.5, '1', 2 ** 60, undefined, null]), data: data() };
            switch (roll(6)) {
              case 0: return odd();
              case 1: return { ...right, [pick(Object.keys(right))]: odd() };
              case 2: { const less = { ...right }; delete less[pick(Object.keys(right))]; return less; }
              case 3: return { ...right, [pick(['id2', '__proto__', 'token', 'origin'])]: odd() };
              case 4: return JSON.stringify({ ...right, data: {} });
              default: return right;
            }
          };
          let sent = 0;
          for (let i = 0; i < count; i++) {
            const ports = roll(20) === 0 ? [new MessageChannel().port1] : [];
            try { (window.target ?? parent.frames[0]).postMessage(message(), '*', ports); sent += 1; } catch { /* what cannot be copied is not sent */ }
          }
          return sent;
        }
        """;

    public override string Id => "F10P";

    public override string Title => "malformed postMessage to an embedded frame: no crash, no hang, nothing done, memory flat";

    public override int Trials => 10_000;

    public override int ShortTrials => 360;

    public override async Task RunAsync(FaultRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        await using var bed = await EmbedBed.StartAsync("transcript", "logs", "screenshot", "metrics", "control");
        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Chromium.Find(), Args = [.. Chromium.Arguments, "--js-flags=--expose-gc"] });
        await using var context = await browser.NewContextAsync();
        var page = await context.NewPageAsync();
        page.PageError += (_, error) => run.Expect(false, $"a script broke: {error}");
        page.Crash += (_, _) => run.Expect(false, "the page crashed");
        await OpenAsync(page, bed);
        var beside = page.Frames.Single(f => f.Name == "beside");
        var frame = page.Frames.Single(f => f.Url == bed.EmbedUrl);
        var nonce = await page.EvaluateAsync<string>("nonce");
        var (id, sent, warm) = (100, 0, 0d);
        foreach (var trial in run.EachTrial())
        {
            if (trial % (2 * PerSecond) != 0) continue;
            var since = Stopwatch.GetTimestamp();
            if (warm == 0 && trial >= run.Trials / 4) warm = await HeapAsync(frame);
            var count = Math.Min(PerSecond, Math.Max(1, (run.Trials - trial) / 2));
            sent += await beside.EvaluateAsync<int>(Send, new object[] { run.Dice.Next(), count, nonce });
            sent += await page.EvaluateAsync<int>(Send, new object[] { run.Dice.Next(), count, nonce });
            await PingAsync(run, page, ++id, trial);
            if (Stopwatch.GetElapsedTime(since) is var took && took < _second) await Task.Delay(_second - took, TimeProvider.System);
        }
        run.Count("sent", sent);
        await EndAsync(run, bed, page, beside, frame, warm);
    }

    private static async Task OpenAsync(IPage page, EmbedBed bed)
    {
        await page.RouteAsync("**/page.js", route => route.FulfillAsync(new() { ContentType = "text/javascript", Body = Script }));
        await page.GotoAsync(bed.Parent.Link);
        await HeardAsync(page, "bridge-initialized");
        using var hub = HubClient.WithToken(bed.Hub.Url, bed.Token);
        var ticket = (await hub.PostAsync($"/api/v1/sessions/{bed.SessionId}/ticket", new JsonObject { ["access"] = "control" })).Field("ticket");
        await page.EvaluateAsync("(ticket) => { window.target = frames[0]; target.postMessage({ v: 1, source: 'controlchat', type: 'init-session', nonce, id: 1, data: { ticket } }, document.body.dataset.hub); }", ticket);
        await HeardAsync(page, "session-started");
        await page.EvaluateAsync("() => { heard.length = 0; document.body.append(Object.assign(document.createElement('iframe'), { name: 'beside' })); }");
    }

    // The page's own policy forbids what Playwright's waiting does.
    private static async Task HeardAsync(IPage page, string type)
    {
        if (!await Soon.HoldsAsync(() => page.EvaluateAsync<bool>("(wanted) => (window.heard ?? []).some(({ type }) => type === wanted)", type))) throw new TimeoutException($"no {type}");
    }

    private static async Task PingAsync(FaultRun run, IPage page, int id, int trial)
    {
        var since = Stopwatch.GetTimestamp();
        await page.EvaluateAsync("(id) => target.postMessage({ v: 1, source: 'controlchat', type: 'ping', nonce, id }, document.body.dataset.hub)", id);
        if (!run.Expect(await Soon.HoldsAsync(() => page.EvaluateAsync<bool>("(id) => heard.some((message) => message.type === 'answer' && message.id === id)", id)), "the bridge does not answer any more")) return;
        var took = Stopwatch.GetElapsedTime(since);
        run.Measure("answer", took);
        // The short form runs beside other tests.
        run.Expect(took <= (run.Trials >= 1000 ? _hang : 5 * _hang), $"{took.TotalSeconds:0.0} s for an answer after trial {trial}");
    }

    private static async Task EndAsync(FaultRun run, EmbedBed bed, IPage page, IFrame beside, IFrame frame, double warm)
    {
        var heard = JsonNode.Parse(await page.EvaluateAsync<string>("JSON.stringify(heard)"))!.AsArray();
        var answers = heard.Count(h => h!["type"]!.GetValue<string>() == "answer");
        run.Count("answered", answers);
        run.Expect(heard.All(h => h!["type"]!.GetValue<string>() == "answer" && h["id"]!.GetValue<int>() > 100), $"something malformed was answered: {heard.ToJsonString()[..Math.Min(500, heard.ToJsonString().Length)]}");
        run.Expect(await beside.EvaluateAsync<int>("window.heard?.length ?? 0") == 0, "the window beside the frame heard something");
        using var hub = HubClient.WithToken(bed.Hub.Url, bed.Token);
        run.Expect((await hub.GetAsync($"/api/v1/sessions/{bed.SessionId}")).Field("state") == "running", "the session was ended");
        run.Expect(bed.Typed.Length == 0, "something was typed");
        var after = await HeapAsync(frame);
        run.Count("KiB of heap at the end", (int)(after / 1024));
        run.Expect(run.Trials < 1000 || after <= warm + Math.Max(warm / 2, 8 * 1024 * 1024), $"the frame's heap grew from {warm / 1024:0} to {after / 1024:0} KiB");
    }

    private static Task<double> HeapAsync(IFrame frame) => frame.EvaluateAsync<double>("() => { globalThis.gc?.(); return performance.memory.usedJSHeapSize; }");
}
