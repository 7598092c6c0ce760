using System.Diagnostics;
using System.Diagnostics.Metrics;
using ControlChat.Core.Telemetry;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace ControlChat.App.Telemetry;

/// <summary>
/// Sends spans and numbers to a collector, in the background. A collector that is away costs what it did not take and one line in the log;
/// the end of the process waits for it a bounded time.
/// </summary>
internal sealed partial class OtlpExport : BackgroundService
{
    private const int SendMilliseconds = 3_000;
    private static readonly TimeSpan FiguresEvery = TimeSpan.FromSeconds(15);
    private readonly FigureReader _figures;
    private readonly TimeProvider _time;
    private readonly ILogger<OtlpExport> _logger;
    private readonly TracerProvider _traces;
    private readonly MeterProvider _numbers;

    public OtlpExport(OtlpPlace place, CollectorWatch watch, FigureReader figures, IMeterFactory meters, Redactor redactor, TimeProvider time, ILogger<OtlpExport> logger)
    {
        (_figures, _time, _logger) = (figures, time, logger);
        foreach (var secret in place.Secrets) redactor.Add(secret);
        var resource = ResourceBuilder.CreateEmpty()
            .AddService("controlchat", serviceVersion: typeof(OtlpExport).Assembly.GetName().Version!.ToString(3)).AddTelemetrySdk().AddEnvironmentVariableDetector();
        _traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(Activities.Name, "Microsoft.AspNetCore", "System.Net.Http")
            .AddProcessor(new BatchActivityExportProcessor(new Traces(Options(place, "traces"), watch))).Build();
        _numbers = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter([.. Scrape.Meters, ModelCall.MeterName]).AddView(i => Scrape.OfThisHub(i, meters))
            .AddReader(new PeriodicExportingMetricReader(new Numbers(Options(place, "metrics"), watch))).Build();
        Meters.ShowZeros();
    }

    /// <summary>Sends what waits, for tests and for nobody else: the hub never waits for its collector.</summary>
    internal Task FlushAsync() => Task.Run(() => _traces.ForceFlush(SendMilliseconds) && _numbers.ForceFlush(SendMilliseconds));

    public override void Dispose()
    {
        // Each sends what waits, for at most 5 s; side by side, so that both together take no longer.
        Parallel.Invoke(_traces.Dispose, _numbers.Dispose);
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(FiguresEvery, _time);
        do await TryReadAsync(stoppingToken);
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task TryReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _figures.ReadAsync(cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            LogFigures(_logger, e);
        }
    }

    private static OtlpExporterOptions Options(OtlpPlace place, string signal) => new()
    {
        Endpoint = new Uri($"{place.Endpoint}/v1/{signal}"),
        Protocol = OtlpExportProtocol.HttpProtobuf,
        TimeoutMilliseconds = SendMilliseconds,
        Headers = place.Headers,
    };

    [LoggerMessage(LogLevel.Warning, "The hub's figures were not read")]
    private static partial void LogFigures(ILogger logger, Exception fault);

    private sealed class Traces(OtlpExporterOptions options, CollectorWatch watch) : OtlpTraceExporter(options)
    {
        public override ExportResult Export(in Batch<Activity> activityBatch) => watch.Saw(base.Export(in activityBatch));
    }

    private sealed class Numbers(OtlpExporterOptions options, CollectorWatch watch) : OtlpMetricExporter(options)
    {
        public override ExportResult Export(in Batch<Metric> metrics) => watch.Saw(base.Export(in metrics));
    }
}

/// <summary>Says once that the collector does not take what is sent, and once that it does again.</summary>
internal sealed partial class CollectorWatch(OtlpPlace place, ILogger<CollectorWatch> logger)
{
    private int _away;

    public ExportResult Saw(ExportResult result)
    {
        var away = result == ExportResult.Success ? 0 : 1;
        if (Interlocked.Exchange(ref _away, away) == away) return result;
        if (away == 1) LogAway(place.Endpoint);
        else LogBack(place.Endpoint);
        return result;
    }

    [LoggerMessage(LogLevel.Warning, "The collector at {Endpoint} does not take spans and numbers (Telemetry:Otlp). The hub goes on; what is not taken is lost.")]
    private partial void LogAway(string endpoint);

    [LoggerMessage(LogLevel.Information, "The collector at {Endpoint} takes spans and numbers again.")]
    private partial void LogBack(string endpoint);
}
