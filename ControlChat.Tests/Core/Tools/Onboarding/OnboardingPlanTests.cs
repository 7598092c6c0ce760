using ControlChat.Core.Gate;
using ControlChat.Core.Settings;
using ControlChat.Core.Tools.Onboarding;
using Xunit;

namespace ControlChat.Tests.Core.Tools.Onboarding;

public sealed class OnboardingPlanTests
{
    private static readonly HostsSection _hosts = new() { PricePerHour = "0.10", Currency = "EUR" };

    [Fact]
    public void Everybody_comes_into_one_workspace_by_an_invitation_each()
    {
        var plan = Of("mara@example.org\njonas@example.org,owner", new OnboardingOrder("Billing", "viewer") { Days = 14 });
        Assert.Equal("""
            {"steps":[{"tool":"invitation.create","arguments":{"email":"mara@example.org","workspace_id":"Billing","workspace_role":"viewer","days":14}},{"tool":"invitation.create","arguments":{"email":"jonas@example.org","workspace_id":"Billing","workspace_role":"owner","days":14}}]}
            """, plan.Arguments!.ToJsonString());
        Assert.Null(plan.Cost(_hosts));
    }

    [Fact]
    public void A_workspace_each_is_made_first_and_named_by_its_step()
    {
        var plan = Of("email,name,workspace,host\nmara@example.org,Mara Weber,,none\njonas@example.org,Jonas,Tides,\nada@example.org,,,large",
            new OnboardingOrder(null, "collaborator", "small") { Cap = new Cost("2", "EUR", "hour") });
        Assert.Equal("""
            {"steps":[{"tool":"workspace.create","arguments":{"title":"Mara Weber"}},{"tool":"invitation.create","arguments":{"email":"mara@example.org","workspace_id":{"$step":0},"workspace_role":"collaborator"}},{"tool":"workspace.create","arguments":{"title":"Tides"}},{"tool":"invitation.create","arguments":{"email":"jonas@example.org","workspace_id":{"$step":2},"workspace_role":"collaborator"}},{"tool":"workspace.start_host","arguments":{"workspace_id":{"$step":2},"size":"small"}},{"tool":"workspace.create","arguments":{"title":"ada"}},{"tool":"invitation.create","arguments":{"email":"ada@example.org","workspace_id":{"$step":5},"workspace_role":"collaborator"}},{"tool":"workspace.start_host","arguments":{"workspace_id":{"$step":5},"size":"large"}}],"cost_cap":{"amount":"2","currency":"EUR","per":"hour"}}
            """, plan.Arguments!.ToJsonString());
        Assert.Equal(new Cost("0.50", "EUR", "hour"), plan.Cost(_hosts));
    }

    [Theory]
    [InlineData(true, "small", 17, 16, 51)]
    [InlineData(true, null, 26, 25, 52)]
    [InlineData(false, null, 51, 50, 51)]
    public void More_steps_than_a_plan_holds_are_refused_with_how_many_people_fit(bool each, string? host, int people, int fit, int steps)
    {
        var order = new OnboardingOrder(each ? null : "Billing", "viewer", host);
        var refused = Of(People(people), order);
        Assert.Null(refused.Arguments);
        Assert.StartsWith($"{people} people make {steps} steps, and one plan has at most 50: the first {fit} people fit.", Assert.Single(refused.Faults), StringComparison.Ordinal);
        Assert.EndsWith("At most 50 invitations of yours may wait, and 50 be made in an hour.", refused.Faults[0], StringComparison.Ordinal);
        Assert.NotNull(Of(People(fit), order).Arguments);
    }

    [Theory]
    [InlineData("email,workspace\nmara@example.org,Tides", "Billing", null, "The row names a workspace")]
    [InlineData("email,host\nmara@example.org,small", "Billing", null, "The row names a host")]
    [InlineData("email,name\nmara@example.org,Kim\njonas@example.org,KIM", null, null, "the title of the one of row 2")]
    [InlineData("email,name\nmara@example.org,1234567890123", null, null, "at most 12")]
    [InlineData("mara@example.org", "Billing", "small", "new workspaces only")]
    [InlineData("", "Billing", null, "Nobody stands in the table")]
    public void What_does_not_fit_the_order_is_a_fault_and_no_plan(string text, string? workspace, string? host, string words)
    {
        var plan = OnboardingPlan.Of(PeopleReader.Read(text), new OnboardingOrder(workspace, "viewer", host), 12);
        Assert.Null(plan.Arguments);
        Assert.Contains(plan.Faults.Concat(plan.Rows.SelectMany(r => r.Faults)), f => f.Contains(words, StringComparison.Ordinal));
    }

    private static OnboardingPlan Of(string text, OnboardingOrder order) => OnboardingPlan.Of(PeopleReader.Read(text), order, 120);

    private static string People(int count) => string.Join('\n', Enumerable.Range(0, count).Select(i => $"p{i}@example.org"));
}
