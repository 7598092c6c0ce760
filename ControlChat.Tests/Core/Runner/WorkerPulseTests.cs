using ControlChat.Core.Runner;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Runner;

public sealed class WorkerPulseTests
{
    [Fact]
    public async Task A_worker_is_ready_while_it_gives_signs_of_life()
    {
        var time = new FakeTime();
        var pulse = new WorkerPulse(time);
        Assert.NotNull(await pulse.FaultAsync(default));
        pulse.Last = time.GetUtcNow();
        Assert.Null(await pulse.FaultAsync(default));
        time.Advance(TimeSpan.FromSeconds(11));
        Assert.NotNull(await pulse.FaultAsync(default));
    }
}
