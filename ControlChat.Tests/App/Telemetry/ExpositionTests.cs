using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.App.Telemetry;

/// <summary>The tests' own reader of the text format refuses what a scraper would.</summary>
public sealed class ExpositionTests
{
    private const string Head = "# HELP a_total Help.\n# TYPE a_total counter\n";
    private const string Buckets = "# HELP h Help.\n# TYPE h histogram\n";

    [Theory]
    [InlineData(Head + "a_total 1\na_total 2\n")]
    [InlineData(Head + "a_total 1")]
    [InlineData(Head + "a_total one\n")]
    [InlineData(Head + "a_total{b=\"x\",b=\"y\"} 1\n")]
    [InlineData(Head + "a_total{b=\"x\\y\"} 1\n")]
    [InlineData(Head + "a_total{b=\"x\"y\"} 1\n")]
    [InlineData(Head + "a_total{b.c=\"x\"} 1\n")]
    [InlineData(Head + "b_total 1\n")]
    [InlineData(Head + "a_total -1\n")]
    [InlineData(Head + "a_total 1\n" + Head + "a_total{b=\"x\"} 1\n")]
    [InlineData("# HELP a Help.\n# TYPE a counter\na 1\n")]
    [InlineData("a_total 1\n")]
    [InlineData(Head)]
    [InlineData(Buckets + "h_bucket{le=\"1\"} 1\nh_sum 1\nh_count 1\n")]
    [InlineData(Buckets + "h_bucket{le=\"1\"} 2\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\n")]
    [InlineData(Buckets + "h_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 2\n")]
    [InlineData(Buckets + "h_bucket{le=\"2\"} 0\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\n")]
    public void What_is_wrong_is_refused(string text) => Assert.ThrowsAny<FormatException>(() => Exposition.Read(text));

    [Fact]
    public void What_is_right_is_read()
    {
        var read = Exposition.Read(Head + "a_total{b=\"x \\\"y\\\" \\\\ \\n{}\"} 1.5\n" + Buckets + "h_bucket{le=\"0.5\"} 1\nh_bucket{le=\"+Inf\"} 2\nh_sum 3\nh_count 2\n");
        Assert.Equal(1.5, read.Value("a_total", ("b", "x \"y\" \\ \n{}")));
        Assert.Equal(2, read.Value("h_bucket", ("le", "+Inf")));
    }
}
