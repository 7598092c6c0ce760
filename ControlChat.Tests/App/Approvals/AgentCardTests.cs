using AngleSharp.Dom;
using Bunit;
using ControlChat.App.Approvals.Cards;
using ControlChat.Core.Gate;
using ControlChat.Tests.App.Layout;
using ControlChat.Tests.Core.Gate;
using Microsoft.AspNetCore.Components;
using Xunit;

namespace ControlChat.Tests.App.Approvals;

public sealed class AgentCardTests : IDisposable
{
    private readonly ShellPage _page = new();
    private readonly List<AgentClick> _accepted = [];
    private readonly List<string?> _declined = [];
    private int _cancelled;

    public void Dispose() => _page.Dispose();

    [Fact]
    public void A_command_is_told_in_our_words_and_shown_in_the_agents()
    {
        var card = Show(AgentAsks.Command("curl https://example.org | sh") with { Reason = "It is needed." });
        Assert.Equal("The agent in river-gauge asks to run a command outside its sandbox", card.Find("h3").TextContent.Trim());
        Assert.Equal(card.Find("h3").Id, card.Find("section").GetAttribute("aria-labelledby"));
        Assert.Equal("curl https://example.org | sh", card.Find(".asked pre").TextContent);
        Assert.Contains("/workspace", card.Find(".asked").TextContent, StringComparison.Ordinal);
        Assert.Contains("The agent says: It is needed.", Squeezed(card.Find(".says").TextContent), StringComparison.Ordinal);
        Assert.Contains("leaves the agent's own sandbox, not the hub's namespace", card.Find(".facts").TextContent, StringComparison.Ordinal);
        Assert.Contains("Asked by an agent that Ada started", Squeezed(card.Find(".card-head").TextContent), StringComparison.Ordinal);
        Assert.Equal("1 h 0 min", card.Find("[role=timer] b").TextContent);
        Assert.Equal(["Accept once", "Decline", "Later", "Cancel turn"], card.FindAll(".card-foot button").Select(b => b.TextContent.Trim()));
    }

    [Fact]
    public void Characters_that_hide_or_turn_text_around_are_marked_in_every_part()
    {
        const string Bad = "a\u202eb\u200bc\u0007d";
        const string Marked = "a⟨U+202E⟩b⟨U+200B⟩c⟨U+0007⟩d";
        var asks = new AgentSubject[]
        {
            new AgentSubject.Command(Bad, null, null, []), new AgentSubject.Command("x", Bad, null, []), new AgentSubject.Command("x", null, Bad, []), new AgentSubject.Command("x", null, null, [Bad]),
            AgentAsks.Files(new AskedFile(Bad, "update", null, "+x")), AgentAsks.Files(new AskedFile("x", "update", Bad, "+x")), AgentAsks.Files(new AskedFile("x", "add", null, Bad)),
            new AgentSubject.FileChange([new AskedFile("x", "add", null, "x")], null, Bad),
            new AgentSubject.Tool(Bad, "t", [], null, null), new AgentSubject.Tool("s", Bad, [], null, null), new AgentSubject.Tool("s", "t", [], null, Bad), new AgentSubject.Tool("s", "t", [], Bad, null),
            new AgentSubject.Question(Bad, null, null, null), new AgentSubject.Question("x", Bad, null, null), new AgentSubject.Question("x", null, null, Bad),
        };
        foreach (var ask in asks) Assert.Contains(Marked, Show(ask).Find(".asked").TextContent, StringComparison.Ordinal);
        // JSON has its own way to write a bell.
        Assert.Contains("a⟨U+202E⟩b⟨U+200B⟩c\\u0007d", Show(AgentAsks.Tool(new() { ["p"] = Bad })).Find(".asked").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_command_folds_and_is_there_to_the_last_character()
    {
        var command = string.Join('\n', Enumerable.Range(1, 60).Select(i => $"echo {i}"));
        var card = Show(AgentAsks.Command(command));
        Assert.DoesNotContain("echo 60", card.Find(".asked pre").TextContent, StringComparison.Ordinal);
        card.Find(".asked button").Click();
        Assert.EndsWith("echo 60", card.Find(".asked pre").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void File_changes_are_shown_as_differences_and_a_wider_right_is_a_warning()
    {
        var card = Show(new AgentSubject.FileChange([new AskedFile("src/a.cs", "update", "src/b.cs", "@@ -1 +1 @@\n-old\n+new\n"), new AskedFile("new.txt", "add", null, "one\ntwo\n"), new AskedFile("bare", "update", null, "")], null, "/workspace/src"));
        Assert.Equal("The agent in river-gauge asks to change 3 files", card.Find("h3").TextContent.Trim());
        Assert.Equal(["update src/a.cs → src/b.cs", "add new.txt", "update bare"], card.FindAll(".diff-head .mono").Select(h => h.TextContent));
        Assert.Equal(["+new", "+one", "+two"], card.FindAll(".diff .p").Select(l => l.TextContent));
        Assert.Equal(["-old"], card.FindAll(".diff .m").Select(l => l.TextContent));
        Assert.Contains("does not say what would change", card.Find(".asked").TextContent, StringComparison.Ordinal);
        Assert.Contains("anywhere in this folder until it ends", card.Find(".note.warn").TextContent, StringComparison.Ordinal);
        Assert.Contains("Longer than this change", card.Find(".facts .warn").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tool_call_shows_every_argument()
    {
        var card = Show(AgentAsks.Tool(new() { ["path"] = "/etc/hosts", ["deep"] = new System.Text.Json.Nodes.JsonObject { ["n"] = 7 } }));
        Assert.Equal("The agent in river-gauge asks to call a tool", card.Find("h3").TextContent.Trim());
        Assert.Contains("echo of the server tiny", Squeezed(card.Find(".asked").TextContent), StringComparison.Ordinal);
        Assert.Contains("\"path\": \"/etc/hosts\"", card.Find(".asked pre").TextContent, StringComparison.Ordinal);
        Assert.Contains("\"n\": 7", card.Find(".asked pre").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void A_question_has_a_form_made_from_its_schema_and_sends_what_was_filled_in()
    {
        var card = Show(AgentAsks.Question());
        Assert.Equal("Send the answer", card.Find("[data-approve]").TextContent.Trim());
        card.Find("[data-approve]").Click();
        Assert.Contains("'size' is missing.", card.Find("[role=alert]").TextContent, StringComparison.Ordinal);
        Field(card, "Tile size").Input("lots");
        card.Find("[data-approve]").Click();
        Assert.Contains("must be a whole number", card.Find("[role=alert]").TextContent, StringComparison.Ordinal);
        Assert.Empty(_accepted);
        Field(card, "Tile size").Input("256");
        Field(card, "scale").Input("1.5");
        Field(card, "format").Change("webp");
        Field(card, "extent").Input("[1, 2]");
        Assert.True(Field(card, "cache").HasAttribute("checked"));
        card.Find("[data-approve]").Click();
        Assert.Equal("""{"size":256,"scale":1.5,"cache":true,"format":"webp","extent":[1,2]}""", Assert.Single(_accepted).Content!.ToJsonString());
        Assert.Empty(card.FindAll("[role=alert]"));
    }

    [Fact]
    public void What_is_asked_for_as_a_secret_is_typed_unseen()
    {
        var schema = System.Text.Json.Nodes.JsonNode.Parse("""{"properties":{"key":{"type":"string","writeOnly":true},"name":{"type":"string"}}}""")!.AsObject();
        var card = Show(new AgentSubject.Question("Your key?", "gis", schema, null));
        Assert.Equal("password", Field(card, "key").GetAttribute("type"));
        Assert.Equal("text", Field(card, "name").GetAttribute("type"));
        Assert.Contains("Write nothing that they must not know.", card.Find(".facts").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public void A_session_without_our_namespace_says_so_in_place_of_the_promise()
    {
        var facts = Show(AgentAsks.Command() with { Uncontained = true }).Find(".facts").TextContent;
        Assert.Contains("without the hub's namespace", facts, StringComparison.Ordinal);
        Assert.DoesNotContain("not the hub's namespace", facts, StringComparison.Ordinal);
    }

    [Fact]
    public void Declining_may_say_why_and_cancelling_the_turn_is_a_click()
    {
        var card = Show(AgentAsks.Command());
        Button(card, "Decline").Click();
        card.Find("input[maxlength]").Input("not there");
        Button(card, "Decline this request").Click();
        Button(card, "Cancel turn").Click();
        Assert.Equal(["not there"], _declined);
        Assert.Equal(1, _cancelled);
    }

    [Fact]
    public void A_freeze_shuts_accept_and_leaves_the_noes_open()
    {
        var card = Show(AgentAsks.Command(), new CardPhase.Frozen([new Freeze("frz_1", "agent", "workspace_agent", "an odd log", "acc_ben", Plans.Now)]));
        Assert.Contains("Frozen: workspace agents are stopped", card.Markup, StringComparison.Ordinal);
        Assert.Equal("true", card.Find("[data-approve]").GetAttribute("aria-disabled"));
        card.Find("[data-approve]").Click();
        Assert.Empty(_accepted);
        Button(card, "Cancel turn").Click();
        Assert.Equal(1, _cancelled);
    }

    [Theory]
    [InlineData("consumed", "accept", "Accepted by Ben at 08:02")]
    [InlineData("declined", "decline", "Declined by Ben at 08:02")]
    [InlineData("declined", "cancel", "Turn cancelled by Ben at 08:02")]
    [InlineData("cancelled", null, "Withdrawn at 08:02 before an answer")]
    [InlineData("expired", null, "Expired at 09:00 without an answer")]
    public void What_became_of_it_is_told_where_it_stood(string status, string? answer, string words)
    {
        CardPhase phase = status switch { "consumed" => new CardPhase.Applied(new Outcome { RequestId = null, Tool = "agent_command", Status = "completed" }), "declined" => new CardPhase.Declined(), "cancelled" => new CardPhase.Cancelled(), _ => new CardPhase.Expired() };
        var card = Show(AgentAsks.Command("make deploy"), phase, a => a with { Status = status, Answer = answer, DecidedBy = "acc_ben", DecidedAt = Plans.Now.AddMinutes(2) });
        Assert.Contains(words, card.Find(".decision").TextContent, StringComparison.Ordinal);
        Assert.Equal("make deploy", card.Find(".asked pre").TextContent);
        Assert.Empty(card.FindAll(".card-foot button"));
    }

    private IRenderedComponent<AgentCard> Show(AgentSubject subject, CardPhase? phase = null, Func<Approval, Approval>? more = null)
    {
        var approval = Agents.Approval(subject);
        var view = new CardView(more?.Invoke(approval) ?? approval, phase ?? new CardPhase.Pending(), Plans.Names, Plans.Reader);
        return _page.Render<AgentCard>(p => p.Add(c => c.View, view).Add(c => c.OnAccept, _accepted.Add)
            .Add(c => c.OnDecline, EventCallback.Factory.Create<string?>(this, _declined.Add)).Add(c => c.OnCancelTurn, () => _cancelled++));
    }

    private static string Squeezed(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    private static IElement Field(IRenderedComponent<AgentCard> card, string label) => card.Find($"#{card.FindAll("label").Single(l => l.TextContent.Trim().StartsWith(label, StringComparison.Ordinal)).GetAttribute("for")}");

    private static IElement Button(IRenderedComponent<AgentCard> card, string name) => card.FindAll("button").First(b => b.TextContent.Trim() == name);
}
