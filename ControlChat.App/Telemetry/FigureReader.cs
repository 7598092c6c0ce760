using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using ControlChat.Core.Hub;

namespace ControlChat.App.Telemetry;

/// <summary>Reads every room's figures in one look at the database and holds them for whoever collects. What cannot be read now is left out, never repeated.</summary>
internal sealed partial class FigureReader
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private readonly ConcurrentDictionary<HubFigure, double> _values = new();
    private readonly IReadOnlyList<HubFigure> _figures;
    private readonly HubDatabase _database;
    private readonly TimeProvider _time;
    private readonly ILogger<FigureReader> _logger;
    private volatile object? _up;

    public FigureReader(IEnumerable<HubFigure> figures, HubDatabase database, IMeterFactory meters, TimeProvider time, ILogger<FigureReader> logger)
    {
        (_figures, _database, _time, _logger) = ([.. figures], database, time, logger);
        var meter = meters.Create(Core.Telemetry.Meters.Name);
        meter.CreateObservableGauge(DatabaseUp, () => _up is double up ? [new Measurement<double>(up)] : Enumerable.Empty<Measurement<double>>(), null, "1 while the database answers, else 0.");
        foreach (var same in _figures.GroupBy(f => f.Name))
            meter.CreateObservableGauge(same.Key, () => same.SelectMany(Present), same.First().Unit, same.First().Description);
    }

    private const string DatabaseUp = "controlchat.database.up";

    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Patience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await using var reader = await _database.ReadAsync(either.Token);
            foreach (var figure in _figures) Hold(figure, await ReadAsync(figure, reader, either.Token));
            _up = 1d;
        }
        catch (Exception e) when (e is HubUnavailableException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            LogNotRead(e);
            _values.Clear();
            _up = 0d;
        }
    }

    // A bus that is away takes its own figures with it and no others.
    private static async Task<double?> ReadAsync(HubFigure figure, IHubReader reader, CancellationToken cancellationToken)
    {
        try
        {
            return await figure.ReadAsync(reader, cancellationToken);
        }
        catch (HubUnavailableException)
        {
            return null;
        }
    }

    private void Hold(HubFigure figure, double? value)
    {
        if (value is { } number) _values[figure] = number;
        else _values.TryRemove(figure, out _);
    }

    private IEnumerable<Measurement<double>> Present(HubFigure figure) => _values.TryGetValue(figure, out var value) ? [new Measurement<double>(value, figure.Tags)] : [];

    [LoggerMessage(LogLevel.Debug, "The hub's figures could not be read")]
    private partial void LogNotRead(Exception fault);
}
