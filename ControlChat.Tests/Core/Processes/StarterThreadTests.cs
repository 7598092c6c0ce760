using System.Runtime.InteropServices;
using ControlChat.Core.Processes;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace ControlChat.Tests.Core.Processes;

public sealed partial class StarterThreadTests
{
    private static readonly ProcessOrder _ticking = new(
        "setpriv", ["--pdeathsig", "KILL", "sh", "-c", "while echo tick; do sleep 0.05; done"], "/", new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin" });

    [Fact]
    public async Task What_dies_with_its_parent_outlives_the_thread_that_asked_for_it()
    {
        using var ticks = new SemaphoreSlim(0);
        using var seen = new ManualResetEventSlim();
        Task<LongProcess>? starting = null;
        var asks = new Thread(() =>
        {
            starting = StarterThread.RunAsync(() => LongProcess.Start(_ticking, async output =>
            {
                while (await output.ReadLineAsync() is not null) ticks.Release();
            }));
            seen.Wait();
        });
        asks.Start();
        // It has asked the kernel for its signal by now.
        await TickAsync();
        seen.Set();
        asks.Join();
        // More than a pipe may still hold of what it wrote before.
        for (var i = 0; i < 20; i++) await TickAsync();
        var process = await starting!;
        Assert.False(process.Exited.IsCompleted);
        Assert.True(await ProcessGroup.StopAllAsync(process.Id, TimeSpan.FromSeconds(5), TimeProvider.System));
        await process.Exited;

        async Task TickAsync() => Assert.True(await ticks.WaitAsync(TimeSpan.FromSeconds(20)), "it ticks no more");
    }

    [Fact]
    public async Task All_are_started_by_one_thread_that_no_pool_ends()
    {
        var first = await StarterThread.RunAsync(() => Thread.CurrentThread);
        Assert.False(first.IsThreadPoolThread);
        Assert.Same(first, await StarterThread.RunAsync(() => Thread.CurrentThread));
    }

    [Fact]
    public async Task Nothing_that_is_open_is_handed_on()
    {
        const int ReadOnly = 0;
        using var inherited = new SafeFileHandle(Open("/etc/hostname", ReadOnly), ownsHandle: true);
        var order = new ProcessOrder("ls", ["-l", "/proc/self/fd"], "/", _ticking.Environment);
        Assert.Contains("/etc/hostname", await SayAsync(read => Task.FromResult(LongProcess.Start(order, read))), StringComparison.Ordinal);
        Assert.DoesNotContain("/etc/hostname", await SayAsync(read => StarterThread.RunAsync(() => LongProcess.Start(order, read))), StringComparison.Ordinal);

        static async Task<string> SayAsync(Func<Func<TextReader, Task>, Task<LongProcess>> start)
        {
            var said = "";
            await (await start(async output => said = await output.ReadToEndAsync())).Exited;
            return said;
        }
    }

    // As a parent's files come to us: without O_CLOEXEC.
    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [Fact]
    public async Task What_cannot_be_started_is_told_to_the_one_who_asked()
    {
        await Assert.ThrowsAsync<IOException>(() => StarterThread.RunAsync(() => LongProcess.Start(_ticking with { File = "/no/such/program" })));
    }
}
