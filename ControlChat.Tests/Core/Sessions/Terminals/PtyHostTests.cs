using ControlChat.Core.Processes;
using ControlChat.Core.Sessions.Containment;
using ControlChat.Core.Sessions.Terminals.Hosts;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Sessions.Terminals;

/// <summary>Terminals of this process.</summary>
public abstract class PtyHostTests : TerminalHostTests
{
    // Holds a terminal as a hub does, and starts what its arguments say at it: %T stands for the terminal's path.
    private const string Holder =
        "open(M, '+<', '/dev/ptmx') or die; $l = pack('i', 0); ioctl(M, 0x40045431, $l) or die; $n = pack('i', 0); ioctl(M, 0x80045430, $n) or die; $t = '/dev/pts/' . unpack('i', $n); "
        + "chown($ENV{OWNER}, $ENV{OWNER}, $t) if $ENV{OWNER}; fork() or exec(map { s/^%T$/$t/r } @ARGV); print while sysread(M, $_, 4096); sleep 600";

    private protected PtyHostTests(TerminalBed bed) : base(bed, new PtyHost(bed.Processes, TimeProvider.System))
    {
    }

    [Fact]
    public async Task It_ends_with_the_process_that_holds_its_terminal()
    {
        var name = "orphan-" + Guid.NewGuid().ToString("n");
        // What PrepareAsync does.
        var prepared = await Bed.Processes.StartAsync(Bed.Order("true"));
        await prepared.Exited;
        var order = Bed.Order("bash", "-c", $"trap '' HUP TERM; (setsid bash -c 'exec -a {name} sleep 600' &); exec -a {name} sleep 600") with { Terminal = BoxTerminal.Own };
        var boxed = Box.Around(order, Bed.Processes.User, Programs.Find("bwrap")!);
        var led = AgentProcesses.At("%T", boxed with { File = Programs.Find("setsid")!, Arguments = [boxed.File, .. boxed.Arguments] });
        var holder = LongProcess.Start(new ProcessOrder(
            Programs.Find("perl")!, ["-e", Holder, led.File, .. led.Arguments], "/", new Dictionary<string, string>(led.Environment) { ["OWNER"] = Bed.Processes.User.Id?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "" }));
        await Waiting.UntilAsync(() => BoxBed.Living(name) == 2);
        System.Diagnostics.Process.GetProcessById(holder.Id).Kill();
        await Waiting.UntilAsync(() => BoxBed.Living(name) == 0, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task A_program_that_does_not_read_holds_up_nobody_who_types()
    {
        await using var screen = await Bed.StartAsync(Host, Bed.Order("bash", "-c", "stty raw -echo; echo up; sleep 600"));
        await screen.SeeAsync("up");
        using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        Assert.InRange(await screen.Process.WriteAsync(new byte[1_000_000], patience.Token), 1, 999_999);
        var waiting = screen.Process.WriteAsync(new byte[1_000_000], CancellationToken.None).AsTask();
        Assert.True(await screen.Process.EndAsync(TimeSpan.Zero));
        await waiting.WaitAsync(TimeSpan.FromSeconds(10));
        await screen.Ended;
    }

    [Fact]
    public async Task Giving_it_up_ends_it_and_wakes_its_reader()
    {
        var screen = await Bed.StartAsync(Host, Bed.Order("sleep", "600"));
        await screen.DisposeAsync();
        Assert.True((await screen.ExitAsync()).Code > 0);
        Assert.False(Directory.Exists($"/proc/{screen.Process.ProcessId}"));
    }

    [Fact]
    public async Task Nothing_stays_open_after_a_hundred_of_them()
    {
        await (await Bed.StartAsync(Host, Bed.Order("true"))).DisposeAsync();
        var before = Open();
        for (var i = 0; i < 100; i++)
        {
            var screen = await Bed.StartAsync(Host, Bed.Order("true"));
            await screen.ExitAsync();
            await screen.DisposeAsync();
        }
        await Waiting.UntilAsync(() => Open() <= before);
    }

    [Fact]
    public async Task It_is_not_there_for_another_worker() => Assert.Null(await Host.AdoptAsync(TerminalBed.Session, CancellationToken.None));

    private static int Open() => Directory.EnumerateFiles("/proc/self/fd").Count(f =>
    {
        try
        {
            return new FileInfo(f).LinkTarget is { } target && (target == "/dev/ptmx" || target.StartsWith("/dev/pts/", StringComparison.Ordinal) || target == "anon_inode:[eventfd]");
        }
        catch (IOException)
        {
            return false;
        }
    });
}

/// <summary>Its agents are another user.</summary>
[Collection(TerminalCollection.Name)]
public sealed class PtyHostAtARootHubTests() : PtyHostTests(TerminalBed.OfRoot());

/// <summary>Its agents are the hub's user, also where the operator lets them be without a namespace.</summary>
[Collection(TerminalCollection.Name)]
public sealed class PtyHostAtAnotherHubTests() : PtyHostTests(TerminalBed.OfAnother())
{
    [Fact]
    public async Task Without_a_namespace_it_is_a_terminal_too()
    {
        var name = "job-" + Guid.NewGuid().ToString("n");
        await using var screen = await Bed.StartAsync(Host, Bed.Order("bash", "--norc", "-i"), contained: false);
        await screen.SeeAsync("ready$ ");
        await screen.TypeAsync("stty size; tty\r", "30 100\r\n");
        await screen.TypeAsync($"bash -c \"trap '' HUP; exec -a {name} sleep 600\"\r", "sleep 600");
        await Waiting.UntilAsync(() => BoxBed.Living(name) == 1);
        await screen.TypeAsync("\u001a", "Stopped");
        Assert.DoesNotContain("job control", screen.Text, StringComparison.Ordinal);
        Assert.True(await screen.Process.EndAsync(TimeSpan.FromMilliseconds(500)));
        await screen.Ended;
        await Waiting.UntilAsync(() => BoxBed.Living(name) == 0);
    }

    [Fact]
    public async Task Without_a_namespace_root_starts_nothing()
    {
        using var bed = TerminalBed.OfRoot();
        await Assert.ThrowsAsync<IOException>(() => bed.StartAsync(new PtyHost(bed.Processes, TimeProvider.System), bed.Order("true"), contained: false));
    }
}

/// <summary>One after the other: what is open is counted.</summary>
[CollectionDefinition(Name)]
public sealed class TerminalCollection
{
    public const string Name = "terminals";
}
