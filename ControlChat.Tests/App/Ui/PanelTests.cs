using Bunit;
using ControlChat.App.Ui;
using Microsoft.AspNetCore.Components;
using Xunit;

namespace ControlChat.Tests.App.Ui;

public sealed class PanelTests : IDisposable
{
    private readonly BunitContext _page = new();

    public void Dispose() => _page.Dispose();

    [Fact]
    public void Loading_is_busy_has_rows_of_the_final_height_and_says_what_loads()
    {
        var panel = Show(p => p.Add(x => x.Look, PanelLook.Loading).Add(x => x.SkeletonRows, 4));
        Assert.Equal("true", panel.Find(".panel").GetAttribute("aria-busy"));
        Assert.Equal(4, panel.FindAll(".late .skeleton").Count);
        Assert.Equal("Loading workspaces", panel.Find(".sr").TextContent);
    }

    [Fact]
    public void Empty_says_what_belongs_here_and_offers_one_action()
    {
        var panel = Show(p => p.Add(x => x.Look, PanelLook.Empty).Add(x => x.EmptyTitle, "No workspaces yet").Add(x => x.EmptyText, "They appear here.").Add(x => x.EmptyAction, "<button class=b>New workspace</button>"));
        Assert.Equal("No workspaces yet", panel.Find(".empty b").TextContent);
        Assert.Equal("New workspace", panel.Find(".empty button").TextContent);
    }

    [Fact]
    public void Failed_says_what_still_works_gives_the_reference_and_tries_again()
    {
        var tried = 0;
        var panel = Show(p => p.Add(x => x.Look, PanelLook.Failed).Add(x => x.FailedText, "The list is not affected.").Add(x => x.Reference, "7f3a").Add(x => x.OnRetry, () => tried++));
        Assert.Equal("alert", panel.Find(".note.danger").GetAttribute("role"));
        Assert.Equal("Workspaces could not be loaded", panel.Find("b").TextContent);
        Assert.Equal("The list is not affected. Reference 7f3a.", panel.Find("p").TextContent);
        panel.Find("button").Click();
        Assert.Equal(1, tried);
    }

    [Fact]
    public void Live_shows_the_data_and_new_rows_wait_to_be_shown()
    {
        var shown = 0;
        var panel = Show(p => p.Add(x => x.Look, PanelLook.Live).Add(x => x.ChildContent, "<p>rows</p>").Add(x => x.NewRows, 2).Add(x => x.OnShowNew, () => shown++));
        Assert.Equal("rows", panel.Find(".panel p").TextContent);
        Assert.Contains("2 new rows", panel.Find("[role=status]").TextContent, StringComparison.Ordinal);
        panel.Find("[role=status] button").Click();
        Assert.Equal(1, shown);
    }

    [Fact]
    public void A_fault_inside_stays_inside_and_hides_its_details()
    {
        var panel = Show(p => p.Add(x => x.Look, PanelLook.Live).AddChildContent<Broken>());
        Assert.Matches("Reference [0-9a-f]{4}\\.", panel.Find(".note.danger").TextContent);
        Assert.DoesNotContain("secret", panel.Markup, StringComparison.Ordinal);
    }

    private IRenderedComponent<Panel> Show(Action<ComponentParameterCollectionBuilder<Panel>> with) =>
        _page.Render<Panel>(p => with(p.Add(x => x.Title, "Workspaces")));

    internal sealed class Broken : ComponentBase
    {
        protected override void OnInitialized() => throw new InvalidOperationException("secret");
    }
}
