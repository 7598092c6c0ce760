using ControlChat.Core.Hub;
using ControlChat.Harness;

namespace ControlChat.Bench.Stores;

/// <summary>A database of a hub's own, as durable as in production, that can be filled past the hub and be served by one.</summary>
internal interface IBenchStore : IAsyncDisposable
{
    string Name { get; }

    /// <summary>For the product's own code in this process, while no hub runs on it.</summary>
    HubDatabase Open();

    Task<HubProcess> StartHubAsync();

    /// <summary>Puts rows in, in the order given, as fast as the database can.</summary>
    Task CopyAsync(string table, string[] columns, IEnumerable<object?[]> rows);

    /// <summary>What the database does by itself in quiet hours: statistics, and the log written back.</summary>
    Task SettleAsync();

    /// <summary>The floor: a bare durable insert of about one row's size, one statement a commit.</summary>
    Task<IRawAppender> RawAsync();
}

internal interface IRawAppender : IAsyncDisposable
{
    Task AppendAsync();
}

internal static class BenchStores
{
    public static readonly Dictionary<string, string> Settings = new() { ["Limits:RequestsPerMinute"] = "1000000", ["Model:Provider"] = "offline" };

    public static readonly string RawBody = new('x', 600);
}
