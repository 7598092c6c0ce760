using ControlChat.App.Approvals;
using ControlChat.App.Live;
using ControlChat.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace ControlChat.Tests.App.Live;

/// <summary>A tail of the bus that breaks for any reason is begun again: nobody waits for these followers, and what they tell would stand still.</summary>
public sealed class BrokenTailTests
{
    private readonly FakeTime _time = new();
    private readonly TailBus _bus = new(new InvalidOperationException("refused"), new InvalidOperationException("refused again"));

    [Fact]
    public async Task The_approvals_feed_hears_again_and_says_that_some_were_missed()
    {
        await using var feed = new ApprovalFeed(_bus, _time, NullLogger<ApprovalFeed>.Instance);
        var heard = new List<ApprovalsMoved>();
        feed.Changed += moved => { lock (heard) heard.Add(moved); };
        await AdvanceUntilAsync(() => _bus.Tails == 3);
        await AdvanceUntilAsync(() => Any(heard, m => m.Ids is null));
        _bus.Say("apr_1");
        await AdvanceUntilAsync(() => Any(heard, m => m.Ids is { Count: 1 } ids && ids.Contains("apr_1")));
    }

    [Fact]
    public async Task The_news_of_a_page_go_on_also_when_the_page_could_not_read_them()
    {
        using var end = new CancellationTokenSource();
        var (told, failures) = (0, 1);
        var following = new TopicNews("workspaces", _bus, _time).FollowAsync(() =>
        {
            if (Interlocked.Decrement(ref failures) == 0) throw new InvalidOperationException("the database is away");
            Interlocked.Increment(ref told);
            return Task.CompletedTask;
        }, end.Token);
        await AdvanceUntilAsync(() => _bus.Tails == 3 && told > 0);
        var before = told;
        _bus.Say("ws_1");
        await AdvanceUntilAsync(() => told > before);
        await end.CancelAsync();
        await following;
    }

    private static bool Any(List<ApprovalsMoved> heard, Func<ApprovalsMoved, bool> what)
    {
        lock (heard) return heard.Exists(m => what(m));
    }

    private Task AdvanceUntilAsync(Func<bool> condition) => Waiting.UntilAsync(() =>
    {
        _time.Advance(TimeSpan.FromMilliseconds(250));
        return condition();
    });
}
