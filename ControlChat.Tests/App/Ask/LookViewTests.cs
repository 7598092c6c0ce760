using System.Text.Json.Nodes;
using Bunit;
using Bunit.TestDoubles;
using ControlChat.App.Ask;
using ControlChat.App.SignIn;
using ControlChat.Core.Accounts;
using ControlChat.Core.Conversations;
using ControlChat.Tests.App.Layout;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.Ask;

/// <summary>What an agent asks the browser to show. In a run that read text from outside it is an offer.</summary>
public sealed class LookViewTests : IDisposable
{
    private readonly ShellPage _page = new();
    private readonly HeardActions _actions = new();

    public LookViewTests()
    {
        var who = new CircuitPrincipal();
        who.Set(TestPrincipals.Person("acc_1"));
        _page.Services.AddSingleton(who).AddSingleton<IUiActions>(_actions).AddScoped<Looks>();
    }

    public void Dispose() => _page.Dispose();

    [Fact]
    public void A_tainted_run_only_offers_and_says_why()
    {
        var view = Show("show_page", "audit", offer: true);
        Assert.Contains("nothing happens without your click", view.Markup, StringComparison.Ordinal);
        Assert.Equal("/audit", view.Find("a").GetAttribute("href"));
        Assert.Empty(_actions.Done);
        Assert.EndsWith("/", _page.Services.GetRequiredService<BunitNavigationManager>().Uri, StringComparison.Ordinal);
        view.Find("a").Click();
        Assert.Equal(["uia_1"], _actions.Done);
    }

    [Fact]
    public void A_clean_run_has_nothing_to_click() => Assert.Empty(Show("show_page", "audit", offer: false).FindAll("a, button"));

    [Theory]
    [InlineData("show_page", "approvals")]
    [InlineData("open_workspace", "ws_1/../../approvals")]
    [InlineData("show_page", "javascript:alert(1)")]
    public void What_is_not_on_the_allowlist_is_not_even_offered(string action, string target) =>
        Assert.Empty(Show(action, target, offer: true).FindAll("a, button"));

    private IRenderedComponent<LookView> Show(string action, string target, bool offer)
    {
        var script = new AskScript();
        script.Asks("show me", "run_1");
        script.Starts("run_1");
        script.Add(ConversationEvents.UiAction, "run_1", new JsonObject { ["id"] = "uia_1", ["action"] = action, ["target"] = target, ["offer"] = offer });
        var look = Assert.Single(script.State.Parts<AskPart.Look>());
        return _page.Render<LookView>(p => p.Add(v => v.Look, look));
    }

    private sealed class HeardActions : IUiActions
    {
        public List<string> Done { get; } = [];

        public Task<string> RequestAsync(UiActionRequest request, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<bool> TakeAsync(Principal principal, string id, CancellationToken cancellationToken) => Task.FromResult(true);

        public Task<bool> AcknowledgeAsync(Principal principal, string id, bool done, CancellationToken cancellationToken)
        {
            if (done) Done.Add(id);
            return Task.FromResult(done);
        }
    }
}
