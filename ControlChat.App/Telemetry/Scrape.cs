using System.Diagnostics.Metrics;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace ControlChat.App.Telemetry;

/// <summary>The hub's own numbers and those of the framework below it, collected when somebody asks.</summary>
internal sealed class Scrape : IDisposable
{
    /// <summary>What the framework and the runtime measure, beside the hub itself.</summary>
    public static IReadOnlyList<string> Meters { get; } =
    [
        Core.Telemetry.Meters.Name, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "Microsoft.AspNetCore.Components.Server.Circuits",
        "System.Net.Http", "System.Runtime",
    ];

    private const int PatienceMilliseconds = 5_000;
    private readonly Reading _reading = new();
    private readonly MeterProvider _provider;
    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly FigureReader _figures;

    public Scrape(FigureReader figures, IMeterFactory meters)
    {
        _figures = figures;
        // The provider owns the reader and disposes it.
        var reader = new BaseExportingMetricReader(_reading) { TemporalityPreference = MetricReaderTemporalityPreference.Cumulative };
        _provider = Sdk.CreateMeterProviderBuilder().AddMeter([.. Meters]).AddView(instrument => OfThisHub(instrument, meters)).AddReader(reader).Build();
        Core.Telemetry.Meters.ShowZeros();
    }

    /// <summary>One scrape at a time: a second one waits for the first.</summary>
    public async Task<string> ReadAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken);
        try
        {
            await _figures.ReadAsync(cancellationToken);
            return _reading.Read(PatienceMilliseconds);
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose()
    {
        _provider.Dispose();
        _one.Dispose();
    }

    /// <summary>Another hub in this process has instruments of the same names; they belong to its factory.</summary>
    public static MetricStreamConfiguration? OfThisHub(Instrument instrument, IMeterFactory meters) =>
        instrument.Meter.Scope is null || ReferenceEquals(instrument.Meter.Scope, meters) ? null : MetricStreamConfiguration.Drop;

    private sealed class Reading : BaseExporter<Metric>, IPullMetricExporter
    {
        private PrometheusText _text = new();

        public Func<int, bool>? Collect { get; set; }

        public string Read(int milliseconds)
        {
            Collect?.Invoke(milliseconds);
            return _text.ToString();
        }

        public override ExportResult Export(in Batch<Metric> batch)
        {
            var text = new PrometheusText();
            foreach (var metric in batch) text.Add(metric);
            _text = text;
            return ExportResult.Success;
        }
    }
}
