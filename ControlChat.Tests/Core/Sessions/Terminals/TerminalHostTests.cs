using System.Text;
using ControlChat.Core.Sessions.Terminals;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Sessions.Terminals;

/// <summary>What every host of terminals does, with real programs.</summary>
public abstract class TerminalHostTests : IAsyncDisposable
{
    private protected TerminalHostTests(TerminalBed bed, ITerminalHost host) => (Bed, Host) = (bed, host);

    private protected TerminalBed Bed { get; }

    private protected ITerminalHost Host { get; }

    public async ValueTask DisposeAsync()
    {
        await Host.RemoveAsync(TerminalBed.Session);
        Bed.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_shell_has_its_jobs_and_its_keys()
    {
        await using var screen = await ShellAsync();
        await screen.TypeAsync("sleep 600\r", "sleep 600");
        await RunningAsync("sleep");
        await screen.TypeAsync("\u0003", "ready$ ");
        await screen.TypeAsync("echo is $?\r", "is 130");
        await screen.TypeAsync("sleep 600\r", "sleep 600");
        await RunningAsync("sleep");
        await screen.TypeAsync("\u001a", "Stopped");
        await screen.TypeAsync("kill %1; wait; echo gone\r", "gone\r\n");
        await screen.TypeAsync("cat; echo over\r", "over");
        await RunningAsync("cat");
        await screen.TypeAsync("\u0004", "over\r\n");
        Assert.DoesNotContain("job control", screen.Text, StringComparison.Ordinal);
        await screen.TypeAsync("exit 7\r");
        Assert.Equal(new TerminalExit(7, ""), await screen.ExitAsync());
        await screen.Ended;
    }

    [Fact]
    public async Task A_program_that_is_run_by_itself_hears_the_keys()
    {
        await using var screen = await Bed.StartAsync(Host, Bed.Order("cat"));
        await screen.TypeAsync("abc\r", "abc\r\nabc");
        // Nobody could wake it up again: it reads on, and says its empty line.
        await screen.TypeAsync("\u001a\r", "^Z\r\n\r\n");
        await screen.TypeAsync("def\r", "def\r\ndef");
        await screen.TypeAsync("\u0003");
        Assert.Equal(130, (await screen.ExitAsync()).Code);
    }

    [Theory]
    [InlineData("exit 0", 0)]
    [InlineData("exit 7", 7)]
    [InlineData("kill -9 $$", 137)]
    [InlineData("kill -TERM $$", 143)]
    public async Task How_it_ended_is_told(string script, int code)
    {
        await using var screen = await Bed.StartAsync(Host, Bed.Order("bash", "-c", script));
        Assert.Equal(code, (await screen.ExitAsync()).Code);
    }

    [Fact]
    public async Task It_hears_of_its_size()
    {
        await using var screen = await ShellAsync(new TerminalSize(90, 20));
        // The size is told to what stands in front: after the sum that is the shell again, and no more its child.
        await screen.TypeAsync("trap 'echo \"now $(stty size)\"' WINCH; stty size; echo $((6 * 7)); while :; do read -t 0.1 -N 1; done\r", "20 90\r\n42\r\n");
        screen.Process.Resize(new TerminalSize(120, 40));
        await screen.SeeAsync("now 40 120");
        Assert.Equal(new TerminalSize(120, 40), screen.Process.Size);
    }

    [Fact]
    public async Task What_is_typed_arrives_as_it_is()
    {
        await using var screen = await Bed.StartAsync(Host, Bed.Order("bash", "-c", "stty raw -echo; echo up; head -c 24 | od -An -tx1 -w64"));
        await screen.SeeAsync("up");
        // A word with accents, a click with the mouse as of mode 1006, and bytes that are no text.
        await screen.Process.WriteAsync((byte[])[.. "h\u00e9\u20ac"u8, 0x1b, .. "[<0;10;5M"u8, 0x01, 0x03, 0x1a, 0x7f, 0xff, 0xfe, 0x80, 0x00], CancellationToken.None);
        await screen.SeeAsync("68 c3 a9 e2 82 ac 1b 5b 3c 30 3b 31 30 3b 35 4d 01 03 1a 7f ff fe 80 00");
    }

    [Fact]
    public async Task What_it_prints_arrives_as_it_is()
    {
        await using var screen = await Bed.StartAsync(Host, Bed.Order("bash", "-c", "stty raw; printf '\\x1b[?1000h\\xe2\\x82\\xac\\xff\\xfe\\x80\\\\ \\134101\\r\\n'; printf end"));
        await screen.Ended;
        Assert.Equal((byte[])[0x1b, .. "[?1000h\u20ac"u8, 0xff, 0xfe, 0x80, .. "\\ \\101\r\nend"u8], screen.Bytes);
    }

    [Fact]
    public async Task A_flood_is_read_to_its_end()
    {
        await using var screen = await Bed.StartAsync(Host, Bed.Order("bash", "-c", "stty -opost; seq 1 400000; exit 3"));
        await screen.Ended;
        Assert.Equal(3, (await screen.ExitAsync()).Code);
        var lines = screen.Text.Split('\n');
        Assert.Equal(400_001, lines.Length);
        Assert.Equal(Enumerable.Range(1, 400_000).Select(i => i.ToString(System.Globalization.CultureInfo.InvariantCulture)), lines[..^1]);
    }

    [Fact]
    public async Task A_question_for_a_password_is_seen()
    {
        await using var screen = await ShellAsync();
        await screen.TypeAsync("bash -c 'read -s -p Secret: x; echo; echo thanks; cat'\r", "Secret:");
        await Waiting.UntilAsync(() => screen.Process.Echo == TerminalEcho.Hidden);
        await screen.TypeAsync("hush\r", "thanks");
        Assert.Equal(TerminalEcho.Shown, screen.Process.Echo);
        Assert.DoesNotContain("hush", screen.Text, StringComparison.Ordinal);
    }

    // An editor shows what is typed, a question for a password stars: only the screen tells.
    [Fact]
    public async Task A_program_that_reads_keys_shows_them_by_itself_or_not()
    {
        await using var screen = await Bed.StartAsync(Host, Bed.Order("bash", "-c", "stty raw -echo; echo up; sleep 600"));
        await screen.SeeAsync("up");
        Assert.Equal(TerminalEcho.ByProgram, screen.Process.Echo);
    }

    [Fact]
    public async Task What_a_program_does_not_read_is_counted()
    {
        await using var screen = await Bed.StartAsync(Host, Bed.Order("bash", "-c", "stty raw -echo; echo up; until [ -e go ]; do sleep 0.05; done; cat"));
        await screen.SeeAsync("up");
        var text = Encoding.ASCII.GetBytes(new string('x', 64 * 1024));
        var (taken, more) = (0, 1);
        for (var round = 0; round < 8 && more > 0; round++)
        {
            using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
            taken += more = await screen.Process.WriteAsync(text, patience.Token);
        }
        Assert.InRange(taken, 1, 8 * text.Length);
        await File.WriteAllTextAsync(Path.Combine(Bed.Workspace, "go"), "");
        await Waiting.UntilAsync(() => screen.Bytes.Count(b => b == 'x') == taken);
        // All of it came in its time, and nothing behind it.
        await screen.TypeAsync(".", ".");
        Assert.Equal(taken, screen.Bytes.Count(b => b == 'x'));
    }

    [Fact]
    public async Task Ending_it_asks_first()
    {
        await using var screen = await Bed.StartAsync(Host, Bed.Order("bash", "-c", "trap 'echo bye; exit 5' HUP; echo up; while :; do sleep 0.1; done"));
        await screen.SeeAsync("up");
        Assert.True(await screen.Process.EndAsync(TimeSpan.FromSeconds(20)));
        Assert.Equal(5, (await screen.ExitAsync()).Code);
        await screen.SeeAsync("bye");
    }

    [Fact]
    public async Task Ending_it_ends_also_what_ignores_every_signal_and_has_left()
    {
        var name = "kept-" + Guid.NewGuid().ToString("n");
        await using var screen = await Bed.StartAsync(Host, Bed.Order("bash", "-c", $"trap '' HUP TERM INT; (setsid bash -c \"trap '' HUP TERM; exec -a {name} sleep 600\" &) ; echo up; while :; do sleep 1; done"));
        await screen.SeeAsync("up");
        await Waiting.UntilAsync(() => BoxBed.Living(name) == 1);
        Assert.True(await screen.Process.EndAsync(TimeSpan.FromMilliseconds(200)));
        await screen.ExitAsync();
        await screen.Ended;
        Assert.Equal(0, BoxBed.Living(name));
        Assert.False(Directory.Exists($"/proc/{screen.Process.ProcessId}"));
    }

    [Fact]
    public async Task A_namespace_that_cannot_be_made_is_a_complaint()
    {
        await using var screen = await Bed.StartAsync(Host, Bed.Order("true") with { Programs = [Bed.Folder.Given, "/nowhere"] });
        var exit = await screen.ExitAsync();
        Assert.NotEqual(0, exit.Code);
        Assert.Contains("/nowhere", exit.Complaint, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_that_is_not_there_is_told_on_the_screen()
    {
        await using var screen = await Bed.StartAsync(Host, Bed.Order("no-such-program"));
        Assert.Equal(127, (await screen.ExitAsync()).Code);
        await screen.SeeAsync("no-such-program");
    }

    [Fact]
    public async Task It_runs_in_its_namespace()
    {
        await using var screen = await Bed.StartAsync(Host, Bed.Order("bash", "-c", $"cat {Bed.Paths.DataDirectory}/* /proc/{Environment.ProcessId}/environ; ls -d /root /home {Bed.Paths.DataDirectory}; echo $TERM; pwd; tty < /dev/tty; echo to > /dev/stdout"));
        await screen.ExitAsync();
        await screen.Ended;
        Assert.Contains(Bed.Workspace + "\r\n", screen.Text, StringComparison.Ordinal);
        Assert.Contains("256color\r\n", screen.Text, StringComparison.Ordinal);
        Assert.EndsWith("to\r\n", screen.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("PATH=", screen.Text, StringComparison.Ordinal);
        Assert.Contains("cannot access '/root'", screen.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task This_machine_can_do_it() => Assert.Null(await Host.FaultAsync(CancellationToken.None));

    private protected async Task<Screen> ShellAsync(TerminalSize? size = null)
    {
        var screen = await Bed.StartAsync(Host, Bed.Order("bash", "--norc", "-i"), size);
        await screen.SeeAsync("ready$ ");
        return screen;
    }

    // The one at the front of the terminal.
    private protected Task RunningAsync(string name) => Waiting.UntilAsync(() => Directory.EnumerateDirectories("/proc").Any(p => IsThere(p, name)));

    private bool IsThere(string process, string name)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "comm")).Trim() == name && File.ReadAllText(Path.Combine(process, "cmdline")).Length > 0
                && new FileInfo(Path.Combine(process, "cwd")).LinkTarget == Bed.Workspace;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
