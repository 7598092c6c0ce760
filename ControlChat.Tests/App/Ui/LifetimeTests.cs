using ControlChat.App.Ui;
using Xunit;

namespace ControlChat.Tests.App.Ui;

public sealed class LifetimeTests
{
    [Fact]
    public async Task What_goes_on_after_the_end_finds_itself_cancelled_not_broken()
    {
        var lifetime = new Lifetime();
        var heard = false;
        await using var hears = lifetime.Token.Register(() => heard = true);
        Assert.False(lifetime.IsOver);
        lifetime.Dispose();
        lifetime.Dispose();
        Assert.True(heard && lifetime.IsOver && lifetime.Token.IsCancellationRequested);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(lifetime.Token);
        Assert.True(linked.IsCancellationRequested);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.Delay(Timeout.InfiniteTimeSpan, lifetime.Token));
    }
}
