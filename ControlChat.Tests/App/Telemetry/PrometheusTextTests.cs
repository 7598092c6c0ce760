using System.Diagnostics.Metrics;
using ControlChat.App.Telemetry;
using ControlChat.Tests.Support;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using Xunit;

namespace ControlChat.Tests.App.Telemetry;

public sealed class PrometheusTextTests : IDisposable
{
    private readonly Meter _meter = new("PrometheusTextTests");
    private readonly List<Metric> _metrics = [];
    private readonly MeterProvider _provider;

    public PrometheusTextTests() => _provider = Sdk.CreateMeterProviderBuilder().AddMeter(_meter.Name).AddInMemoryReader(_metrics).Build();

    [Fact]
    public void Names_carry_base_units_and_total_once()
    {
        _meter.CreateCounter<long>("a.made").Add(2);
        _meter.CreateCounter<long>("b_total").Add(1);
        _meter.CreateCounter<double>("c.read", "By").Add(1.5);
        _meter.CreateObservableGauge("d.age_seconds", () => 3.25, "s");
        _meter.CreateUpDownCounter<int>("e-open").Add(-4);
        _meter.CreateHistogram<double>("f.wait", "s").Record(0.3);
        Assert.Equal(["a_made_total", "b_total", "c_read_bytes_total", "d_age_seconds", "e_open", "f_wait_seconds"], Read().Families.Keys.Order(StringComparer.Ordinal));
        Assert.Equal((2, 1.5, 3.25, -4), (Read().Value("a_made_total"), Read().Value("c_read_bytes_total"), Read().Value("d_age_seconds"), Read().Value("e_open")));
    }

    [Fact]
    public void Any_text_can_be_a_label_and_names_that_fall_together_are_one()
    {
        const string ugly = "a \"b\" \\ c\nd {e=\"f\"} ü\\n";
        _meter.CreateCounter<long>("x").Add(1, new("the.text", ugly), new("n", 5));
        _meter.CreateCounter<long>("y").Add(1, new("a.b", "1"), new("a_b", "2"));
        _meter.CreateCounter<long>("z", description: "Two\nlines \\ here.").Add(1);
        Assert.Equal(1, Read().Value("x_total", ("the_text", ugly), ("n", "5")));
        Assert.Equal(1, Read().Value("y_total", ("a_b", "1;2")));
        Assert.Equal("Two\\nlines \\\\ here.", Read().Families["z_total"].Help);
    }

    [Fact]
    public void A_histogram_ends_in_infinity_with_its_count()
    {
        var histogram = _meter.CreateHistogram("h", "s", null, null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 1] });
        foreach (var value in new[] { 0.05, 0.1, 0.5, 7 }) histogram.Record(value);
        var read = Read();
        Assert.Equal((2, 3, 4, 4, 7.65), (read.Value("h_seconds_bucket", ("le", "0.1")), read.Value("h_seconds_bucket", ("le", "1")), read.Value("h_seconds_bucket", ("le", "+Inf")), read.Value("h_seconds_count"), Math.Round(read.Value("h_seconds_sum")!.Value, 6)));
    }

    [Fact]
    public void Two_instruments_of_one_name_do_not_break_the_text()
    {
        using var other = new Meter(_meter.Name, "2");
        _meter.CreateCounter<long>("same").Add(1);
        other.CreateCounter<long>("same").Add(1);
        _meter.CreateObservableGauge("mixed_total", () => 1);
        other.CreateCounter<long>("mixed").Add(1);
        Assert.Single(Read().Samples("same_total"));
        Assert.Single(Read().Samples("mixed_total"));
    }

    public void Dispose()
    {
        _provider.Dispose();
        _meter.Dispose();
    }

    private Exposition Read()
    {
        _provider.ForceFlush();
        var text = new PrometheusText();
        foreach (var metric in _metrics) text.Add(metric);
        return Exposition.Read(text.ToString());
    }
}

internal static class InMemory
{
    /// <summary>Hands over the live metrics at each flush.</summary>
    public static MeterProviderBuilder AddInMemoryReader(this MeterProviderBuilder builder, List<Metric> metrics) =>
        builder.AddReader(new BaseExportingMetricReader(new Keeping(metrics)) { TemporalityPreference = MetricReaderTemporalityPreference.Cumulative });

    private sealed class Keeping(List<Metric> metrics) : BaseExporter<Metric>
    {
        public override ExportResult Export(in Batch<Metric> batch)
        {
            metrics.Clear();
            foreach (var metric in batch) metrics.Add(metric);
            return ExportResult.Success;
        }
    }
}
