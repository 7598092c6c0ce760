using Bunit;
using ControlChat.App.Layout;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.Layout;

/// <summary>The number that waits, when reading it takes its time and the browser is not always there.</summary>
public sealed class MainLayoutFactsTests
{
    [Fact]
    public async Task One_read_is_under_way_and_what_moves_meanwhile_is_seen_by_the_one_after_it()
    {
        using var page = new ShellPage();
        var facts = new LateFacts();
        page.Services.AddSingleton<IShellFacts>(facts);
        var layout = Show(page);
        for (var i = 0; i < 5; i++) await layout.InvokeAsync(facts.Move);
        Assert.Single(facts.Asked);
        facts.Asked[0].SetResult(ShellFacts.Neutral with { WaitingForYou = 1 });
        layout.WaitForAssertion(() => Assert.Equal(2, facts.Asked.Count));
        facts.Asked[1].SetResult(ShellFacts.Neutral with { WaitingForYou = 7 });
        layout.WaitForAssertion(() => Assert.Contains("7 waiting for you", layout.Find(".nav .count").TextContent, StringComparison.Ordinal));
        Assert.Equal(2, facts.Asked.Count);
        Assert.Equal([0, 1, 7], Badges(page));
    }

    [Fact]
    public async Task A_read_that_fails_keeps_the_number_and_the_next_one_is_made()
    {
        using var page = new ShellPage();
        var facts = new LateFacts();
        page.Services.AddSingleton<IShellFacts>(facts);
        var layout = Show(page);
        facts.Asked[0].SetResult(ShellFacts.Neutral with { WaitingForYou = 1 });
        layout.WaitForAssertion(() => Assert.Equal([0, 1], Badges(page)));
        await layout.InvokeAsync(facts.Move);
        facts.Asked[1].SetException(new InvalidOperationException("once"));
        await layout.InvokeAsync(facts.Move);
        layout.WaitForAssertion(() => Assert.Equal(3, facts.Asked.Count));
        facts.Asked[2].SetResult(ShellFacts.Neutral with { WaitingForYou = 2 });
        layout.WaitForAssertion(() => Assert.Equal([0, 1, 2], Badges(page)));
    }

    [Fact]
    public async Task A_browser_that_was_away_is_told_the_number_again_and_keeps_nothing_waiting_meanwhile()
    {
        using var page = new ShellPage();
        page.JSInterop.SetupVoid("controlchat.notices.badge", _ => true);
        var watch = new FakeWatch();
        page.Services.AddSingleton<IShellWatch>(watch);
        var layout = Show(page);
        layout.WaitForAssertion(() => Assert.Equal(1, watch.Begun));
        page.Facts.Move(ShellFacts.Neutral with { WaitingForYou = 3 });
        layout.WaitForAssertion(() => Assert.Contains("3 waiting for you", layout.Find(".nav .count").TextContent, StringComparison.Ordinal));
        layout.WaitForAssertion(() => Assert.Equal([0, 3], Badges(page)));
        await page.Services.GetRequiredService<ShellCircuit>().OnConnectionUpAsync(null!, default);
        layout.WaitForAssertion(() => Assert.Equal([0, 3, 3], Badges(page)));
    }

    private static IEnumerable<int> Badges(ShellPage page) => page.JSInterop.Invocations["controlchat.notices.badge"].Select(call => (int)call.Arguments[0]!);

    private static IRenderedComponent<MainLayout> Show(ShellPage page) => page.Render<MainLayout>(p => p.Add(l => l.Body, "<h1>Body</h1>"));

    /// <summary>Facts that come when a test says so.</summary>
    private sealed class LateFacts : IShellFacts
    {
        public event Action? Changed;

        public ShellFacts Now => ShellFacts.Neutral;

        public List<TaskCompletionSource<ShellFacts>> Asked { get; } = [];

        public void Move() => Changed?.Invoke();

        public ValueTask<ShellFacts> ReadAsync(CancellationToken cancellationToken)
        {
            Asked.Add(new TaskCompletionSource<ShellFacts>());
            return new(Asked[^1].Task);
        }
    }

    private sealed class FakeWatch : IShellWatch
    {
        public int Begun { get; private set; }

        public void Begin() => Begun++;
    }
}
