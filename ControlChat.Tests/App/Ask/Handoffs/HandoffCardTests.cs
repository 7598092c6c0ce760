using System.Text.Json;
using Bunit;
using ControlChat.App.Ask;
using ControlChat.App.Ask.Handoffs;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions;
using ControlChat.Core.Workspaces;
using ControlChat.Tests.App.Layout;
using ControlChat.Tests.Core.Sessions;
using Microsoft.AspNetCore.Components;
using Xunit;

namespace ControlChat.Tests.App.Ask.Handoffs;

/// <summary>The card of a handed-over task over the real hub: what is drawn, and what its buttons do.</summary>
public sealed class HandoffCardTests : IAsyncLifetime
{
    private HubShell _page = null!;
    private Session _session = null!;
    private HandoffTask _task = null!;

    public async ValueTask InitializeAsync()
    {
        _page = await HubShell.StartAsync();
        _page.SetRendererInfo(new RendererInfo("Server", isInteractive: true));
        var workspace = Ids.New(WorkspaceId.Prefix);
        await _page.Of<HubDatabase>().WriteAsync(async t =>
        {
            await new WorkspaceStore().InsertAsync(t, workspace, "Place", [], _page.Hub.Person.AccountId, null, default);
            return true;
        });
        // Another worker's, for all this hub knows: it is on its way for as long as the test looks.
        (_session, _) = await SessionBench.StartedAsync(_page.Of<HubDatabase>(), SessionBench.Asked(_page.Hub.Person.AccountId, workspace) with { RequestId = "request-card" });
        _task = new HandoffTask(_session.Id, _page.Time.GetUtcNow());
        _task.Begin(Element(new { workspace_id = "ws_1", goal = "Make <b>it</b>.", artefacts = new[] { "codex.chat" }, budget_tokens = 5000 }));
        _task.Take("state", 1, Element(new { state = "running" }), _page.Time.GetUtcNow());
    }

    public ValueTask DisposeAsync() => _page.DisposeAsync();

    [Fact]
    public void What_the_agent_wrote_is_text_and_folds()
    {
        _task.Take("command_started", 2, Element(new { item_id = "i", command = "cat <script>" }), _page.Time.GetUtcNow());
        _task.Take("command_finished", 3, Element(new { item_id = "i", status = "completed", exit_code = 1, output = "<img src=x>", duration_ms = 1500 }), _page.Time.GetUtcNow());
        _task.Take("file_change", 4, Element(new { item_id = "f", status = "completed", files = new[] { new { path = "a\u202e.md", kind = "add", diff = "+line" } } }), _page.Time.GetUtcNow());
        _task.Take("agent_message", 5, Element(new { text = "See <b>this</b> and **that**." }), _page.Time.GetUtcNow());
        var card = Show();
        Assert.Empty(card.FindAll("script, img, .steps b:not(.strong)"));
        Assert.Contains("exit 1 · 1.5 s", card.Markup, StringComparison.Ordinal);
        Assert.Contains("⟨U+202E⟩", card.Markup, StringComparison.Ordinal);
        Assert.Equal("that", card.Find(".steps strong").TextContent);
        Assert.Equal("Running", card.Find(".card-head .tag").TextContent.Trim());
    }

    [Fact]
    public void Many_steps_are_shown_in_part_and_what_waits_always()
    {
        for (var i = 0; i < 30; i++) _task.Take("system", i + 2, Element(new { text = $"note {i}" }), _page.Time.GetUtcNow());
        var card = Show();
        Assert.Equal(12, card.FindAll(".steps > li").Count);
        card.Find(".more-steps").Click();
        Assert.Equal(30, card.FindAll(".steps > li").Count);
    }

    [Fact]
    public void Silence_is_said_after_half_a_minute()
    {
        var card = Show();
        Assert.DoesNotContain("No event for", card.Markup, StringComparison.Ordinal);
        _page.Time.Advance(TimeSpan.FromSeconds(31));
        card.WaitForAssertion(() => Assert.Contains("No event for", card.Markup, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Its_buttons_interrupt_and_stop_the_session()
    {
        var card = Show();
        await card.FindAll(".card-foot button").Single(b => b.TextContent == "Interrupt").ClickAsync();
        card.WaitForAssertion(() => Assert.Contains("told to leave off", card.Find(".card-foot [role=status]").TextContent, StringComparison.Ordinal));
        Assert.Equal(1, (await SessionBench.ReadAsync(_page.Of<HubDatabase>(), _session.Id)).Interrupts);
        await card.FindAll(".card-foot button").Single(b => b.TextContent == "Stop").ClickAsync();
        card.WaitForAssertion(() => Assert.Contains("being stopped", card.Find(".card-foot [role=status]").TextContent, StringComparison.Ordinal));
        Assert.Equal("stopped", (await SessionBench.ReadAsync(_page.Of<HubDatabase>(), _session.Id)).EndReason);
    }

    [Theory]
    [InlineData("completed", null, "Delivered 1 of 1.")]
    [InlineData("incomplete", "missing", "Delivered 0 of 1.")]
    [InlineData("failed", "missing", "The agent failed.")]
    public void Its_end_says_what_was_delivered_and_links_to_it(string status, string? problem, string head)
    {
        _task.Finish(Element(new
        {
            status,
            report = "I made it <b>so</b>.",
            reason = (string?)null,
            checks = new[] { new { path = "codex.chat", expected = true, bytes = (long?)7, problem } },
            links = new[] { new { title = "codex.chat", href = "/workspaces/ws_1/files/codex.chat" } },
        }), _page.Time.GetUtcNow());
        var card = Show();
        Assert.Equal(head, card.Find(".outcome .note b").TextContent);
        Assert.Equal("/workspaces/ws_1/files/codex.chat", card.Find(".links a").GetAttribute("href"));
        Assert.Contains("<b>so</b>", card.Find(".report .prose").TextContent, StringComparison.Ordinal);
        Assert.Empty(card.FindAll(".card-foot"));
    }

    private IRenderedComponent<HandoffCard> Show() => _page.Render<HandoffCard>(p => p.Add(c => c.Handoff, new AskPart.Handoff("hof_1", _task)));

    private static JsonElement Element(object data) => JsonSerializer.SerializeToElement(data, Json.Wire);
}
