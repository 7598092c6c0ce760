using ControlChat.Core.Bus.Redis;
using ControlChat.Harness;
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

    public static RedisBus Open(RedisServer server, RedisTiming? timing = null, TimeProvider? time = null) =>
        new(server.Place, timing ?? Quick, time ?? TimeProvider.System, NullLogger<RedisBus>.Instance);
}
