using System.Globalization;
using System.Text;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace ControlChat.App.Telemetry;

/// <summary>One collection in Prometheus' text format 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format.</summary>
internal sealed class PrometheusText
{
    private readonly Dictionary<string, Family> _families = new(StringComparer.Ordinal);

    public void Add(Metric metric)
    {
        var type = TypeOf(metric.MetricType);
        if (type is null) return;
        var name = Name(metric, type);
        // Two instruments of one name in different meters are one family; of another type they would make the whole text invalid.
        if (!_families.TryGetValue(name, out var family)) _families[name] = family = new Family(type, metric.Description ?? "");
        if (family.Type != type) return;
        foreach (ref readonly var point in metric.GetMetricPoints()) Write(family, name, metric.MetricType, in point);
    }

    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (var (name, family) in _families.Where(f => f.Value.Samples.Length > 0))
        {
            text.Append("# HELP ").Append(name).Append(' ').Append(family.Help.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)).Append('\n');
            text.Append("# TYPE ").Append(name).Append(' ').Append(family.Type).Append('\n');
            text.Append(family.Samples);
        }
        return text.ToString();
    }

    private static void Write(Family family, string name, MetricType type, in MetricPoint point)
    {
        var labels = Labels(point.Tags);
        // A repeated series would be a fault of the whole scrape.
        if (!family.Series.Add(labels)) return;
        switch (type)
        {
            case MetricType.LongSum or MetricType.LongSumNonMonotonic:
                family.Sample(name, labels, Number(point.GetSumLong()));
                break;
            case MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic:
                family.Sample(name, labels, Number(point.GetSumDouble()));
                break;
            case MetricType.LongGauge:
                family.Sample(name, labels, Number(point.GetGaugeLastValueLong()));
                break;
            case MetricType.DoubleGauge:
                family.Sample(name, labels, Number(point.GetGaugeLastValueDouble()));
                break;
            case MetricType.Histogram:
                WriteHistogram(family, name, labels, in point);
                break;
        }
    }

    private static void WriteHistogram(Family family, string name, string labels, in MetricPoint point)
    {
        var below = 0L;
        foreach (var bucket in point.GetHistogramBuckets())
        {
            below += bucket.BucketCount;
            family.Sample(name + "_bucket", With(labels, "le", Number(bucket.ExplicitBound)), Number(below));
        }
        family.Sample(name + "_sum", labels, Number(point.GetHistogramSum()));
        // Of the same reading as the buckets: a record between the two would break the format's promise that they are equal.
        family.Sample(name + "_count", labels, Number(below));
    }

    private static string? TypeOf(MetricType type) => type switch
    {
        MetricType.LongSum or MetricType.DoubleSum => "counter",
        MetricType.LongSumNonMonotonic or MetricType.DoubleSumNonMonotonic or MetricType.LongGauge or MetricType.DoubleGauge => "gauge",
        MetricType.Histogram => "histogram",
        _ => null,
    };

    // https://prometheus.io/docs/practices/naming: base units and "_total" are part of the name.
    private static string Name(Metric metric, string type)
    {
        var name = Word(metric.Name, colon: true);
        var unit = metric.Unit switch { "s" => "_seconds", "By" => "_bytes", "ms" => "_milliseconds", _ => "" };
        if (!name.EndsWith(unit, StringComparison.Ordinal)) name += unit;
        return type == "counter" && !name.EndsWith("_total", StringComparison.Ordinal) ? name + "_total" : name;
    }

    private static string Labels(ReadOnlyTagCollection tags)
    {
        // Names that fall together when they are made legal share one label, as the OpenTelemetry specification has it.
        var values = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var tag in tags)
        {
            var (label, value) = (Word(tag.Key, colon: false), Convert.ToString(tag.Value, CultureInfo.InvariantCulture) ?? "");
            values[label] = values.TryGetValue(label, out var before) ? $"{before};{value}" : value;
        }
        return values.Aggregate("", (labels, v) => With(labels, v.Key, v.Value));
    }

    private static string With(string labels, string name, string value)
    {
        var escaped = value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
        return $"{(labels.Length == 0 ? "{" : labels[..^1] + ",")}{name}=\"{escaped}\"}}";
    }

    private static string Word(string text, bool colon)
    {
        var word = string.Concat(text.Select(c => char.IsAsciiLetterOrDigit(c) || (colon && c == ':') ? c : '_'));
        return word.Length == 0 || char.IsAsciiDigit(word[0]) ? "_" + word : word;
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };

    private sealed class Family(string type, string help)
    {
        public string Type { get; } = type;

        public string Help { get; } = help;

        public StringBuilder Samples { get; } = new();

        public HashSet<string> Series { get; } = new(StringComparer.Ordinal);

        public void Sample(string name, string labels, string value) => Samples.Append(name).Append(labels).Append(' ').Append(value).Append('\n');
    }
}
