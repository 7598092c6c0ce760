using System.Text.Json.Nodes;
using ControlChat.Harness;
using ControlChat.Journeys.Browsing;
using ControlChat.ScriptedModel;
using Microsoft.Playwright;
using Xunit;

namespace ControlChat.Journeys;

/// <summary>F13: text that wants to be a script, a request or a page of its own, in every place that shows text. The visit
/// itself fails on a request to another origin and on a breach of the content policy, which would mean that something tried.</summary>
public sealed class HostileTextJourney(Browser browser)
{
    private static readonly string[] _pages = ["/", "/workspaces", "/approvals", "/audit", "/logs", "/usage", "/settings"];

    private static string[] Corpus => [.. File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, "hostile-text.txt")).Select(l => l.Replace("\\n", "\n", StringComparison.Ordinal))];

    [Fact]
    public async Task Hostile_titles_tags_and_reasons_are_shown_as_text()
    {
        await using var hub = await HubProcess.StartAsync(Roomy());
        using var token = await OwnTokenAsync(hub);
        var ids = new List<string>();
        foreach (var text in Corpus)
        {
            var title = text.ReplaceLineEndings(" ");
            var made = await token.CallAsync("workspace.create", new JsonObject { ["title"] = title.Length > 120 ? title[..120] : title, ["tags"] = new JsonArray("tag") });
            if (made.Status == 200) ids.Add(made.Json["plan"]!["effects"]![0]!["resource"]!.GetValue<string>()["workspace/".Length..]);
            else Assert.Equal(422, made.Status);
        }
        Assert.True(ids.Count > Corpus.Length / 2, $"only {ids.Count} hostile titles were accepted, so too little is shown");
        foreach (var id in ids.Take(15)) await token.CallAsync("workspace.archive", new JsonObject { ["workspace_id"] = id });
        await browser.VisitAsync(hub, async visit =>
        {
            await WatchAsync(visit);
            foreach (var page in _pages.Concat(ids.Take(5).Select(id => $"/workspaces/{id}")))
            {
                await visit.GoAsync(page);
                await JudgeAsync(visit, page);
            }
        });
    }

    [Fact]
    public async Task Hostile_questions_and_answers_are_shown_as_text()
    {
        await using var model = await ScriptedModelServer.StartAsync();
        model.Handler = request => Reply.Of(new Step.Text(request.LastUser), new Step.Text("\n\nend of answer"));
        var settings = Roomy();
        foreach (var (key, value) in new[] { ("Model:Provider", "openai"), ("Model:Endpoint", model.Url), ("Model:Name", "scripted"), ("OPENAI_API_KEY", "none") }) settings[key] = value;
        await using var hub = await HubProcess.StartAsync(settings);
        using var token = await OwnTokenAsync(hub);
        var conversation = (await token.PostAsync("/api/v1/conversations", new JsonObject { ["title"] = "<img src=x onerror=window.__hit=1>" })).Field("id")!;
        foreach (var text in Corpus)
        {
            Assert.Equal(202, (await token.PostAsync($"/api/v1/conversations/{conversation}/messages", new JsonObject { ["text"] = text, ["request_id"] = $"hostile-{Guid.CreateVersion7():N}" })).Status);
            Assert.True(await Soon.HoldsAsync(async () => (await token.GetAsync($"/api/v1/conversations/{conversation}?limit=1")).Json["messages"]!.AsArray()[^1]!["role"]!.GetValue<string>() == "assistant"), $"no answer to {text}");
        }
        await browser.VisitAsync(hub, async visit =>
        {
            await WatchAsync(visit);
            await visit.GoAsync($"/c/{conversation}");
            await visit.Page.GetByRole(AriaRole.Article).GetByText("end of answer").Last.WaitForAsync();
            // Reading back by itself gives more: each step to the top brings a page, till nothing earlier is left.
            const string Back = """
                () => {
                    document.querySelector('article').scrollIntoView();
                    return !document.querySelector('[data-earlier]');
                }
                """;
            await visit.Page.WaitForFunctionAsync(Back, null, new() { PollingInterval = 100 });
            Assert.True(await visit.Page.GetByRole(AriaRole.Article).CountAsync() >= Corpus.Length, "not every answer is shown");
            await JudgeAsync(visit, "the conversation");
            Assert.Equal(0, await visit.Page.Locator("main img[src], main iframe, main form[action], main [onerror], main a[href^='javascript' i], main a[href^='data:']").CountAsync());
        });
    }

    private static Dictionary<string, string> Roomy() => new() { ["Limits:RequestsPerMinute"] = "100000", ["Limits:PendingApprovals"] = "100" };

    private static async Task<HubClient> OwnTokenAsync(HubProcess hub)
    {
        var (code, output, errors) = await hub.RunAsync("token", "create", "--name", "hostile <b>name</b>", "--scopes", "read,write");
        Assert.True(code == 0, errors);
        return HubClient.WithToken(hub.Url, output.Trim());
    }

    private static async Task WatchAsync(Visit visit)
    {
        visit.Page.Dialog += async (_, dialog) => await dialog.DismissAsync();
        await visit.Page.EvaluateAsync("() => { document.addEventListener('securitypolicyviolation', e => { window.__violation = e.blockedURI + ' ' + e.violatedDirective }) }");
    }

    private static async Task JudgeAsync(Visit visit, string where)
    {
        Assert.False(await visit.Page.EvaluateAsync<bool>("() => window.__hit === 1"), $"a script ran on {where}");
        Assert.Null(await visit.Page.EvaluateAsync<string?>("() => window.__violation ?? null"));
        Assert.StartsWith(visit.Site.Url, visit.Page.Url, StringComparison.Ordinal);
    }
}
