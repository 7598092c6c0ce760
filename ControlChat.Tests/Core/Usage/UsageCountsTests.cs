using ControlChat.Core.Usage;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Usage;

public sealed class UsageCountsTests
{
    [Fact]
    public void A_hundred_thousand_names_take_bounded_room_and_every_call_is_counted()
    {
        var counts = new UsageCounts(new FakeTime());
        for (var i = 0; i < 100_000; i++) counts.Called($"acc_{i}", null, UsageKinds.Tool, $"tool.{i}", i % 4 == 0 ? "failed" : "completed", TimeSpan.FromMilliseconds(3));

        Assert.InRange(counts.Waiting, UsageCounts.Most, UsageCounts.Most + 10);
        var taken = Drain(counts);
        Assert.Equal((100_000, 25_000), (taken.Sum(t => t.Sum.Calls), taken.Sum(t => t.Sum.Errors)));
        Assert.Equal(100_000 - UsageCounts.Most, taken.Where(t => t.Key.Account == UsageCounts.Nobody).Sum(t => t.Sum.Calls));
        Assert.Equal(0, counts.Waiting);
    }

    [Fact]
    public void What_is_known_already_goes_on_being_counted_by_name_when_there_is_no_room_for_more()
    {
        var counts = new UsageCounts(new FakeTime());
        for (var i = 0; i < UsageCounts.Most + 1; i++) counts.Called($"acc_{i}", null, UsageKinds.Tool, "a", "completed", TimeSpan.Zero);
        counts.Called("acc_7", null, UsageKinds.Tool, "a", "completed", TimeSpan.Zero);

        Assert.Equal(2, Drain(counts).Single(t => t.Key.Account == "acc_7").Sum.Calls);
    }

    [Theory]
    [InlineData("completed", false)]
    [InlineData("planned", false)]
    [InlineData("confirmation_required", false)]
    [InlineData("declined", false)]
    [InlineData("in_progress", false)]
    [InlineData("denied", true)]
    [InlineData("failed", true)]
    [InlineData("partial", true)]
    [InlineData("unavailable", true)]
    [InlineData("rate_limited", true)]
    [InlineData("plan_stale", true)]
    [InlineData("a status of a later version", true)]
    public void What_broke_or_was_refused_is_an_error(string status, bool error) => Assert.Equal(error, UsageKinds.IsError(status));

    [Fact]
    public async Task Calls_of_many_threads_are_all_there_whatever_is_taken_meanwhile()
    {
        var counts = new UsageCounts(new FakeTime());
        var calling = Task.WhenAll(Enumerable.Range(0, 4).Select(lane => Task.Run(() =>
        {
            for (var i = 0; i < 20_000; i++) counts.Called($"acc_{lane}", null, UsageKinds.Tool, $"tool.{i % 50}", "completed", TimeSpan.FromMilliseconds(i % 90));
        })));
        var taken = 0L;
        while (!calling.IsCompleted) taken += counts.Take(100).Sum(t => t.Sum.Calls);
        await calling;
        Assert.Equal(80_000, taken + Drain(counts).Sum(t => t.Sum.Calls));
    }

    private static List<(UsageKey Key, UsageSum Sum)> Drain(UsageCounts counts)
    {
        var all = new List<(UsageKey, UsageSum)>();
        while (counts.Take(3_000) is { Count: > 0 } some) all.AddRange(some);
        return all;
    }
}
