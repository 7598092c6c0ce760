using ControlChat.Core.Settings;
using ControlChat.Harness;
using ControlChat.Tests.Core.Sessions;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Mcp;

/// <summary>Commands that the operator allows, and repositories from hosts that the operator allows (R165-R169).</summary>
public sealed class CommandToolTests : IAsyncLifetime
{
    private WorkspaceToolBed _bed = null!;

    public async ValueTask InitializeAsync()
    {
        _bed = await WorkspaceToolBed.OpenAsync();
        _bed.Put("a.txt", "text\n");
        _bed.Put("folder/b.txt", "more\n");
        Allow("cat", "ls", "sh", "env");
    }

    public async ValueTask DisposeAsync() => await _bed.DisposeAsync();

    [Fact]
    public async Task Only_what_the_operator_allows_runs()
    {
        Allow();
        var (code, words) = await _bed.RefusalAsync("run_command", new { command = new[] { "ls" } });
        Assert.Equal("command_not_allowed", code);
        Assert.Contains("Sessions:Commands", words, StringComparison.Ordinal);
        Allow("cat");
        Assert.Equal("command_not_allowed", (await _bed.RefusalAsync("run_command", new { command = new[] { "ls" } })).Code);
        Assert.Equal("command_not_allowed", (await _bed.RefusalAsync("run_command", new { command = new[] { "/usr/bin/cat", "a.txt" } })).Code);
        Assert.Equal("command_not_allowed", (await _bed.RefusalAsync("run_command", new { command = new[] { "cat a.txt" } })).Code);
        Assert.Equal("invalid", (await _bed.RefusalAsync("run_command", new { command = Array.Empty<string>() })).Code);
    }

    [Fact]
    public async Task A_command_runs_in_its_directory_without_a_shell_and_without_input()
    {
        var ran = await _bed.AnswerAsync("run_command", new { command = new[] { "cat", "b.txt", "-" }, cwd = "folder" });
        Assert.Equal(("more\n", 0, false), (ran["output"]!.GetValue<string>(), ran["exit_code"]!.GetValue<int>(), ran["timed_out"]!.GetValue<bool>()));
        var literal = await _bed.AnswerAsync("run_command", new { command = new[] { "cat", "$(echo a.txt)", ";", "ls" } });
        Assert.Equal(1, literal["exit_code"]!.GetValue<int>());
        Assert.Contains("$(echo a.txt)", literal["errors"]!.GetValue<string>(), StringComparison.Ordinal);
        File.CreateSymbolicLink(_bed["out"], "/etc");
        Assert.Equal("denied", (await _bed.RefusalAsync("run_command", new { command = new[] { "ls" }, cwd = "out" })).Code);
        Assert.Equal("denied", (await _bed.RefusalAsync("run_command", new { command = new[] { "ls" }, cwd = "../.." })).Code);
        Assert.Equal(["run_command started", "run_command completed"], _bed.Audit.Entries.Where(e => e.Tool == "run_command").Take(2).Select(e => $"{e.Tool} {e.Outcome}"));
    }

    [Fact]
    public async Task It_sees_neither_the_hub_nor_its_environment_nor_a_network()
    {
        var environment = (await _bed.AnswerAsync("run_command", new { command = new[] { "env" } }))["output"]!.GetValue<string>();
        Assert.Equal(["HOME", "LANG", "PATH", "PWD", "TMPDIR"], environment.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split('=')[0]).Order());
        var data = _bed.Hub.Settings.Paths.DataDirectory;
        var seen = (await _bed.AnswerAsync("run_command", new { command = new[] { "sh", "-c", $"ls {data}/keys {data}/hub.db; cat /proc/net/dev | wc -l" } }));
        Assert.EndsWith("3\n", seen["output"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Contains("No such file", seen["errors"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_ends_with_its_session()
    {
        var word = "cmd-" + Guid.NewGuid().ToString("n");
        var calling = _bed.RefusalAsync("run_command", new { command = new[] { "sh", "-c", "sleep 600; :", word }, timeout_seconds = 500 });
        await Waiting.UntilAsync(() => BoxBed.Living(word) > 0);
        await SessionBench.EndAsync(_bed.Hub.Database, _bed.Session.Id);
        _bed.Hub.Time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("ended", (await calling.WaitAsync(TimeSpan.FromSeconds(30))).Code);
        await Waiting.UntilAsync(() => BoxBed.Living(word) == 0);
    }

    [Fact]
    public async Task What_takes_too_long_is_ended_with_all_it_started_and_what_says_too_much_is_cut()
    {
        var word = "cmd-" + Guid.NewGuid().ToString("n");
        var ran = await _bed.AnswerAsync("run_command", new { command = new[] { "sh", "-c", $"echo begun; (exec setsid sh -c 'sleep 600; :' {word}) & sleep 600" }, timeout_seconds = 2 });
        Assert.Equal((true, "begun\n"), (ran["timed_out"]!.GetValue<bool>(), ran["output"]!.GetValue<string>()));
        Assert.Null(ran["exit_code"]);
        await Waiting.UntilAsync(() => BoxBed.Living(word) == 0);
        var loud = await _bed.AnswerAsync("run_command", new { command = new[] { "sh", "-c", "yes | head -c 3000000" } });
        Assert.Equal((64 * 1024, true), (loud["output"]!.GetValue<string>().Length, loud["output_cut"]!.GetValue<bool>()));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_bed.Hub.Settings.Paths.Agents));
    }

    [Fact]
    public async Task Arguments_that_no_program_takes_are_refused_and_the_longest_that_fit_run()
    {
        var long1 = new string('x', (128 * 1024) - 1);
        Assert.Equal("too_long", (await _bed.RefusalAsync("run_command", new { command = new[] { "cat", long1 + "x" } })).Code);
        Assert.Equal("too_long", (await _bed.RefusalAsync("run_command", new { command = new[] { "cat", new string('é', 64 * 1024) } })).Code);
        Assert.Equal("too_long", (await _bed.RefusalAsync("run_command", new { command = Enumerable.Repeat(long1, 8).Prepend("cat") })).Code);
        var (code, words) = await _bed.RefusalAsync("run_command", new { command = new[] { "cat", "a.txt", "a\0b" } });
        Assert.Equal("invalid", code);
        Assert.Contains("Argument 2 holds a zero byte", words, StringComparison.Ordinal);
        Assert.Equal("invalid", (await _bed.RefusalAsync("run_command", new { command = new[] { "cat", "a.txt" }, cwd = "a\0b" })).Code);
        var fits = await _bed.AnswerAsync("run_command", new { command = Enumerable.Repeat(long1, 7).Prepend("exit 7").Prepend("-c").Prepend("sh") });
        Assert.Equal(7, fits["exit_code"]!.GetValue<int>());
    }

    [Fact]
    public async Task Without_a_namespace_no_command_runs_and_the_refusal_says_so()
    {
        await using var bed = await WorkspaceToolBed.OpenAsync(find: _ => null);
        bed.Hub.Settings.Current = new HubOptions { Sessions = new SessionsSection { Commands = ["ls"], AllowUncontained = true } };
        var outcome = await bed.CallAsync("run_command", new { command = new[] { "ls" } });
        Assert.Equal(("unavailable", "not_contained"), (outcome.Status, outcome.Code));
        Assert.Contains("cannot be contained here", outcome.Words, StringComparison.Ordinal);
        Assert.Contains("bubblewrap", outcome.Words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_that_may_see_a_part_runs_nothing()
    {
        await using var bed = await WorkspaceToolBed.OpenAsync("""{"allowed_paths":["folder"]}""");
        bed.Hub.Settings.Current = new HubOptions { Sessions = new SessionsSection { Commands = ["ls"], GitHosts = ["127.0.0.1:1"] } };
        Assert.Equal("path_not_allowed", (await bed.RefusalAsync("run_command", new { command = new[] { "ls" } })).Code);
        Assert.Equal("path_not_allowed", (await bed.RefusalAsync("fetch_repository", new { url = "http://127.0.0.1:1/x", path = "folder/x" })).Code);
    }

    [Theory]
    [InlineData("https://github.com/a/b", "github.com", null)]
    [InlineData("https://GitHub.com/a/b.git", "github.com", null)]
    [InlineData("https://github.com:443/a/b", "github.com:443", null)]
    [InlineData("http://git.lan:80/a", "git.lan:80", null)]
    [InlineData("http://github.com/a/b", "github.com", "host_not_allowed")]
    [InlineData("https://github.com:8443/a/b", "github.com", "host_not_allowed")]
    [InlineData("https://github.com.evil.example/a", "github.com", "host_not_allowed")]
    [InlineData("https://evil.example/github.com", "github.com", "host_not_allowed")]
    [InlineData("https://me:pw@github.com/a", "github.com", "invalid")]
    [InlineData("https://github.com@evil.example/a", "github.com", "invalid")]
    [InlineData("https://github.com/a?x=1", "github.com", "invalid")]
    [InlineData("ssh://github.com/a", "github.com", "invalid")]
    [InlineData("git@github.com:a/b", "github.com", "invalid")]
    [InlineData("ext::sh -c id", "github.com", "invalid")]
    [InlineData("file:///etc", "github.com", "invalid")]
    [InlineData("--upload-pack=id", "github.com", "invalid")]
    [InlineData("https://github.com/a", "", "host_not_allowed")]
    public void A_repository_comes_from_a_host_that_is_named(string url, string hosts, string? code)
    {
        string[] all = hosts.Length == 0 ? [] : [hosts];
        var refusal = Record.Exception(() => ControlChat.Core.Mcp.CommandTools.GitAddress.Read(url, all));
        Assert.Equal(code, (refusal as ControlChat.Core.Gate.ToolRefusedException)?.Code);
    }

    [Fact]
    public async Task A_repository_is_cloned_and_nothing_half_done_stays()
    {
        await using var server = await GitServer.StartAsync();
        _bed.Hub.Settings.Current = new HubOptions { Sessions = new SessionsSection { GitHosts = [server.Host] } };
        var fetched = await _bed.AnswerAsync("fetch_repository", new { url = $"http://{server.Host}/repo.git", path = "folder/repo" });
        Assert.Equal("hello\n", File.ReadAllText(_bed["folder/repo/hello.txt"]));
        Assert.Equal((2, server.Commit), (fetched["files"]!.GetValue<int>(), fetched["commit"]!.GetValue<string>()));
        // A link that leads out is cloned as it is, and leads nowhere.
        Assert.Equal("denied", (await _bed.RefusalAsync("read_workspace_file", new { path = "folder/repo/link" })).Code);
        Assert.Equal("conflict", (await _bed.RefusalAsync("fetch_repository", new { url = $"http://{server.Host}/repo.git", path = "folder/repo" })).Code);
        File.CreateSymbolicLink(_bed["nowhere"], "absent");
        Assert.Equal("conflict", (await _bed.RefusalAsync("fetch_repository", new { url = $"http://{server.Host}/repo.git", path = "nowhere" })).Code);
        Assert.Equal("not_found", (await _bed.RefusalAsync("fetch_repository", new { url = $"http://{server.Host}/repo.git", path = "absent/repo" })).Code);
        foreach (var path in new[] { "moved.git", "absent.git" })
        {
            var (code, words) = await _bed.RefusalAsync("fetch_repository", new { url = $"http://{server.Host}/{path}", path = "other" });
            Assert.Equal("git_failed", code);
            Assert.Contains("could not be fetched", words, StringComparison.Ordinal);
            Assert.False(Path.Exists(_bed["other"]));
        }
        foreach (var path in new[] { ".", "..", "/tmp/x", ".git/x", "folder/.GIT/x" }) Assert.Equal("invalid", (await _bed.RefusalAsync("fetch_repository", new { url = $"http://{server.Host}/repo.git", path })).Code);
    }

    [Fact]
    public async Task A_repository_is_not_in_the_workspace_before_it_is_whole_and_takes_no_name_that_is_taken()
    {
        await using var server = await GitServer.StartAsync();
        _bed.Hub.Settings.Current = new HubOptions { Sessions = new SessionsSection { GitHosts = [server.Host] } };
        var (asked, seen) = (0, new List<string>());
        server.Asked = () =>
        {
            asked++;
            lock (seen) seen.AddRange(Directory.EnumerateFileSystemEntries(_bed.Root).Select(e => Path.GetFileName(e)!));
        };
        await _bed.AnswerAsync("fetch_repository", new { url = $"http://{server.Host}/repo.git", path = "repo" });
        Assert.True(asked > 0);
        Assert.DoesNotContain("repo", seen);
        Assert.Equal(["a.txt", "folder"], seen.Distinct().Order());
        server.Asked = () => _bed.Put("other/mine.txt", "mine");
        Assert.Equal("conflict", (await _bed.RefusalAsync("fetch_repository", new { url = $"http://{server.Host}/repo.git", path = "other" })).Code);
        Assert.Equal(["mine.txt"], Directory.EnumerateFileSystemEntries(_bed["other"]).Select(Path.GetFileName));
        // What the agent makes of the folder meanwhile leads nowhere.
        server.Asked = () =>
        {
            if (!Directory.Exists(_bed["folder"]) || new DirectoryInfo(_bed["folder"]).LinkTarget is not null) return;
            Directory.Move(_bed["folder"], _bed["away"]);
            File.CreateSymbolicLink(_bed["folder"], _bed.Hub["checkpoints"]);
        };
        Directory.CreateDirectory(_bed.Hub["checkpoints"]);
        Assert.Equal("denied", (await _bed.RefusalAsync("fetch_repository", new { url = $"http://{server.Host}/repo.git", path = "folder/late" })).Code);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_bed.Hub["checkpoints"]));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_bed.Hub.Settings.Paths.Agents));
    }

    [Fact]
    public async Task A_repository_of_too_many_files_is_not_checked_out()
    {
        await using var server = await GitServer.StartAsync();
        server.Import(files: 100_001);
        _bed.Hub.Settings.Current = new HubOptions { Sessions = new SessionsSection { GitHosts = [server.Host] } };
        var (code, words) = await _bed.RefusalAsync("fetch_repository", new { url = $"http://{server.Host}/many.git", path = "many" });
        Assert.Equal("too_large", code);
        Assert.Contains("100001 files", words, StringComparison.Ordinal);
        Assert.False(Path.Exists(_bed["many"]));
        Assert.Empty(Directory.EnumerateFileSystemEntries(_bed.Hub.Settings.Paths.Agents));
    }

    [Fact]
    public async Task A_repository_comes_from_the_disk_of_the_agents_to_that_of_the_workspace()
    {
        const string Memory = "/dev/shm";
        Assert.SkipUnless(Directory.Exists(Memory), "This machine has no second file system to try it on.");
        var agents = Path.Combine(Memory, "controlchat-test-" + Guid.NewGuid().ToString("n"));
        Directory.CreateDirectory(agents);
        try
        {
            await using var bed = await WorkspaceToolBed.OpenAsync(agents: agents);
            await using var server = await GitServer.StartAsync();
            bed.Hub.Settings.Current = new HubOptions { Sessions = new SessionsSection { GitHosts = [server.Host] } };
            await bed.AnswerAsync("fetch_repository", new { url = $"http://{server.Host}/repo.git", path = "repo" });
            Assert.Equal("hello\n", File.ReadAllText(bed["repo/hello.txt"]));
            Assert.Equal("/etc/passwd", new FileInfo(bed["repo/link"]).LinkTarget);
            Assert.Equal(["repo"], Directory.EnumerateFileSystemEntries(bed.Root).Select(Path.GetFileName));
            Assert.Empty(Directory.EnumerateFileSystemEntries(agents));
        }
        finally
        {
            Directory.Delete(agents, recursive: true);
        }
    }

    [Fact]
    public async Task A_command_that_takes_too_much_memory_is_ended()
    {
        _bed.Hub.Settings.Current = new HubOptions { Sessions = new SessionsSection { Commands = ["sh"], MemoryMegabytes = 64 } };
        var word = "cmd-" + Guid.NewGuid().ToString("n");
        // One line without an end is held until its end.
        var (code, words) = await _bed.RefusalAsync("run_command", new { command = new[] { "sh", "-c", "head -c 200000000 /dev/zero | tail -n 1 | (sleep 600; cat)", word }, timeout_seconds = 120 });
        Assert.Equal("too_much_memory", code);
        Assert.Contains("Sessions:MemoryMegabytes", words, StringComparison.Ordinal);
        await Waiting.UntilAsync(() => BoxBed.Living(word) == 0);
        Assert.Equal(0, (await _bed.AnswerAsync("run_command", new { command = new[] { "sh", "-c", "true" } }))["exit_code"]!.GetValue<int>());
    }

    private void Allow(params string[] commands) => _bed.Hub.Settings.Current = new HubOptions { Sessions = new SessionsSection { Commands = commands } };
}
