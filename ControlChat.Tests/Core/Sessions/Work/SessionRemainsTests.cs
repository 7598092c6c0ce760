using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Containment;
using ControlChat.Core.Sessions.Terminals.Hosts;
using ControlChat.Core.Sessions.Transcripts;
using ControlChat.Core.Sessions.Work;
using ControlChat.Core.Settings;
using ControlChat.Tests.Core.Hub;
using ControlChat.Tests.Core.Sessions.Transcripts;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Sessions.Work;

/// <summary>What a worker removes when it starts, in a directory that others may share.</summary>
public sealed class SessionRemainsTests() : OnEachDatabase(TestStore.Sqlite, TimeProvider.System)
{
    private readonly TempFolder _temp = new();

    [Fact]
    public async Task What_is_left_goes_and_what_another_worker_uses_stays()
    {
        var paths = new HubPaths(_temp["data"], _temp["w"], _temp["w/local"], _temp["c"]);
        var terminals = new PtyHost(new AgentProcesses(paths, AgentUser.Same, TimeProvider.System), TimeProvider.System);
        await using var bench = new TranscriptBench(Database, _temp["data"]);
        var remains = new SessionRemains(Database, new SessionStore(), paths, terminals, bench.Keeper, TimeProvider.System, new CapturingLogger<SessionRemains>());
        var (session, _) = await SessionBench.StartedAsync(Database, SessionBench.Asked());
        var (over, _) = await SessionBench.StartedAsync(Database, SessionBench.Asked());
        await SessionBench.EndAsync(Database, over.Id);
        foreach (var id in new[] { session.Id, over.Id }) AgentFolder.Open(paths, id, AgentUser.Same);
        var command = new CommandHome(paths, AgentUser.Same);
        File.WriteAllText(Path.Combine(command.Folder.Home, "pack"), "half");
        // As a process that was killed leaves one: without its lock, or with one that nobody holds.
        AgentFolder.Open(paths, "cmd_dead", AgentUser.Same);
        AgentFolder.Open(paths, "cmd_older", AgentUser.Same);
        File.WriteAllText(Path.Combine(paths.Agents, "cmd_dead.lock"), "");
        await remains.SweepAsync();
        var name = Path.GetFileName(command.Folder.Root);
        Assert.Equal(new[] { session.Id, name, name + ".lock" }.Order(), Directory.EnumerateFileSystemEntries(paths.Agents).Select(e => Path.GetFileName(e)).Order());
        Assert.True(File.Exists(Path.Combine(command.Folder.Home, "pack")));
        command.Dispose();
        Assert.Equal([session.Id], Directory.EnumerateFileSystemEntries(paths.Agents).Select(e => Path.GetFileName(e)));
    }

    [Fact]
    public async Task What_ended_while_nobody_worked_on_it_goes_at_once_after_a_panic_and_a_little_later_else()
    {
        var paths = new HubPaths(_temp["data"], _temp["w"], _temp["w/local"], _temp["c"]);
        await using var bench = new TranscriptBench(Database, _temp["data"]);
        var remains = new SessionRemains(Database, new SessionStore(), paths, new PtyHost(new AgentProcesses(paths, AgentUser.Same, TimeProvider.System), TimeProvider.System), bench.Keeper, TimeProvider.System, new CapturingLogger<SessionRemains>());
        var ids = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            ids.Add((await SessionBench.StartedAsync(Database, SessionBench.Asked())).Session.Id);
            AgentFolder.Open(paths, ids[i], AgentUser.Same);
        }
        await using (bench.Recorder.Begin(ids[2])) await bench.SayAsync(ids[2], "one");
        var (panicked, stopped, old, open, held) = (ids[0], ids[1], ids[2], ids[3], ids[4]);
        await SessionBench.EndAsync(Database, panicked, SessionEnd.Panic);
        foreach (var id in new[] { stopped, old, held }) await SessionBench.EndAsync(Database, id);
        await Database.WriteAsync(t => t.ExecuteAsync("update sessions set ended_at = @at where id in (@old, @held)", new { old, held, at = t.Now.AddSeconds(-11) }, default));
        await remains.RemoveEndedAsync(id => id == held, default);
        Assert.Equal(new[] { stopped, open, held }.Order(), Directory.EnumerateDirectories(paths.Agents).Select(d => Path.GetFileName(d)).Order());
        Assert.Equal(TranscriptVerdict.Good(2), await (await bench.TranscriptAsync(old)).VerifyAsync(default));
        Assert.False(TranscriptFile.IsOpen(bench.Recorder.FolderOf(old)));
    }
}
