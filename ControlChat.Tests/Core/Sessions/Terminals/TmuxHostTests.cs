using ControlChat.Core.Processes;
using ControlChat.Core.Sessions.Terminals;
using ControlChat.Core.Sessions.Terminals.Hosts;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Sessions.Terminals;

/// <summary>Terminals that outlive this process.</summary>
public abstract class TmuxHostTests : TerminalHostTests
{
    private protected TmuxHostTests(TerminalBed bed) : base(bed, new TmuxHost(bed.Processes, bed.Paths, TimeProvider.System))
    {
    }

    private string Folder => Path.Combine(Path.GetDirectoryName(Bed.Folder.Home)!, "terminal");

    [Fact]
    public async Task Another_worker_takes_it_up_with_its_screen_and_goes_on()
    {
        var name = "kept-" + Guid.NewGuid().ToString("n");
        var first = await ShellAsync(new TerminalSize(90, 20));
        await first.TypeAsync($"seq 1 50; bash -c 'exec -a {name} sleep 600' &\r", "50\r\n");
        await first.TypeAsync("printf '\\x1b[31mcoloured\\x1b[m\\n'\r", "coloured\u001b[m\r\n");
        first.Process.Resize(new TerminalSize(110, 25));
        await first.TypeAsync("until [ \"$(stty size)\" = '25 110' ]; do :; done; echo re''sized\r", "resized\r\n");
        await first.DisposeAsync();
        await Waiting.UntilAsync(() => BoxBed.Living(name) == 1);

        await using var second = new Screen(Assert.IsAssignableFrom<ITerminalProcess>(await Later().AdoptAsync(TerminalBed.Session, CancellationToken.None)));
        Assert.True(second.Process.WasAdopted);
        Assert.Equal((first.Process.ProcessId, new TerminalSize(110, 25)), (second.Process.ProcessId, second.Process.Size));
        await second.SeeAsync("coloured");
        await second.SeeAsync("\u001b[25;");
        Assert.StartsWith("\u001bc", second.Text, StringComparison.Ordinal);
        Assert.Contains("49\r\n50\r\n", second.Text, StringComparison.Ordinal);
        Assert.Contains("\u001b[31mcoloured", second.Text, StringComparison.Ordinal);
        await second.TypeAsync("echo and on\r", "and on\r\n");
        await second.TypeAsync("kill %1; exit 9\r");
        Assert.Equal(9, (await second.ExitAsync()).Code);
        await second.Ended;
    }

    [Fact]
    public async Task What_ended_while_nobody_listened_is_told_later()
    {
        var first = await Bed.StartAsync(Host, Bed.Order("bash", "-c", "echo up; until [ -e go ]; do sleep 0.02; done; echo last words; exit 4"));
        await first.SeeAsync("up");
        await first.DisposeAsync();
        await File.WriteAllTextAsync(Path.Combine(Bed.Workspace, "go"), "");
        await Waiting.UntilAsync(() => File.Exists(Path.Combine(Folder, "told")));
        await using var second = new Screen(Assert.IsAssignableFrom<ITerminalProcess>(await Later().AdoptAsync(TerminalBed.Session, CancellationToken.None)));
        Assert.Equal(4, (await second.ExitAsync()).Code);
        await second.Ended;
        Assert.Contains("last words", second.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Removing_it_ends_all_of_it_whoever_started_it()
    {
        var name = "kept-" + Guid.NewGuid().ToString("n");
        var screen = await Bed.StartAsync(Host, Bed.Order("bash", "-c", $"trap '' HUP TERM; (setsid bash -c \"trap '' HUP TERM; exec -a {name} sleep 600\" &) ; while :; do sleep 1; done"));
        await Waiting.UntilAsync(() => BoxBed.Living(name) == 1);
        await screen.DisposeAsync();
        Assert.True(await Later().RemoveAsync(TerminalBed.Session));
        await Waiting.UntilAsync(() => BoxBed.Living(name) == 0);
        // One that only listened may be on its way out.
        await Waiting.UntilAsync(() => ProcessTable.With(TerminalBed.Session).Count == 0);
        Assert.False(Directory.Exists(Folder));
        Assert.Null(await Later().AdoptAsync(TerminalBed.Session, CancellationToken.None));
    }

    [Fact]
    public async Task A_killed_tmux_takes_its_program_along()
    {
        var name = "orphan-" + Guid.NewGuid().ToString("n");
        await using var screen = await Bed.StartAsync(Host, Bed.Order("bash", "-c", $"trap '' HUP TERM; exec -a {name} sleep 600"));
        await Waiting.UntilAsync(() => BoxBed.Living(name) == 1);
        foreach (var process in ProcessTable.With(TerminalBed.Session)) ProcessGroup.End(process.Id);
        await Waiting.UntilAsync(() => BoxBed.Living(name) == 0);
        Assert.Null((await screen.ExitAsync()).Code);
        await screen.Ended;
    }

    [Fact]
    public async Task Ending_it_leaves_no_tmux_and_no_socket()
    {
        var screen = await ShellAsync();
        Assert.True(await screen.Process.EndAsync(TimeSpan.FromSeconds(5)));
        await screen.Ended;
        Assert.Empty(ProcessTable.With(TerminalBed.Session));
        Assert.False(Directory.Exists(Folder));
        await screen.DisposeAsync();
    }

    [Fact]
    public async Task Its_socket_and_what_it_is_are_not_in_the_namespace()
    {
        await using var screen = await Bed.StartAsync(Host, Bed.Order("bash", "-c", $"env; ls {Folder}; echo done"));
        await screen.SeeAsync("done");
        Assert.DoesNotContain("TMUX", screen.Text, StringComparison.Ordinal);
        Assert.Contains("cannot access", screen.Text, StringComparison.Ordinal);
    }

    // tmux has answered it; a second answer would be typed into whatever comes next.
    [Fact]
    public async Task A_question_to_the_screen_is_answered_once()
    {
        await using var screen = await Bed.StartAsync(Host, Bed.Order("bash", "-c", "stty raw -echo; printf '\\x1b[6n'; head -c 6 | od -An -c; head -c 1 | od -An -c"));
        await screen.SeeAsync("\u001b[6n");
        await screen.TypeAsync("\u001b[1;1R");
        await screen.TypeAsync("k");
        await screen.SeeAsync(" k");
        Assert.Contains("1   ;   1   R", screen.Text, StringComparison.Ordinal);
    }

    private TmuxHost Later() => new(Bed.Processes, Bed.Paths, TimeProvider.System);
}

/// <summary>Its agents are another user.</summary>
[Collection(TerminalCollection.Name)]
public sealed class TmuxHostAtARootHubTests() : TmuxHostTests(TerminalBed.OfRoot());

/// <summary>Its agents are the hub's user.</summary>
[Collection(TerminalCollection.Name)]
public sealed class TmuxHostAtAnotherHubTests() : TmuxHostTests(TerminalBed.OfAnother())
{
    [Fact]
    public async Task Without_a_namespace_it_is_a_terminal_too()
    {
        await using var screen = await Bed.StartAsync(Host, Bed.Order("bash", "--norc", "-i"), contained: false);
        await screen.SeeAsync("ready$ ");
        await screen.TypeAsync("sleep 600\r", "sleep 600");
        await RunningAsync("sleep");
        await screen.TypeAsync("\u0003", "ready$ ");
        await screen.TypeAsync("echo is $?\r", "is 130");
        Assert.True(await screen.Process.EndAsync(TimeSpan.FromSeconds(5)));
        await screen.Ended;
    }
}
