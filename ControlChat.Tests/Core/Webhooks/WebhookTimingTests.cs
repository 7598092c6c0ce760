using ControlChat.Core.Webhooks;
using Xunit;

namespace ControlChat.Tests.Core.Webhooks;

public sealed class WebhookTimingTests
{
    [Fact]
    public void Ten_tries_of_one_delivery_take_about_a_day()
    {
        var timing = new WebhookTiming();
        var pauses = Enumerable.Range(1, timing.Tries - 1).Select(n => timing.Pause(n, 0.5)).ToList();
        Assert.Equal(TimeSpan.FromSeconds(5), pauses[0]);
        Assert.Equal(pauses.Order(), pauses);
        Assert.InRange(pauses.Aggregate(TimeSpan.Zero, (sum, p) => sum + p), TimeSpan.FromHours(16), TimeSpan.FromHours(26));
        Assert.All(pauses, p => Assert.InRange(p, TimeSpan.FromSeconds(4), timing.Longest * 1.2));
    }

    [Fact]
    public void No_two_processes_come_back_at_the_same_time()
    {
        var timing = new WebhookTiming();
        Assert.Equal((TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(6)), (timing.Pause(1, 0), timing.Pause(1, 1)));
        Assert.Equal(timing.Longest * 1.2, timing.Pause(1_000, 1));
    }

    [Fact]
    public void An_endpoint_rests_at_most_five_minutes()
    {
        var timing = new WebhookTiming();
        Assert.Equal([5, 10, 20, 40], Enumerable.Range(1, 4).Select(n => timing.Rest(n).TotalSeconds));
        Assert.Equal(TimeSpan.FromMinutes(5), timing.Rest(1_000));
    }

    [Fact]
    public void A_claim_outlasts_an_answer() => Assert.True(new WebhookTiming().Lease > new WebhookTiming().Answer * 2);
}
