using ControlChat.Core.Gate.Policies;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Gate.Policies;

/// <summary>Rules that could not mean what they seem to say are refused, and each refusal names its rule.</summary>
public sealed class PolicyRuleCheckTests : IAsyncLifetime
{
    private PolicyHub _hub = null!;

    public async ValueTask InitializeAsync() => _hub = await PolicyHub.CreateAsync(TestStore.Sqlite);

    public ValueTask DisposeAsync() => _hub.DisposeAsync();

    [Fact]
    public void Good_rules_are_kept_as_they_are()
    {
        PolicyRule[] rules =
        [
            PolicyHub.Rule("confirm"), PolicyHub.Rule("second_person", null) with { Scope = "destructive", Role = "member", ByToken = true, Note = "Für alle." },
            PolicyHub.Rule("confirm_recent") with { Argument = new ArgumentCondition("id", "one_of", ["ws_1", "ws_2"]) }, PolicyHub.Rule("confirm", null) with { Argument = new ArgumentCondition("text", "prefix", ["a"]) },
        ];
        var (kept, faults) = Check(rules);
        Assert.Empty(faults);
        Assert.Equal(rules, kept);
    }

    [Theory]
    [InlineData("note.nothing", "There is no tool 'note.nothing'.")]
    [InlineData("note.list", "note.list only reads")]
    public void A_tool_must_be_one_that_writes(string tool, string fault) => Fails(PolicyHub.Rule("confirm", tool), fault);

    [Theory]
    [InlineData("none", "'none' is no decision")]
    [InlineData("deny", "'deny' is no decision")]
    public void A_decision_only_asks(string decision, string fault) => Fails(PolicyHub.Rule(decision), fault);

    [Fact]
    public void A_role_is_no_group_and_a_scope_is_no_other_word()
    {
        Fails(PolicyHub.Rule("confirm") with { Role = "developers" }, "There are no groups.");
        Fails(PolicyHub.Rule("confirm") with { Scope = "read" }, "'read' is no scope.");
    }

    [Theory]
    [InlineData("title", "equals", "x", "has no text argument 'title'. It has id, text.")]
    [InlineData("id", "matches", "x", "'matches' is no comparison.")]
    [InlineData("id", "equals", "", "A value of 'id' is empty.")]
    [InlineData("id", "equals", "  ", "A value of 'id' is empty.")]
    [InlineData("id", "equals", "x ", "begins or ends with a space.")]
    [InlineData("id", "equals", "x\u200by", "cannot be seen")]
    [InlineData("id", "equals", "x\u202ey", "cannot be seen")]
    [InlineData("id", "equals", "p\u0430yroll", "cannot be seen or only look like others")]
    [InlineData("id", "equals", "e\u0301", "another form of letters")]
    [InlineData("id", "equals", "\uff41bc", "")]
    public void A_condition_names_an_argument_and_values_that_are_what_they_seem(string argument, string comparison, string value, string fault) =>
        Fails(PolicyHub.Rule("confirm") with { Argument = new ArgumentCondition(argument, comparison, [value]) }, fault);

    [Fact]
    public void Values_are_as_many_as_the_comparison_takes_and_do_not_look_alike()
    {
        Fails(PolicyHub.Rule("confirm") with { Argument = new ArgumentCondition("id", "equals", ["a", "b"]) }, "takes one value");
        Fails(PolicyHub.Rule("confirm") with { Argument = new ArgumentCondition("id", "one_of", []) }, "is empty");
        Fails(PolicyHub.Rule("confirm") with { Argument = new ArgumentCondition("id", "one_of", [.. Enumerable.Range(100, 21).Select(i => $"x{i}")]) }, "more than 20 values");
        Fails(PolicyHub.Rule("confirm") with { Argument = new ArgumentCondition("id", "one_of", ["ws_l", "ws_1"]) }, "look alike");
        Fails(PolicyHub.Rule("confirm") with { Argument = new ArgumentCondition("id", "one_of", ["ws_a", "WS_A"]) }, "look alike");
        Fails(PolicyHub.Rule("confirm") with { Argument = new ArgumentCondition("id", "equals", [new string('x', 201)]) }, "more than 200 characters");
        Fails(PolicyHub.Rule("confirm", null) with { Argument = new ArgumentCondition("nothing", "equals", ["x"]) }, "No tool has a text argument 'nothing'.");
    }

    [Fact]
    public void A_note_is_short_and_plain()
    {
        Fails(PolicyHub.Rule("confirm") with { Note = new string('x', 201) }, "more than 200 characters");
        Fails(PolicyHub.Rule("confirm") with { Note = "a\u202eb" }, "cannot be seen");
    }

    [Fact]
    public void A_policy_has_at_most_a_hundred_rules_and_none_twice()
    {
        var many = Enumerable.Range(0, 101).Select(i => PolicyHub.Rule("confirm") with { Argument = new ArgumentCondition("id", "equals", [$"n{i}"]) }).ToArray();
        Assert.Contains("at most 100", Assert.Single(Check(many).Faults), StringComparison.Ordinal);
        Assert.Empty(Check(many[..100]).Faults);
        Assert.Contains("Rule 2 says the same as rule 1.", Check(PolicyHub.Rule("confirm"), PolicyHub.Rule("confirm") with { Note = "again" }).Faults[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Ids_that_are_none_or_stand_there_twice_are_given_anew()
    {
        var rule = PolicyHub.Rule("confirm");
        var (kept, faults) = Check(rule, rule with { Decision = "confirm_recent" }, new PolicyRule("<b>", "second_person"));
        Assert.Empty(faults);
        Assert.Equal(rule.Id, kept[0].Id);
        Assert.Equal(3, kept.Select(k => k.Id).Distinct().Count());
        Assert.All(kept, k => Assert.Matches("^rul_[0-9a-f]{32}$", k.Id));
    }

    private (IReadOnlyList<PolicyRule> Rules, IReadOnlyList<string> Faults) Check(params PolicyRule[] rules) => _hub.Gate.Get<PolicyRuleCheck>().Check(rules);

    private void Fails(PolicyRule rule, string fault)
    {
        var faults = Check(PolicyHub.Rule("confirm", "note.drop"), rule).Faults;
        Assert.NotEmpty(faults);
        Assert.All(faults, f => Assert.StartsWith("Rule 2: ", f, StringComparison.Ordinal));
        Assert.Contains(faults, f => f.Contains(fault, StringComparison.Ordinal));
    }
}
