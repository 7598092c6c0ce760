using System.Text.Json.Nodes;
using ControlChat.Core.Gate;
using ControlChat.Core.Gate.Policies;
using Xunit;

namespace ControlChat.Tests.Core.Gate.Policies;

/// <summary>The decision is a function of facts and rules, and rules only ever ask for more.</summary>
public sealed class PolicyRulesTests
{
    private static readonly string[] _order = ["none", "confirm", "confirm_recent", "second_person"];

    [Theory]
    [InlineData(ToolScope.Write, false, false, false, "none", "default")]
    [InlineData(ToolScope.Destructive, false, false, false, "confirm", "least:destructive")]
    [InlineData(ToolScope.Billing, false, false, false, "confirm", "least:billing")]
    [InlineData(ToolScope.Write, true, false, false, "confirm", "least:access")]
    [InlineData(ToolScope.Write, false, true, false, "confirm", "least:asks")]
    [InlineData(ToolScope.Write, false, false, true, "confirm", "least:tainted")]
    public void Without_rules_the_least_is_asked_for(ToolScope scope, bool access, bool asks, bool tainted, string decision, string by) =>
        Assert.Equal(new PolicyDecision(decision, by), Rules().Decide(Facts(scope: scope) with { Access = access, Asks = asks, Tainted = tainted }));

    [Fact]
    public void A_rule_holds_where_all_of_its_conditions_do()
    {
        var rule = Rule("second_person") with { Tool = "a.b", Scope = "write", Role = "member", ByToken = true, Argument = new ArgumentCondition("id", "equals", ["x"]) };
        var fits = Facts("a.b", arguments: new JsonObject { ["id"] = "x" }) with { ByToken = true };
        Assert.Equal(new PolicyDecision("second_person", "rule:" + rule.Id), Rules(rule).Decide(fits));
        Assert.Equal("none", Rules(rule).Decide(Facts("a.c", arguments: new JsonObject { ["id"] = "x" }) with { ByToken = true }).Decision);
        Assert.Equal("confirm", Rules(rule).Decide(Facts("a.b", ToolScope.Destructive, new JsonObject { ["id"] = "x" }) with { ByToken = true }).Decision);
        Assert.Equal("none", Rules(rule).Decide(fits with { Role = "admin" }).Decision);
        Assert.Equal("none", Rules(rule).Decide(fits with { ByToken = false }).Decision);
        Assert.Equal("none", Rules(rule).Decide(Facts("a.b", arguments: new JsonObject { ["id"] = "y" }) with { ByToken = true }).Decision);
        Assert.Equal("none", Rules(rule).Decide(Facts("a.b") with { ByToken = true }).Decision);
    }

    [Theory]
    [InlineData("equals", "ws_1", "ws_1", true)]
    [InlineData("equals", "ws_1", "ws_10", false)]
    [InlineData("equals", "ws_1", "WS_1", false)]
    [InlineData("equals", "ws_1", "ws_1 ", false)]
    [InlineData("prefix", "ws_1", "ws_10", true)]
    [InlineData("prefix", "ws_1", "xws_1", false)]
    [InlineData("one_of", "ws_1", "ws_1", true)]
    [InlineData("one_of", "ws_1", "ws_2", false)]
    public void Arguments_are_compared_character_by_character(string comparison, string wanted, string value, bool holds)
    {
        var rule = Rule("confirm") with { Argument = new ArgumentCondition("id", comparison, [wanted]) };
        Assert.Equal(holds ? "confirm" : "none", Rules(rule).Decide(Facts(arguments: new JsonObject { ["id"] = value })).Decision);
    }

    [Fact]
    public void An_argument_that_is_no_text_fits_no_condition()
    {
        var rule = Rule("confirm") with { Argument = new ArgumentCondition("id", "equals", ["1"]) };
        foreach (var value in (JsonNode?[])[1, true, new JsonArray("1"), new JsonObject { ["id"] = "1" }, null])
            Assert.Equal("none", Rules(rule).Decide(Facts(arguments: new JsonObject { ["id"] = value?.DeepClone() })).Decision);
    }

    [Fact]
    public void What_stands_behind_a_plan_is_asked_for_like_the_plan_itself()
    {
        var rule = Rule("second_person") with { Tool = "a.b", Argument = new ArgumentCondition("id", "equals", ["x"]) };
        var undo = Facts("undo", arguments: new JsonObject { ["action_id"] = "act_1" });
        Assert.Equal("second_person", Rules(rule).Decide(undo with { Parts = [new PlanPart("a.b", ToolScope.Write, new JsonObject { ["id"] = "x" })] }).Decision);
        // All of the conditions hold for one and the same part.
        Assert.Equal("none", Rules(rule).Decide(undo with { Parts = [new PlanPart("a.b", ToolScope.Write, []), new PlanPart("a.c", ToolScope.Write, new JsonObject { ["id"] = "x" })] }).Decision);
    }

    [Fact]
    public void The_operators_floor_holds_for_tools_and_scopes_of_the_plan_and_of_its_parts()
    {
        var rules = new PolicyRules(1, [], new Dictionary<string, string> { ["a.b"] = "confirm_recent" }, new Dictionary<string, string> { ["billing"] = "second_person" });
        Assert.Equal(new PolicyDecision("confirm_recent", "operator:tool:a.b"), rules.Decide(Facts("a.b")));
        Assert.Equal("confirm_recent", rules.Decide(Facts("plan.batch") with { Parts = [new PlanPart("a.b", ToolScope.Write, [])] }).Decision);
        Assert.Equal(new PolicyDecision("second_person", "operator:scope:billing"), rules.Decide(Facts("a.c", ToolScope.Billing)));
        Assert.Equal("second_person", rules.Decide(Facts("plan.batch", ToolScope.Destructive) with { Parts = [new PlanPart("a.c", ToolScope.Billing, [])] }).Decision);
    }

    [Fact]
    public void No_rule_ever_makes_anything_ask_for_less()
    {
        var random = new RandomFacts(20261127);
        for (var i = 0; i < 3_000; i++)
        {
            var (facts, rules) = (random.Facts(), random.Rules(random.Number(6)));
            var decided = rules.Decide(facts);
            var more = rules with { Saved = [.. rules.Saved, random.Rule()] };
            Assert.True(Array.IndexOf(_order, more.Decide(facts).Decision) >= Array.IndexOf(_order, decided.Decision));
            Assert.True(Array.IndexOf(_order, decided.Decision) >= Array.IndexOf(_order, Rules().Decide(facts).Decision));
            Assert.Equal(decided.Decision, (rules with { Saved = [.. rules.Saved.Reverse()] }).Decide(facts).Decision);
        }
    }

    [Fact]
    public void What_a_row_holds_leads_to_the_same_facts_and_the_same_decision()
    {
        var random = new RandomFacts(42);
        for (var i = 0; i < 3_000; i++)
        {
            var (facts, rules) = (random.Facts(), random.Rules(4));
            var decision = rules.Decide(facts);
            var data = new JsonObject { ["arguments"] = facts.Whole.Arguments.DeepClone(), ["tainted"] = facts.Tainted, ["policy"] = PolicyRecord.Write(facts, decision, 7) };
            var read = PolicyRecord.Read(facts.Whole.Tool, JsonNode.Parse(data.ToJsonString())!.AsObject())!;
            Assert.Equal((decision, 7L, decision), (read.Decision, read.Version, read.Under(rules)));
        }
    }

    [Fact]
    public void A_row_whose_texts_were_too_long_is_not_guessed_at()
    {
        var facts = Facts("undo") with { Parts = [new PlanPart("a.b", ToolScope.Write, new JsonObject { ["id"] = new string('x', 300) })] };
        var data = new JsonObject { ["arguments"] = new JsonObject(), ["policy"] = PolicyRecord.Write(facts, new PolicyDecision("none", "default"), 1) };
        var read = PolicyRecord.Read("undo", data)!;
        Assert.Null(read.Under(Rules(Rule("confirm") with { Argument = new ArgumentCondition("id", "prefix", ["x"]) })));
        Assert.Equal("confirm", read.Under(Rules(Rule("confirm") with { Tool = "a.b" }))!.Decision);
        Assert.True(data["policy"]!.ToJsonString().Length < 250);
    }

    private static PolicyRules Rules(params PolicyRule[] saved) => new(1, saved, new Dictionary<string, string>(), new Dictionary<string, string>());

    private static PolicyRule Rule(string decision) => new("rul_1", decision);

    private static PolicyFacts Facts(string tool = "a.a", ToolScope scope = ToolScope.Write, JsonObject? arguments = null) =>
        new(new PlanPart(tool, scope, arguments ?? []), [], Access: false, Asks: false, Tainted: false, Role: "member", ByToken: false);
}
