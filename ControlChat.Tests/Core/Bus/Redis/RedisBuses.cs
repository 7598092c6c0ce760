using ControlChat.Core.Bus;
using ControlChat.Core.Bus.Redis;
using ControlChat.Harness;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ControlChat.Tests.Core.Bus.Redis;

/// <summary>Buses over the tests' Redis that do in milliseconds what takes seconds: a real server's clock cannot be moved.</summary>
internal static class RedisBuses
{
    public static RedisTiming Quick { get; } = new()
    {
        TakeOver = TimeSpan.FromMilliseconds(400),
        FirstBackoff = TimeSpan.FromMilliseconds(2),
        Reconnect = TimeSpan.FromMilliseconds(50),
    };

    public static RedisBus Open(RedisServer server, RedisTiming? timing = null, TimeProvider? time = null) => Open(server.Place, timing, time);

    public static RedisBus Open(RedisPlace place, RedisTiming? timing = null, TimeProvider? time = null, ILogger<RedisBus>? logger = null) =>
        new(place, timing ?? Quick, time ?? TimeProvider.System, logger ?? NullLogger<RedisBus>.Instance);

    /// <summary>A hub with its bus there, whatever its settings say; with a real hub's patience unless another is given.</summary>
    public static Task<TestHub> StartHubAsync(RedisPlace place, RedisTiming? timing = null) => TestHub.StartAsync(configure: s => s.Replace(
        ServiceDescriptor.Singleton<IBus>(p => Open(place, timing ?? new RedisTiming(), logger: p.GetRequiredService<ILogger<RedisBus>>()))));
}
