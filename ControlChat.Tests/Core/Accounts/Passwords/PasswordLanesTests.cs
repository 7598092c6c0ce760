using ControlChat.Core.Accounts.Passwords;
using Xunit;

namespace ControlChat.Tests.Core.Accounts.Passwords;

/// <summary>A few passwords at once, a few more in the queue, and no more than that.</summary>
public sealed class PasswordLanesTests
{
    [Fact]
    public async Task Some_are_worked_on_some_wait_and_the_rest_is_sent_away()
    {
        using var lanes = new PasswordLanes(2);
        var working = new[] { await lanes.EnterAsync(default), await lanes.EnterAsync(default) };
        Assert.All(working, Assert.NotNull);
        var waiting = Enumerable.Range(0, 2 * PasswordLanes.WaitingEach).Select(_ => lanes.EnterAsync(default)).ToList();
        Assert.All(waiting, w => Assert.False(w.IsCompleted));
        Assert.Null(await lanes.EnterAsync(default));
        // Twice is once: a turn gives back what it took.
        working[0]!.Dispose();
        working[0]!.Dispose();
        using var next = await await Task.WhenAny(waiting);
        Assert.NotNull(next);
        Assert.Equal(1, waiting.Count(w => w.IsCompleted));
        var last = lanes.EnterAsync(default);
        Assert.False(last.IsCompleted);
        Assert.Null(await lanes.EnterAsync(default));
    }

    [Fact]
    public async Task Whoever_gives_up_waiting_leaves_the_place_to_another()
    {
        using var lanes = new PasswordLanes(1);
        using var working = await lanes.EnterAsync(default);
        using var leaving = new CancellationTokenSource();
        var waiting = Enumerable.Range(0, PasswordLanes.WaitingEach).Select(i => lanes.EnterAsync(i == 0 ? leaving.Token : default)).ToList();
        Assert.Null(await lanes.EnterAsync(default));
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting[0]);
        var last = lanes.EnterAsync(default);
        Assert.False(last.IsCompleted);
    }
}
