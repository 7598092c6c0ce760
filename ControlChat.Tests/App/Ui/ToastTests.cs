using Bunit;
using ControlChat.App.Ui;
using ControlChat.Tests.App.Layout;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.Ui;

public sealed class ToastTests
{
    [Fact]
    public void At_most_three_are_shown_and_the_oldest_goes()
    {
        using var page = new ShellPage();
        var (host, toasts) = Host(page);
        foreach (var i in Enumerable.Range(1, 4))
            toasts.Show(new Toast($"Toast {i}"));
        host.WaitForAssertion(() => Assert.Equal(["Toast 2", "Toast 3", "Toast 4"], host.FindAll(".toast .grow").Select(t => t.TextContent)));
    }

    [Fact]
    public void One_of_the_same_key_takes_the_place_of_the_one_before_and_its_time_begins_anew()
    {
        using var page = new ShellPage();
        var (_, toasts) = Host(page);
        toasts.Show(new Toast("1 waits") { Key = "waits" });
        toasts.Show(new Toast("Saved"));
        page.Time.Advance(TimeSpan.FromSeconds(9));
        toasts.Show(new Toast("2 wait") { Key = "waits" });
        Assert.Equal(["2 wait", "Saved"], toasts.Current.Select(t => t.Toast.Text));
        page.Time.Advance(TimeSpan.FromSeconds(9));
        Assert.Equal(["2 wait"], toasts.Current.Select(t => t.Toast.Text));
    }

    [Fact]
    public void What_is_under_the_pointer_changes_its_words_and_stays_where_it_is()
    {
        using var page = new ShellPage();
        var (host, toasts) = Host(page);
        var opened = "";
        Toast Of(string text) => new(text, Action: "Open", OnAction: () => { opened = text; return Task.CompletedTask; }) { Key = "waits" };
        toasts.Show(Of("1 waits"));
        var id = toasts.Current[0].Toast.Id;
        host.WaitForElement(".toast").MouseEnter();
        toasts.Show(Of("2 wait"));
        Assert.Equal(id, toasts.Current.Single().Toast.Id);
        host.WaitForAssertion(() => Assert.Contains("2 wait", host.Find(".toast").TextContent, StringComparison.Ordinal));
        page.Time.Advance(TimeSpan.FromSeconds(30));
        foreach (var i in Enumerable.Range(1, 5))
            toasts.Show(new Toast($"Toast {i}"));
        Assert.Equal(["2 wait", "Toast 4", "Toast 5"], toasts.Current.Select(t => t.Toast.Text));
        host.Find(".toast .b").Click();
        Assert.Equal("2 wait", opened);
    }

    [Fact]
    public void A_new_one_is_shown_even_beside_three_that_are_held()
    {
        using var page = new ShellPage();
        var (_, toasts) = Host(page);
        foreach (var i in Enumerable.Range(1, 3))
            toasts.Show(new Toast($"Toast {i}"));
        foreach (var (toast, _) in toasts.Current)
            toasts.Hold(toast.Id, true);
        toasts.Show(new Toast("Toast 4"));
        toasts.Show(new Toast("Toast 5"));
        Assert.Equal(["Toast 1", "Toast 2", "Toast 3", "Toast 5"], toasts.Current.Select(t => t.Toast.Text));
    }

    [Fact]
    public void A_toast_goes_after_ten_seconds_unless_it_is_hovered_or_focused()
    {
        using var page = new ShellPage();
        var (host, toasts) = Host(page);
        toasts.Show(new Toast("Pinned river-gauge-api"));
        host.WaitForElement(".toast").MouseEnter();
        page.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.Single(toasts.Current);
        host.Find(".toast").MouseLeave();
        page.Time.Advance(TimeSpan.FromSeconds(9));
        Assert.Single(toasts.Current);
        page.Time.Advance(TimeSpan.FromSeconds(1));
        host.WaitForAssertion(() => Assert.Empty(host.FindAll(".toast")));
        Assert.Equal(0, page.Time.Waiting);
    }

    [Fact]
    public void The_action_runs_once_says_the_seconds_and_takes_the_toast_away()
    {
        using var page = new ShellPage();
        var (host, toasts) = Host(page);
        var undone = 0;
        toasts.Show(new Toast("Pinned", Action: "Undo", Counts: true, OnAction: () => { undone++; return Task.CompletedTask; }));
        page.Time.Advance(TimeSpan.FromSeconds(1));
        host.WaitForAssertion(() => Assert.Equal("9", host.Find(".toast .b .quiet").TextContent));
        host.Find(".toast .b").Click();
        Assert.Equal(1, undone);
        Assert.Empty(toasts.Current);
    }

    private static (IRenderedComponent<ToastHost> Host, Toasts Toasts) Host(ShellPage page) => (page.Render<ToastHost>(), page.Services.GetRequiredService<Toasts>());
}
