using ControlChat.Core.Usage;
using Xunit;

namespace ControlChat.Tests.Core.Usage;

public sealed class LatencyBucketsTests
{
    public static TheoryData<string, int> Shapes => new()
    {
        { "even", 1 }, { "even", 2 }, { "even", 999 }, { "long tail", 10_000 }, { "long tail", 37 }, { "two heaps", 5_000 }, { "slow", 2_000 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Percentiles_are_within_a_tenth_of_the_exact_ones(string shape, int number)
    {
        var random = new Random(number);
        var times = Enumerable.Range(0, number).Select(_ => Draw(shape, random)).Order().ToList();
        var counts = new long[LatencyBuckets.Count];
        foreach (var time in times) counts[LatencyBuckets.Of(TimeSpan.FromMilliseconds(time))]++;

        foreach (var share in new[] { 0.01, 0.5, 0.9, 0.95, 0.99, 1 })
        {
            var exact = times[Math.Max(1, (int)Math.Ceiling(share * number)) - 1];
            var read = LatencyBuckets.Percentile(counts, share)!.Value;
            Assert.True(Math.Abs(read - exact) <= 0.1 * exact, $"{shape}, {number}, {share}: {read} for {exact}");
        }
    }

    [Fact]
    public void Nothing_counted_has_no_percentile_and_nothing_falls_off_the_ends()
    {
        Assert.Null(LatencyBuckets.Percentile(new long[LatencyBuckets.Count], 0.95));
        Assert.Equal(0, LatencyBuckets.Of(TimeSpan.Zero));
        Assert.Equal(0, LatencyBuckets.Of(TimeSpan.FromSeconds(-1)));
        Assert.Equal(LatencyBuckets.Count - 1, LatencyBuckets.Of(TimeSpan.FromDays(400)));
        Assert.InRange(LatencyBuckets.Of(TimeSpan.FromDays(3)), 0, LatencyBuckets.Count - 2);
    }

    private static double Draw(string shape, Random random) => shape switch
    {
        "even" => 1 + random.NextDouble() * 500,
        "long tail" => 0.3 * Math.Exp(random.NextDouble() * 12),
        "two heaps" => random.Next(2) == 0 ? 2 + random.NextDouble() : 900 + random.NextDouble() * 300,
        _ => 60_000 + random.NextDouble() * 80_000_000,
    };
}
