using System.Globalization;
using System.Text.RegularExpressions;

namespace ControlChat.Tests.Support;

/// <summary>
/// A strict reader of Prometheus' text format 0.0.4: refuses what a scraper would refuse or silently read wrong.
/// https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
/// </summary>
internal sealed partial class Exposition
{
    private readonly Dictionary<string, MetricFamily> _families = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, MetricFamily> Families => _families;

    /// <exception cref="FormatException">The first thing that is wrong, with its line.</exception>
    public static Exposition Read(string text)
    {
        if (text.Length > 0 && !text.EndsWith('\n')) throw new FormatException("The last line does not end.");
        var read = new Exposition();
        string? current = null;
        foreach (var line in text.TrimEnd('\n').Split('\n')) current = read.Take(line, current);
        foreach (var (name, family) in read._families) Check(name, family);
        return read;
    }

    /// <summary>The value of one series; null when it is not there.</summary>
    public double? Value(string name, params (string Label, string Value)[] labels) =>
        Samples(name).Where(s => labels.All(l => s.Labels.GetValueOrDefault(l.Label) == l.Value)).Select(s => (double?)s.Value).SingleOrDefault();

    public IReadOnlyList<Sample> Samples(string name) => [.. _families.Values.SelectMany(f => f.Samples).Where(s => s.Name == name)];

    private string? Take(string line, string? current)
    {
        if (line.StartsWith("# HELP ", StringComparison.Ordinal))
        {
            var (name, help) = Split(line[7..]);
            if (!MetricName().IsMatch(name) || EscapesOf(help).Any(e => e is not ('\\' or 'n'))) throw Wrong(line, "a HELP line");
            if (!_families.TryAdd(name, new MetricFamily(help))) throw Wrong(line, "a second HELP of one family, or its samples are not together");
            return name;
        }
        if (line.StartsWith("# TYPE ", StringComparison.Ordinal))
        {
            var (name, type) = Split(line[7..]);
            if (name != current || _families[name] is not { Type: null, Samples.Count: 0 } family) throw Wrong(line, "a TYPE that does not follow its HELP");
            if (type is not ("counter" or "gauge" or "histogram")) throw Wrong(line, "a type");
            family.Type = type;
            return name;
        }
        if (current is null || line.StartsWith('#')) throw Wrong(line, "a comment or a sample without a family");
        Add(line, current);
        return current;
    }

    private void Add(string line, string current)
    {
        var match = SampleLine().Match(line);
        if (!match.Success) throw Wrong(line, "a sample");
        var sample = new Sample(match.Groups[1].Value, Labels(match.Groups[2].Value, line), Number(match.Groups[3].Value, line));
        var family = _families[current];
        var own = family.Type == "histogram" ? new[] { current + "_bucket", current + "_sum", current + "_count" } : [current];
        if (!own.Contains(sample.Name)) throw Wrong(line, $"a sample of {current}");
        if (family.Samples.Any(s => s.Name == sample.Name && s.Key == sample.Key)) throw Wrong(line, "a series that is there already");
        family.Samples.Add(sample);
    }

    private static Dictionary<string, string> Labels(string text, string line)
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        if (text.Length == 0) return labels;
        var rest = text[1..^1];
        while (rest.Length > 0)
        {
            var match = LabelPair().Match(rest);
            if (!match.Success || EscapesOf(match.Groups[2].Value).Any(e => e is not ('\\' or '"' or 'n'))) throw Wrong(line, "labels");
            var value = Escape().Replace(match.Groups[2].Value, e => e.Value[1] == 'n' ? "\n" : e.Value[1..]);
            if (!labels.TryAdd(match.Groups[1].Value, value)) throw Wrong(line, "a label that is there once");
            rest = rest[match.Length..];
        }
        return labels;
    }

    private static void Check(string name, MetricFamily family)
    {
        if (family.Type is null || family.Samples.Count == 0) throw new FormatException($"{name} has no TYPE or no samples.");
        if (family.Type == "counter" && (!name.EndsWith("_total", StringComparison.Ordinal) || family.Samples.Any(s => s.Value < 0))) throw new FormatException($"{name} is no counter.");
        if (family.Type != "histogram") return;
        foreach (var series in family.Samples.GroupBy(s => s.KeyWithout("le")))
        {
            var buckets = series.Where(s => s.Name == name + "_bucket").ToList();
            var bounds = buckets.Select(b => Number(b.Labels["le"], name)).ToList();
            if (!bounds.SequenceEqual(bounds.Distinct().Order()) || bounds.Count == 0 || !double.IsPositiveInfinity(bounds[^1])) throw new FormatException($"{name}{series.Key}: le does not rise to +Inf.");
            if (!buckets.Select(b => b.Value).SequenceEqual(buckets.Select(b => b.Value).Order())) throw new FormatException($"{name}{series.Key}: the buckets do not add up.");
            var count = series.Single(s => s.Name == name + "_count").Value;
            if (buckets[^1].Value != count || series.Count(s => s.Name == name + "_sum") != 1) throw new FormatException($"{name}{series.Key}: +Inf is not the count, or there is no sum.");
        }
    }

    private static double Number(string text, string line) => text switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        "NaN" => double.NaN,
        _ => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value) ? value : throw Wrong(line, "a number"),
    };

    private static IEnumerable<char> EscapesOf(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\') continue;
            yield return ++i < text.Length ? text[i] : '\0';
        }
    }

    private static (string Name, string Text) Split(string text) => text.Split(' ', 2) is [var name, var rest] ? (name, rest) : throw Wrong(text, "a name and a text");

    private static FormatException Wrong(string line, string what) => new($"This is not {what}: {line}");

    [GeneratedRegex(@"\\.")]
    private static partial Regex Escape();

    [GeneratedRegex(@"^[a-zA-Z_:][a-zA-Z0-9_:]*$")]
    private static partial Regex MetricName();

    [GeneratedRegex(@"^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{(?:[^""\\]|""(?:[^""\\]|\\.)*"")*\})? (\S+)$")]
    private static partial Regex SampleLine();

    [GeneratedRegex(@"^([a-zA-Z_][a-zA-Z0-9_]*)=""((?:[^""\\\n]|\\.)*)""(?:,(?=.)|$)")]
    private static partial Regex LabelPair();
}

internal sealed class MetricFamily(string help)
{
    public string Help { get; } = help;

    public string? Type { get; set; }

    public List<Sample> Samples { get; } = [];
}

internal sealed record Sample(string Name, IReadOnlyDictionary<string, string> Labels, double Value)
{
    public string Key => KeyWithout("");

    public string KeyWithout(string label) => string.Join(',', Labels.Where(l => l.Key != label).OrderBy(l => l.Key, StringComparer.Ordinal).Select(l => $"{l.Key}={l.Value}"));
}
