using ControlChat.Core.Processes;
using ControlChat.Core.Sessions.Containment;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Sessions;

/// <summary>What there is in an agent's namespace, and when it ends.</summary>
public sealed class BoxTests : IAsyncLifetime
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);
    private readonly BoxBed _bed = new();

    public ValueTask InitializeAsync() => _bed.RequireAsync();

    public ValueTask DisposeAsync()
    {
        _bed.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task It_works_in_its_workspace_and_its_state_and_reads_its_program()
    {
        File.WriteAllText(Path.Combine(_bed.ProgramFolder, "tool"), "#!/bin/sh\necho the tool\n");
        File.SetUnixFileMode(Path.Combine(_bed.ProgramFolder, "tool"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
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
        var process = await _bed.Processes.StartAsync(_bed.Order($"setsid nohup bash -c 'exec -a {name} sleep 600' >/dev/null 2>&1 & echo $! > started; wait"));
        await Waiting.UntilAsync(() => ProcessTable.With(name).Count == 1);
        Assert.True(await ProcessGroup.StopAllAsync(process.Id, Grace, TimeProvider.System));
        await Waiting.UntilAsync(() => ProcessTable.With(name).Count == 0);
    }

    [Fact]
    public async Task It_ends_with_the_process_that_started_it()
    {
        var name = "orphan-" + Guid.NewGuid().ToString("n");
        var boxed = Box.Around(_bed.Order($"exec -a {name} sleep 600"), _bed.Paths, Programs.Find("bwrap")!);
        var parent = LongProcess.Start(new ProcessOrder(Programs.Find("setsid")!, ["/usr/bin/bash", "-c", "\"$@\" & wait", "-", boxed.File, .. boxed.Arguments], "/", boxed.Environment));
        await Waiting.UntilAsync(() => ProcessTable.With(name).Count == 1);
        System.Diagnostics.Process.GetProcessById(parent.Id).Kill();
        await Waiting.UntilAsync(() => ProcessTable.With(name).Count == 0);
    }

    [Fact]
    public async Task It_outlives_the_thread_that_asked_for_it()
    {
        Task<LongProcess>? asked = null;
        var answered = new TaskCompletionSource<string>();
        var thread = new Thread(() => (asked = _bed.Processes.StartAsync(_bed.Order("mkfifo in; echo ready; cat in"), async reader =>
        {
            await reader.ReadLineAsync();
            answered.SetResult(await reader.ReadLineAsync() ?? "ended");
        })).Wait());
        thread.Start();
        thread.Join();
        await Waiting.UntilAsync(() => File.Exists(Path.Combine(_bed.Workspace, "in")));
        await File.WriteAllTextAsync(Path.Combine(_bed.Workspace, "in"), "still here\n");
        Assert.Equal("still here", await answered.Task.WaitAsync(TimeSpan.FromSeconds(30)));
        await ProcessGroup.StopAllAsync((await asked!).Id, Grace, TimeProvider.System);
    }

    [Fact]
    public async Task Folders_that_would_show_a_place_of_the_hub_are_refused()
    {
        Directory.CreateDirectory(Path.Combine(_bed.Workspace, ".ssh"));
        var withKey = new AgentProcesses(_bed.Paths with { SyncKey = Path.Combine(_bed.Workspace, ".ssh", "id") }, TimeProvider.System);
        await Assert.ThrowsAsync<ArgumentException>(() => withKey.StartAsync(_bed.Order("true")));
        Directory.CreateSymbolicLink(Path.Combine(_bed.Paths.WorkspacesRoot, "link"), _bed.Paths.DataDirectory);
        foreach (var order in (BoxOrder[])
                 [
                     _bed.Order("true") with { Workspace = _bed.Root }, _bed.Order("true") with { Workspace = _bed.Paths.WorkspacesRoot }, _bed.Order("true") with { State = _bed.Paths.DataDirectory },
                     _bed.Order("true") with { Programs = ["/"] }, _bed.Order("true") with { Workspace = Path.Combine(_bed.Paths.WorkspacesRoot, "link") }, _bed.Order("true") with { Workspace = "own" },
                 ])
            await Assert.ThrowsAsync<ArgumentException>(() => _bed.Processes.StartAsync(order));
    }
}
