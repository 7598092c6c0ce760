using ControlChat.Core.Processes;
using Xunit;

namespace ControlChat.Tests.Core.Processes;

/// <summary>A process of ours: when it has ended, and what is heard of it.</summary>
public sealed class LongProcessTests
{
    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task One_that_left_another_behind_has_ended_although_its_streams_are_held_open()
    {
        var process = LongProcess.Start(Shell("sleep 600 & echo $! >&2; exit 3"));
        try
        {
            Assert.Equal(3, await process.Exited.WaitAsync(_soon));
        }
        finally
        {
            ProcessGroup.End(int.Parse(process.Complaint, System.Globalization.CultureInfo.InvariantCulture));
        }
    }

    [Fact]
    public async Task Whoever_wants_what_it_prints_reads_all_of_it_however_long_that_takes()
    {
        var read = 0;
        var process = LongProcess.Start(Shell("seq 1 20000"), async output =>
        {
            while (await output.ReadLineAsync() is not null)
                if (++read % 5_000 == 0) await Task.Delay(TimeSpan.FromSeconds(0.7), TimeProvider.System);
        });
        Assert.Equal(0, await process.Exited.WaitAsync(_soon));
        Assert.Equal(20_000, read);
    }

    private static ProcessOrder Shell(string script) => new("/bin/sh", ["-c", script], "/", new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin" });
}
