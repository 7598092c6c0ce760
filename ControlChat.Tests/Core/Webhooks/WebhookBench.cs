using System.Text.Json.Nodes;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;
using ControlChat.Core.Webhooks;
using ControlChat.Tests.Support;

namespace ControlChat.Tests.Core.Webhooks;

/// <summary>Rows of one hub, the processes that send to its endpoints, and a receiver.</summary>
internal sealed class WebhookBench : IAsyncDisposable
{
    /// <summary>As in the product, and everything after moments.</summary>
    public static readonly WebhookTiming Quick = new()
    {
        Look = TimeSpan.FromMilliseconds(20),
        First = TimeSpan.FromMilliseconds(20),
        Longest = TimeSpan.FromMilliseconds(40),
        LongestRest = TimeSpan.FromMilliseconds(20),
        Tries = 3,
    };

    private readonly StoredRows _rows;
    private readonly List<WebhookCourier> _couriers = [];
    private readonly List<HubDatabase> _databases = [];

    private WebhookBench(StoredRows rows, HookReceiver receiver) => (_rows, Receiver) = (rows, receiver);

    public HookReceiver Receiver { get; }

    public HubDatabase Database => _databases[0];

    public WebhookStore Store { get; } = new();

    /// <summary>What the processes begun from now on log.</summary>
    public CapturingLogger<WebhookCourier> Log { get; } = new();

    public static async Task<WebhookBench> StartAsync(TestStore store)
    {
        var bench = new WebhookBench(await store.NewAsync(), await HookReceiver.StartAsync());
        await bench.OpenAsync();
        return bench;
    }

    /// <summary>Another process that sends to these.</summary>
    public async Task<WebhookCourier> BeginAsync(WebhookTiming? timing = null, params WebhookEndpoint[] endpoints)
    {
        var database = _couriers.Count == 0 ? Database : await OpenAsync();
        var courier = new WebhookCourier(
            database, Of(endpoints), Store, Receiver.Sender(timing ?? Quick), new HubIdentity(database), timing ?? Quick, TimeProvider.System, Log);
        _couriers.Add(courier);
        await courier.StartAsync(default);
        return courier;
    }

    /// <summary>As soon as each endpoint is known; what happens then, it is told.</summary>
    public Task KnownAsync(params string[] endpoints) => Waiting.UntilAsync(async () =>
    {
        await using var reader = await Database.ReadAsync(default);
        return (await Store.ListAsync(reader, default)).Select(s => s.Name).ToHashSet().IsSupersetOf(endpoints);
    });

    public Task RecordAsync(params string[] events) => WriteAsync(async t =>
    {
        foreach (var one in events) await new AuditTrail(Database, new AuditPulse()).AppendAsync(t, new AuditEntry(one, "completed", AuditActor.System) { Data = new JsonObject { ["note"] = "as shown" } }, default);
    });

    /// <summary>What a room tells of.</summary>
    public Task TellAsync(string happened, string id, params WebhookEndpoint[] endpoints) =>
        WriteAsync(t => new WebhookOutbox(Of(endpoints), Store).AddAsync(t, happened, id, [], default));

    public async Task WriteAsync(Func<IHubTransaction, Task> write)
    {
        await using var transaction = await Database.BeginAsync(default);
        await write(transaction);
        await transaction.CommitAsync(default);
    }

    public async Task<(long Waiting, long Dead, WebhookState State)> StandsAsync(string endpoint)
    {
        await using var reader = await Database.ReadAsync(default);
        var (waiting, dead) = await Store.CountAsync(reader, endpoint, default);
        return (waiting, dead, (await Store.FindAsync(reader, endpoint, default))!);
    }

    public Task ArrivedAsync(int hooks) => Waiting.UntilAsync(() => Receiver.Hooks.Count >= hooks, null, $"{hooks} arrived");

    /// <summary>Ends it as a process that is killed: nothing is said to anybody.</summary>
    public static async Task StopAsync(WebhookCourier courier)
    {
        await courier.StopAsync(default);
        courier.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var courier in _couriers) await StopAsync(courier);
        foreach (var database in _databases) await database.DisposeAsync();
        await _rows.DisposeAsync();
        await Receiver.DisposeAsync();
    }

    private static WebhookEndpoints Of(WebhookEndpoint[] endpoints) => new(endpoints, AllowPrivate: true);

    private async Task<HubDatabase> OpenAsync()
    {
        var database = _rows.Open(TimeProvider.System);
        await database.MigrateAsync(default);
        _databases.Add(database);
        return database;
    }
}
