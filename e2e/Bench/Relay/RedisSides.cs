using System.Diagnostics;
using System.Globalization;
using StackExchange.Redis;

namespace ControlChat.Bench.Relay;

/// <summary>What is common to the sides without the product: a stream of Redis that this process appends to.</summary>
internal abstract class BareStream(RedisProcess redis) : IAsyncDisposable
{
    private readonly ConnectionMultiplexer _connection = ConnectionMultiplexer.Connect(redis.Endpoint);

    protected string Key { get; set; } = "bench";

    public void Append(string text) =>
        _ = _connection.GetDatabase().ExecuteAsync("XADD", [Key, "MAXLEN", "~", "100000", "*", "id", "x", "payload", text], CommandFlags.FireAndForget);

    public virtual async ValueTask DisposeAsync()
    {
        await _connection.CloseAsync();
        _connection.Dispose();
    }
}

/// <summary>The floor: XADD, and one process in XREAD BLOCK.</summary>
internal sealed class FloorRelay(RedisProcess redis) : BareStream(redis), IRelaySide
{
    private readonly RedisProcess _redis = redis;
    private int _streams;

    public string Name => "XADD to XREAD";

    public bool ServesMany => false;

    public Task<RelayTarget> BeginAsync()
    {
        Key = string.Create(CultureInfo.InvariantCulture, $"floor{++_streams}");
        return Task.FromResult(new RelayTarget("xread", string.Create(CultureInfo.InvariantCulture, $"{_redis.Port} {Key}"), null));
    }
}

/// <summary>The peer: the reference relay of the folder of peers, an XREAD loop and SSE in plain node.</summary>
internal sealed class NodeRelay : BareStream, IRelaySide
{
    private readonly Process _node;
    private readonly int _port;

    private NodeRelay(RedisProcess redis, Process node, int port) : base(redis) => (_node, _port, Key) = (node, port, "relay");

    public string Name => "reference node relay";

    public bool ServesMany => true;

    public static async Task<NodeRelay> StartAsync(RedisProcess redis, string peers)
    {
        var port = RedisProcess.FreePort();
        var node = Process.Start("node", [Path.Combine(peers, "03-relay", "reference-sse-relay.mjs"), port.ToString(CultureInfo.InvariantCulture), "relay", redis.Port.ToString(CultureInfo.InvariantCulture)]);
        using var http = new HttpClient();
        for (var tries = 0; ; tries++)
        {
            try
            {
                using var answer = await http.GetAsync(new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/")), HttpCompletionOption.ResponseHeadersRead);
                return new NodeRelay(redis, node, port);
            }
            catch (HttpRequestException) when (tries < 200)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            }
        }
    }

    public Task<RelayTarget> BeginAsync() => Task.FromResult(new RelayTarget("sse", string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_port}/"), null));

    public override async ValueTask DisposeAsync()
    {
        _node.Kill();
        _node.Dispose();
        await base.DisposeAsync();
    }
}
