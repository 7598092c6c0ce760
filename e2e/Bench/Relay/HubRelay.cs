using System.Globalization;
using System.Text.Json.Nodes;
using ControlChat.App;
using ControlChat.Core.Bus;
using ControlChat.Core.Bus.Redis;
using ControlChat.Core.Hub;
using ControlChat.Harness;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace ControlChat.Bench.Relay;

/// <summary>The product: pieces of an answer appended to a conversation's stream as the runner does it, read from the conversation's own SSE route.</summary>
internal sealed class HubRelay : IRelaySide
{
    private readonly IBus _bus;
    private readonly HubClient _person;
    private readonly string _url;
    private readonly Func<ValueTask> _end;
    private string _topic = "";
    private string _message = "";
    private int _offset;

    private HubRelay(string name, IBus bus, HubClient person, string url, Func<ValueTask> end) => (Name, _bus, _person, _url, _end) = (name, bus, person, url, end);

    public string Name { get; }

    public bool ServesMany => true;

    /// <summary>One process: the hub runs in this one, because its bus is nowhere else.</summary>
    public static async Task<HubRelay> OnLocalBusAsync()
    {
        var folder = Directory.CreateTempSubdirectory("controlchat-bench-");
        var app = ControlChatApp.Create([
            "--urls", "http://127.0.0.1:0", $"--Hub:DataDirectory={folder.FullName}/data", $"--Workspaces:Root={folder.FullName}/workspaces", "--Model:Provider=offline",
            "--Limits:RequestsPerMinute=1000000",
        ]);
        await app.StartAsync();
        var person = await HubClient.SignInAsync(app.Url, new Uri(await app.CreateSignInLinkAsync()));
        return new HubRelay("ControlChat, local bus", app.Services.GetRequiredService<IBus>(), person, app.Url, async () =>
        {
            await app.DisposeAsync();
            folder.Delete(recursive: true);
        });
    }

    /// <summary>A worker appends (this process, by the product's own bus), a web node serves.</summary>
    public static async Task<HubRelay> OnRedisAsync(RedisProcess redis)
    {
        var server = await PostgresServer.StartAsync(durable: true);
        var hub = await HubProcess.StartAsync(new Dictionary<string, string>(HubProcess.SettingsOn(await server.CreateDatabaseAsync(), Stores.BenchStores.Settings))
        {
            ["Bus:Kind"] = "redis",
            ["Bus:Redis:Endpoint"] = redis.Endpoint,
            ["Bus:Redis:AllowNoPassword"] = "true",
            ["Bus:Redis:Database"] = "0",
        });
        var bus = new RedisBus(new RedisPlace(redis.Endpoint, false, null, true, 0), new RedisTiming(), TimeProvider.System, NullLogger<RedisBus>.Instance);
        return new HubRelay("ControlChat, Redis", bus, await HubClient.SignInAsync(hub), hub.Url, async () =>
        {
            await bus.DisposeAsync();
            await hub.DisposeAsync();
            await server.DisposeAsync();
        });
    }

    public async Task<RelayTarget> BeginAsync()
    {
        var conversation = (await _person.PostAsync("/api/v1/conversations", new JsonObject())).Field("id")!;
        (_topic, _message, _offset) = (Topics.Stream(conversation), Ids.New("msg"), 0);
        return new RelayTarget("sse", $"{_url}/api/v1/conversations/{conversation}/events", _person.Cookies.GetCookieHeader(new Uri(_url)));
    }

    public void Append(string text)
    {
        var payload = string.Create(CultureInfo.InvariantCulture, $$$"""{"type":"text_delta","data":{"message_id":"{{{_message}}}","attempt":1,"offset":{{{_offset}}},"text":"{{{text}}}"}}""");
        _offset += text.Length;
        _ = _bus.PostAsync(_topic, BusMessage.New(payload), CancellationToken.None).AsTask();
    }

    public async ValueTask DisposeAsync()
    {
        _person.Dispose();
        await _end();
    }
}
