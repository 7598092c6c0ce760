using System.Diagnostics;
using ControlChat.Core.Processes;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Processes;

public sealed class ProcessMemoryTests
{
    private const long Megabyte = 1024 * 1024;

    [Fact]
    public async Task What_a_process_and_those_it_started_hold_is_counted()
    {
        // One line without an end is held until its end.
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "(head -c 100000000 /dev/zero | tail -n 1 | (sleep 600; cat)) & wait"]))!;
        try
        {
            await Waiting.UntilAsync(() => ProcessMemory.OfTrees([process.Id])[process.Id] > 90 * Megabyte);
            Assert.InRange(ProcessMemory.OfTrees([process.Id])[process.Id], 90 * Megabyte, 150 * Megabyte);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
        await process.WaitForExitAsync();
        Assert.Equal(0, ProcessMemory.OfTrees([process.Id])[process.Id]);
    }
}
