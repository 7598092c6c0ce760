using System.Text.Json.Nodes;
using ControlChat.Faults.Embedding;
using ControlChat.Harness;
using ControlChat.Journeys.Browsing;
using Microsoft.Playwright;
using Xunit;

namespace ControlChat.Journeys.Embedding;

/// <summary>The sample parent's page with a script of the test in place of its own: the same frame, the same side of the bridge, asked by hand.</summary>
internal sealed class ParentPage(IPage page, EmbedBed bed)
{
    // Notes the nonce too, as somebody would who reads along.
    private const string Script = """
        import { ControlChatFrame } from './console.js';
        window.told = [];
        window.nonces = [];
        addEventListener('message', ({ data }) => data?.type === 'ready' && nonces.push(data.nonce));
        window.talk = () => {
          window.bridge = new ControlChatFrame(document.querySelector('iframe'), document.body.dataset.hub);
          for (const name of ['welcome', 'bridge-initialized', 'session-started', 'session-update', 'session-ended', 'operator-updated', 'ticket-needed'])
            bridge.addEventListener(name, ({ detail }) => told.push({ name, detail }));
        };
        talk();
        """;

    public IPage Page => page;

    public IFrameLocator Frame => page.FrameLocator("iframe[title=Session]");

    public static async Task<ParentPage> OpenAsync(Visit visit, EmbedBed bed)
    {
        visit.Expect("another origin: (http|ws)://127");
        await visit.Page.RouteAsync("**/page.js", route => route.FulfillAsync(new() { ContentType = "text/javascript", Body = Script }));
        await visit.Page.GotoAsync(bed.Parent.Link);
        var parent = new ParentPage(visit.Page, bed);
        await parent.HeardAsync("bridge-initialized");
        return parent;
    }

    /// <summary>A ticket, as the parent's server fetches it.</summary>
    public async Task<string> TicketAsync(string access = "view")
    {
        using var hub = HubClient.WithToken(bed.Hub.Url, bed.Token);
        var answer = await hub.PostAsync($"/api/v1/sessions/{bed.SessionId}/ticket", new JsonObject { ["access"] = access });
        return answer.Field("ticket") ?? throw new InvalidOperationException($"{answer.Status}: {answer.Text}");
    }

    /// <summary>
    /// Opens the session in a new frame with the ticket behind its address. The old one is gone before, for Playwright too: a frame that is sent
    /// elsewhere may change its process under the hands of whoever looks at it.
    /// </summary>
    public async Task OpenWithAsync(string ticket)
    {
        await page.EvaluateAsync("() => { window.frame = document.querySelector('iframe'); frame.remove(); told.length = 0; }");
        Assert.True(await Soon.HoldsAsync(() => Task.FromResult(page.Frames.Count == 1)));
        await page.EvaluateAsync("([src]) => { const next = frame.cloneNode(); next.src = src; document.body.append(next); talk(); }", new[] { $"{bed.EmbedUrl}#ticket={ticket}" });
    }

    public async Task SignInAsync(string access = "view")
    {
        var answer = await AskAsync("init-session", new JsonObject { ["ticket"] = await TicketAsync(access) });
        Assert.Equal(access, answer["access"]?.GetValue<string>());
        await HeardAsync("session-started");
    }

    /// <returns>The answer's data, or <c>{code, message}</c>.</returns>
    public async Task<JsonObject> AskAsync(string command, JsonObject? data = null) =>
        JsonNode.Parse(await page.EvaluateAsync<string>(
            "async ([command, data]) => JSON.stringify(await bridge.ask(command, JSON.parse(data)).catch(({ code, message }) => ({ code: code ?? 'none', message })))",
            new[] { command, (data ?? []).ToJsonString() }))!.AsObject();

    public async Task<string?> CodeAsync(string command, JsonObject? data = null) => (await AskAsync(command, data))["code"]?.GetValue<string>();

    /// <summary>Waits for an event. Returns the data of the latest one.</summary>
    public async Task<JsonObject> HeardAsync(string name, string containing = "")
    {
        JsonNode? found = null;
        Assert.True(await Soon.HoldsAsync(async () => (found = (await ToldAsync()).LastOrDefault(t => t!["name"]!.GetValue<string>() == name && t.ToJsonString().Contains(containing, StringComparison.Ordinal))) is not null, TimeSpan.FromSeconds(20)),
            $"no {name} {containing} among {(await ToldAsync()).ToJsonString()}");
        return found!["detail"]!.AsObject();
    }

    public async Task<JsonArray> ToldAsync() => JsonNode.Parse(await page.EvaluateAsync<string>("JSON.stringify(window.told ?? [])"))!.AsArray();

    public Task<string> NonceAsync() => page.EvaluateAsync<string>("nonces.at(-1)");

    /// <summary>How many messages the frame dropped, by reason.</summary>
    public async Task<int> IgnoredAsync(string reason) => (await AskAsync("request-metrics"))["ignored"]![reason]!.GetValue<int>();
}
