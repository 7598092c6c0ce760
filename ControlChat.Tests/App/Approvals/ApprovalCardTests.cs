using Bunit;
using ControlChat.App.Approvals;
using ControlChat.App.Approvals.Grants;
using ControlChat.App.SignIn;
using ControlChat.Tests.App.Layout;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.Approvals;

/// <summary>The whole card over the real gate.</summary>
public sealed class ApprovalCardTests
{
    [Fact]
    public async Task The_confirm_token_is_in_no_markup_before_or_after_the_decision()
    {
        await using var hub = await CardHub.CreateAsync();
        await using var page = new ShellPage();
        page.Services.AddSingleton(hub.Desk()).AddSingleton(new CircuitPrincipal()).AddSingleton<GrantReturn>();
        var id = await hub.AskAsync();
        var card = page.Render<ApprovalCard>(p => p.Add(c => c.ApprovalId, id));
        card.WaitForElement("[data-approve]");
        await Support.Waiting.UntilAsync(async () => await hub.Gate.CountAsync("select count(*) from confirm_tokens") > 0);
        AssertNoToken(card.Markup);
        hub.Gate.Time.Advance(ApprovalCardState.Inert);
        card.Find("[data-approve]").Click();
        card.WaitForAssertion(() => Assert.Contains("exactly as approved", card.Markup, StringComparison.Ordinal), TimeSpan.FromSeconds(10));
        AssertNoToken(card.Markup);
    }

    [Fact]
    public async Task An_unknown_approval_says_so()
    {
        await using var hub = await CardHub.CreateAsync();
        await using var page = new ShellPage();
        page.Services.AddSingleton(hub.Desk());
        var card = page.Render<ApprovalCard>(p => p.Add(c => c.ApprovalId, "apr_none"));
        card.WaitForAssertion(() => Assert.Contains("There is no such approval.", card.Markup, StringComparison.Ordinal));
    }

    // 43 characters of base64url in one go; a plan's hash is hex and longer.
    private static void AssertNoToken(string markup) =>
        Assert.DoesNotMatch("(?<![A-Za-z0-9_-])(?=[A-Za-z0-9_-]*[A-Z_-])[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])", markup);
}
