using Bunit;
using Bunit.TestDoubles;
using ControlChat.App.Layout;
using ControlChat.App.Ui;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.Layout;

public sealed class PaletteTests : IDisposable
{
    private readonly ShellPage _page = new();

    public void Dispose() => _page.Dispose();

    [Fact]
    public void The_first_entry_asks_what_is_typed()
    {
        var palette = Typed("gauge");
        Assert.Equal("Ask: “gauge”", Selected(palette));
        Press(palette, "Enter");
        Assert.Equal(new AskRequest("gauge", true), _page.Services.GetRequiredService<AskRequests>().Take());
        Assert.EndsWith("/", Navigation.Uri, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_asked_is_never_in_the_address()
    {
        Press(Typed("delete everything"), "Enter");
        Assert.DoesNotContain("delete", Navigation.Uri, StringComparison.Ordinal);
    }

    [Fact]
    public void Arrows_move_over_groups_and_enter_opens()
    {
        var palette = Typed("audit");
        Press(palette, "ArrowDown");
        Assert.Equal("Audit", Selected(palette));
        Assert.Equal("Audit", palette.Find("em").TextContent);
        Press(palette, "Enter");
        Assert.EndsWith("/audit", Navigation.Uri, StringComparison.Ordinal);
        Assert.Null(_page.Services.GetRequiredService<AskRequests>().Take());
    }

    [Fact]
    public void The_ends_of_the_list_meet()
    {
        var palette = Typed("audit");
        Press(palette, "ArrowUp");
        Assert.Equal("Audit", Selected(palette));
        Press(palette, "ArrowDown");
        Assert.Equal("Ask: “audit”", Selected(palette));
    }

    [Fact]
    public void Control_enter_asks_whatever_is_selected()
    {
        var palette = Typed("audit");
        Press(palette, "ArrowDown");
        palette.Find("input").KeyDown(new Microsoft.AspNetCore.Components.Web.KeyboardEventArgs { Key = "Enter", CtrlKey = true });
        Assert.Equal("audit", _page.Services.GetRequiredService<AskRequests>().Take()?.Text);
    }

    [Fact]
    public void No_hit_says_what_enter_does() => Assert.Equal("Nothing found. Enter asks this instead.", Typed("zzz").Find("[role=status]").TextContent);

    [Fact]
    public void Nothing_typed_offers_the_pages_and_nothing_to_ask() =>
        Assert.Equal(["Ask", "Workspaces", "Approvals", "Sessions", "Audit", "Logs", "Usage", "Settings"], Typed("  ").FindAll("[role=option] .grow").Select(o => o.TextContent));

    [Fact]
    public void Sources_stand_in_their_order_and_one_that_fails_is_left_out()
    {
        _page.Services.AddScoped<IPaletteSource>(_ => new Source(60, _ => throw new InvalidOperationException("down")));
        _page.Services.AddScoped<IPaletteSource>(_ => new Source(20, _ => [new PaletteGroup("Do", [new PaletteEntry("Archive audit-log", "archive", "shows a plan", Ask: "/archive audit-log")])]));
        var palette = Typed("audit");
        Assert.Equal(["Ask", "Do", "Pages"], palette.FindAll("h3").Select(h => h.TextContent));
        Assert.Equal("shows a plan", palette.Find("[aria-label=Do] .small").TextContent);
    }

    [Fact]
    public void The_field_points_at_the_selected_option_for_screen_readers()
    {
        var palette = Typed("audit");
        Press(palette, "ArrowDown");
        Assert.Equal(palette.Find("[aria-selected=true]").Id, palette.Find("input").GetAttribute("aria-activedescendant"));
        Assert.Single(palette.FindAll("[aria-selected=true]"));
    }

    [Fact]
    public async Task Enter_waits_for_the_hits_of_the_newest_text()
    {
        var slow = new TaskCompletionSource<IReadOnlyList<PaletteGroup>>();
        using var search = new PaletteSearch([new SlowSource(slow.Task)]);
        var first = search.FindAsync("old");
        var second = search.FindAsync("new");
        slow.SetResult([]);
        await search.SettledAsync();
        await first;
        await second;
        Assert.Equal("new", search.AskEntry?.Ask);
    }

    private BunitNavigationManager Navigation => _page.Services.GetRequiredService<BunitNavigationManager>();

    private IRenderedComponent<Palette> Typed(string text)
    {
        var palette = _page.Render<Palette>();
        palette.Find("input").Input(text);
        return palette;
    }

    private static void Press(IRenderedComponent<Palette> palette, string key) =>
        palette.Find("input").KeyDown(new Microsoft.AspNetCore.Components.Web.KeyboardEventArgs { Key = key });

    private static string Selected(IRenderedComponent<Palette> palette) => palette.Find("[aria-selected=true] .grow").TextContent;

    private sealed class Source(int order, Func<string, IReadOnlyList<PaletteGroup>> find) : IPaletteSource
    {
        public int Order => order;

        public ValueTask<IReadOnlyList<PaletteGroup>> FindAsync(string text, CancellationToken cancellationToken) => new(find(text));
    }

    private sealed class SlowSource(Task<IReadOnlyList<PaletteGroup>> answer) : IPaletteSource
    {
        public int Order => 1;

        public async ValueTask<IReadOnlyList<PaletteGroup>> FindAsync(string text, CancellationToken cancellationToken) => await answer;
    }
}
