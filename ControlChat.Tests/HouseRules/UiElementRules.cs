using System.Text.RegularExpressions;
using Bunit;
using ControlChat.App.Layout;
using ControlChat.Core.Conversations;
using ControlChat.Tests.App.Layout;
using Xunit;

namespace ControlChat.Tests.HouseRules;

/// <summary>What an agent may point at has to be there: an element nobody drew would be refused for ever.</summary>
public sealed partial class UiElementRules
{
    [Fact]
    public void Every_element_on_the_allowlist_is_drawn_somewhere()
    {
        var drawn = Repository.Files.Where(f => f.EndsWith(".razor", StringComparison.Ordinal))
            .SelectMany(f => Mark().Matches(Repository.Text(f)).SelectMany(m => Name().Matches(m.Groups[1].Value)).Select(m => m.Value))
            .Concat(Frame(".nav")).ToHashSet();
        Rule.Holds(UiActionAllowlist.TargetsOf(UiActionAllowlist.Highlight).Where(name => !drawn.Contains(name)),
            "Give the element data-ui with this name in the markup of its page, or take it off UiActionAllowlist.");
    }

    [Fact]
    public void A_phone_has_every_place_of_the_navigation_too_and_none_of_them_is_a_decision()
    {
        var places = UiActionAllowlist.TargetsOf(UiActionAllowlist.Highlight).Where(name => name.StartsWith("nav-", StringComparison.Ordinal)).ToList();
        Assert.Equal(places.Order(), Frame(".nav").Order());
        Assert.Equal(places.Order(), Frame(".tabbar, #more").Distinct().Order());
    }

    private static List<string> Frame(string within)
    {
        using var page = new ShellPage();
        var layout = page.Render<MainLayout>(p => p.Add(l => l.Body, "<h1>Body</h1>"));
        return [.. layout.FindAll(within).SelectMany(part => part.QuerySelectorAll("[data-ui]")).Select(element => element.GetAttribute("data-ui")!)];
    }

    // Also inside an expression: data-ui="@(condition ? "name" : null)".
    [GeneratedRegex("data-ui=\"(@\\([^)]*\\)|[^\"]*)\"")]
    private static partial Regex Mark();

    [GeneratedRegex("[a-z]+(?:-[a-z]+)*")]
    private static partial Regex Name();
}
