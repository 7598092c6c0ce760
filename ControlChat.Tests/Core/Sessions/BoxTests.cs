using ControlChat.Core.Processes;
using ControlChat.Core.Sessions.Containment;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Sessions;

/// <summary>What there is in an agent's namespace, and when it ends.</summary>
public abstract class BoxTests : IAsyncLifetime
{
    private readonly BoxBed _bed;

    private protected BoxTests(BoxBed bed) => _bed = bed;

    public ValueTask InitializeAsync() => _bed.RequireAsync();

    public ValueTask DisposeAsync()
    {
        _bed.Dispose();
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task It_works_in_its_workspace_and_its_state_and_reads_its_program()
    {
        File.WriteAllText(Path.Combine(_bed.ProgramFolder, "tool"), "#!/bin/sh\necho the tool\n");
        File.SetUnixFileMode(Path.Combine(_bed.ProgramFolder, "tool"), UnixFileMode.UserRead | UnixFileMode.UserExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        var said = await _bed.SayAsync($"pwd; echo a > a; echo b > $HOME/b; cat a $HOME/b; {_bed.ProgramFolder}/tool; echo c > {_bed.ProgramFolder}/c || echo kept; echo t > /tmp/t && git init -q . && echo git");
        Assert.Equal([_bed.Workspace, "a", "b", "the tool"], said.Split('\n')[..4]);
        Assert.EndsWith("kept\ngit\n", said, StringComparison.Ordinal);
        Assert.Equal("b\n", File.ReadAllText(Path.Combine(_bed.State, "b")));
        Assert.True(Directory.Exists(Path.Combine(_bed.Workspace, ".git")));
    }

    [Fact]
    public async Task Memory_that_no_process_owns_is_bounded() =>
        Assert.Contains("No space left", await _bed.SayAsync("head -c 40000000 /dev/zero > /run/much"), StringComparison.Ordinal);

    [Fact]
    public async Task Stopping_it_ends_all_it_started_even_what_left_its_group()
    {
        var name = "kept-" + Guid.NewGuid().ToString("n");
        var process = await _bed.StartAsync(_bed.Order($"setsid nohup bash -c 'exec -a {name} sleep 600' >/dev/null 2>&1 & echo $! > started; wait"));
        await Waiting.UntilAsync(() => BoxBed.Living(name) == 1);
        Assert.True(await _bed.Processes.KillAsync(process));
        await Waiting.UntilAsync(() => BoxBed.Living(name) == 0);
    }

    [Fact]
    public async Task It_ends_with_the_process_that_started_it()
    {
        var name = "orphan-" + Guid.NewGuid().ToString("n");
        var boxed = _bed.Started(_bed.Order($"exec -a {name} sleep 600"));
        var parent = LongProcess.Start(new ProcessOrder(Programs.Find("setsid")!, ["/usr/bin/bash", "-c", "\"$@\" & wait", "-", boxed.File, .. boxed.Arguments], "/", boxed.Environment));
        await Waiting.UntilAsync(() => BoxBed.Living(name) == 1);
        System.Diagnostics.Process.GetProcessById(parent.Id).Kill();
        await Waiting.UntilAsync(() => BoxBed.Living(name) == 0);
    }

    [Fact]
    public async Task It_outlives_the_thread_that_asked_for_it()
    {
        Task<LongProcess>? asked = null;
        var answered = new TaskCompletionSource<string>();
        var thread = new Thread(() => (asked = _bed.StartAsync(_bed.Order("mkfifo in; echo ready; cat in"), async reader =>
        {
            await reader.ReadLineAsync();
            answered.SetResult(await reader.ReadLineAsync() ?? "ended");
        })).Wait());
        thread.Start();
        thread.Join();
        await Waiting.UntilAsync(() => File.Exists(Path.Combine(_bed.Workspace, "in")));
        await File.WriteAllTextAsync(Path.Combine(_bed.Workspace, "in"), "still here\n");
        Assert.Equal("still here", await answered.Task.WaitAsync(TimeSpan.FromSeconds(30)));
        await _bed.Processes.KillAsync(await asked!);
    }

    [Fact]
    public async Task What_root_put_into_the_workspace_is_the_agents_too()
    {
        Directory.CreateDirectory(Path.Combine(_bed.Workspace, "deep", "er"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.WriteAllText(Path.Combine(_bed.Workspace, "deep", "er", "file"), "a");
        var target = Path.Combine(_bed.Root, "kept");
        File.WriteAllText(target, "kept");
        File.CreateSymbolicLink(Path.Combine(_bed.Workspace, "deep", "out"), target);
        Directory.CreateSymbolicLink(Path.Combine(_bed.Workspace, "deep", "up"), _bed.Root);
        var before = await _bed.SayOutsideAsync($"stat -c '%u %g %n' {target} $DATA $DATA/hub.db");
        Assert.SkipWhen(Environment.IsPrivilegedProcess && _bed.User.Id is null, "These tests are root and the hub is not: nothing of root's comes into its workspaces.");
        Assert.Equal("changed\n", await _bed.SayAsync("echo changed > deep/er/file; cat deep/er/file"));
        Assert.Equal(before, await _bed.SayOutsideAsync($"stat -c '%u %g %n' {target} $DATA $DATA/hub.db"));
    }

    // A package cache, a clone of this machine's: the same file lies outside too.
    [Fact]
    public async Task A_file_with_another_name_stays_whose_it_is()
    {
        Assert.SkipUnless(_bed.User.Id is not null, "Only a hub that is root gives files away.");
        var outside = Path.Combine(_bed.Root, "cached");
        File.WriteAllText(outside, "kept");
        await _bed.SayOutsideAsync($"ln {outside} $SPACES/own/linked; mkdir $SPACES/own/d; echo a > $SPACES/own/d/f");
        await _bed.SayAsync("echo changed > linked; echo changed > d/f");
        Assert.Equal("kept", File.ReadAllText(outside));
        Assert.Equal("changed\n", File.ReadAllText(Path.Combine(_bed.Workspace, "d", "f")));
    }

    [Fact]
    public async Task A_hub_that_is_root_starts_nothing_in_somebodys_own_directory()
    {
        Assert.SkipUnless(_bed.User.Id is not null, "Only a hub that is root could give it away.");
        var own = Path.Combine(_bed.Root, "home");
        Directory.CreateDirectory(own);
        var hub = new AgentProcesses(_bed.Paths with { LocalWorkspace = own }, _bed.User, TimeProvider.System);
        Assert.Contains("Workspaces:Local", (await Assert.ThrowsAsync<IOException>(() => hub.StartAsync(_bed.Order("true") with { Workspace = own }))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_an_earlier_process_left_is_gone_but_what_is_kept()
    {
        Assert.SkipWhen(Environment.IsPrivilegedProcess && _bed.User.Id is null, "These tests are root and start this hub's agents by themselves.");
        var kept = Path.Combine(_bed.Root, "outside");
        Directory.CreateDirectory(kept);
        await _bed.SayAsync($"mkdir -p $HOME/sessions/a $HOME/rules; echo x | tee $HOME/config.toml $HOME/rules/r $HOME/sessions/a/b $HOME/state.sqlite >/dev/null; ln -s {kept} $HOME/out; touch $HOME/-rf");
        var left = new StringWriter();
        var process = await _bed.StartAsync(_bed.Order("cd $HOME; find . | sort") with { Kept = ["sessions", "*.sqlite"] }, async read => left.Write(await read.ReadToEndAsync()));
        await process.Exited;
        Assert.Equal(".\n./sessions\n./sessions/a\n./sessions/a/b\n./state.sqlite\n", left.ToString());
        Assert.True(Directory.Exists(kept));
    }

    [Fact]
    public async Task It_goes_before_the_hub_where_memory_runs_out() =>
        Assert.Equal("500\n", await _bed.SayAsync("cat /proc/self/oom_score_adj"));

    [Fact]
    public async Task The_number_of_its_processes_is_bounded()
    {
        var said = await _bed.SayAsync("ulimit -u; ulimit -c; ulimit -Hu 100000 && echo more");
        Assert.StartsWith("4096\n0\n", said, StringComparison.Ordinal);
        Assert.DoesNotContain("more", said, StringComparison.Ordinal);
    }

    [Fact]
    public void Folders_that_would_show_a_place_of_the_hub_are_refused()
    {
        Box.Check(_bed.Order("true"), _bed.Paths);
        Directory.CreateDirectory(Path.Combine(_bed.Workspace, ".ssh"));
        Assert.Throws<ArgumentException>(() => Box.Check(_bed.Order("true"), _bed.Paths with { SyncKey = Path.Combine(_bed.Workspace, ".ssh", "id") }));
        Directory.CreateSymbolicLink(Path.Combine(_bed.Paths.WorkspacesRoot, "link"), _bed.Paths.DataDirectory);
        foreach (var order in (BoxOrder[])
                 [
                     _bed.Order("true") with { Workspace = _bed.Root }, _bed.Order("true") with { Workspace = _bed.Paths.WorkspacesRoot }, _bed.Order("true") with { State = _bed.Paths.DataDirectory },
                     _bed.Order("true") with { Programs = ["/"] }, _bed.Order("true") with { Workspace = Path.Combine(_bed.Paths.WorkspacesRoot, "link") }, _bed.Order("true") with { Workspace = "own" },
                     _bed.Order("true") with { State = Path.Combine(_bed.Paths.DataDirectory, "keys") }, _bed.Order("true") with { Programs = [Path.Combine(_bed.Paths.Agents, "ses_other", "home")] },
                     _bed.Order("true") with { Programs = [Path.Combine(_bed.Paths.DataDirectory, "keys")] }, _bed.Order("true") with { Workspace = Path.Combine(_bed.Workspace, ".ssh") },
                 ])
            Assert.Throws<ArgumentException>(() => Box.Check(order, _bed.Paths));
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("ses own")]
    public void Only_an_id_of_a_session_has_a_folder(string session) =>
        Assert.Throws<ArgumentException>(() => AgentFolder.Open(_bed.Paths, session, _bed.User));
}

/// <summary>Its agents are another user.</summary>
public sealed class BoxAtARootHubTests() : BoxTests(BoxBed.OfRoot());

/// <summary>Its agents are, on the disk, the same user.</summary>
public sealed class BoxAtAnotherHubTests() : BoxTests(BoxBed.OfAnother());
