using ControlChat.Core.Hub;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Hub;

/// <summary>An empty hub's database, opened for one test.</summary>
public abstract class OnEachDatabase(TestStore store, TimeProvider time) : IAsyncLifetime
{
    protected const string Insert = "insert into hub_facts (name, value) values (@name, @value)";
    private StoredRows _rows = null!;

    protected HubDatabase Database { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _rows = await store.NewAsync();
        Database = _rows.Open(time);
        await Database.MigrateAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        await _rows.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
