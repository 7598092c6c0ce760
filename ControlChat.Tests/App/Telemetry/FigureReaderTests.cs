using System.Diagnostics.Metrics;
using ControlChat.App.Telemetry;
using ControlChat.Core.Hub;
using ControlChat.Core.Hub.Sqlite;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.Telemetry;

public sealed class FigureReaderTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly TempFolder _folder = new();
    private bool _busIsAway;

    private IMeterFactory Meters => _services.GetRequiredService<IMeterFactory>();

    [Fact]
    public async Task A_part_that_is_away_takes_its_own_figures_with_it_and_a_database_all()
    {
        await using var real = new SqliteHubDatabase(_folder["hub.db"], TimeProvider.System);
        await real.MigrateAsync(CancellationToken.None);
        await using var database = new BlockedDatabase { Real = real };
        var reader = new FigureReader(
        [
            new HubFigure("test.rows", null, "", async (r, c) => await r.FindAsync<long>("select count(*) from outbox", null, c)),
            new HubFigure("test.bus", null, "", (_, _) => _busIsAway ? throw new HubUnavailableException("away", new TimeoutException()) : Task.FromResult<double?>(7)),
            new HubFigure("test.nothing", null, "", (_, _) => Task.FromResult<double?>(null)),
        ], database, Meters, TimeProvider.System, new CapturingLogger<FigureReader>());
        Assert.Equal([], Collect());
        await reader.ReadAsync(CancellationToken.None);
        Assert.Equal(["controlchat.database.up 1", "test.bus 7", "test.rows 0"], Collect());
        _busIsAway = true;
        await reader.ReadAsync(CancellationToken.None);
        Assert.Equal(["controlchat.database.up 1", "test.rows 0"], Collect());
        database.Real = null;
        await reader.ReadAsync(CancellationToken.None);
        Assert.Equal(["controlchat.database.up 0"], Collect());
    }

    public void Dispose()
    {
        _services.Dispose();
        _folder.Dispose();
    }

    private List<string> Collect()
    {
        var seen = new List<string>();
        using var listener = new MeterListener { InstrumentPublished = (i, l) => { if (ReferenceEquals(i.Meter.Scope, Meters)) l.EnableMeasurementEvents(i); } };
        listener.SetMeasurementEventCallback<double>((i, value, _, _) => seen.Add($"{i.Name} {value}"));
        listener.Start();
        listener.RecordObservableInstruments();
        return [.. seen.Order(StringComparer.Ordinal)];
    }
}
