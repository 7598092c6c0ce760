using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using ControlChat.Core.Hub;

namespace ControlChat.App.Telemetry;

/// <summary>Reads every room's figures in one look at the database and holds them for whoever collects. What cannot be read now is left out, never repeated.</summary>
internal sealed partial class FigureReader
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private readonly ConcurrentDictionary<string, double> _values = new(StringComparer.Ordinal);
    private readonly IReadOnlyList<HubFigure> _figures;
    private readonly HubDatabase _database;
    private readonly TimeProvider _time;
    private readonly ILogger<FigureReader> _logger;

    public FigureReader(IEnumerable<HubFigure> figures, HubDatabase database, IMeterFactory meters, TimeProvider time, ILogger<FigureReader> logger)
    {
        (_figures, _database, _time, _logger) = ([.. figures], database, time, logger);
        var meter = meters.Create(Core.Telemetry.Meters.Name);
        meter.CreateObservableGauge(DatabaseUp, () => Present(DatabaseUp), null, "1 while the database answers, else 0.");
        foreach (var figure in _figures) meter.CreateObservableGauge(figure.Name, () => Present(figure.Name), figure.Unit, figure.Description);
    }

    private const string DatabaseUp = "controlchat.database.up";

    public async Task ReadAsync(CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Patience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await using var reader = await _database.ReadAsync(either.Token);
            foreach (var figure in _figures) Hold(figure.Name, await ReadAsync(figure, reader, either.Token));
            Hold(DatabaseUp, 1);
        }
        catch (Exception e) when (e is HubUnavailableException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            LogNotRead(e);
            _values.Clear();
            Hold(DatabaseUp, 0);
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

    private void Hold(string name, double? value)
    {
        if (value is { } number) _values[name] = number;
        else _values.TryRemove(name, out _);
    }

    private IEnumerable<Measurement<double>> Present(string name) => _values.TryGetValue(name, out var value) ? [new Measurement<double>(value)] : [];

    [LoggerMessage(LogLevel.Debug, "The hub's figures could not be read")]
    private partial void LogNotRead(Exception fault);
}
