using System.Diagnostics;
using System.Text.Json.Nodes;
using ControlChat.App;
using ControlChat.Core.Hub;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.App.Backup;

/// <summary>A copy of a hub that works, and a hub made of the copy.</summary>
public sealed class BackupTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string Copy => _folder["copy"];

    private string Fresh => _folder["fresh"];

    [Fact]
    public async Task A_backup_taken_while_the_hub_works_comes_back_whole()
    {
        await using var hub = await TestHub.StartAsync(args: ["--Limits:RequestsPerMinute=100000"]);
        for (var i = 0; i < 5; i++) await CreateAsync(hub, $"Before {i}");
        using var enough = new CancellationTokenSource();
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var writing = Task.Run(async () =>
        {
            for (var made = 0; !enough.IsCancellationRequested; begun.TrySetResult()) await CreateAsync(hub, $"Meanwhile {made++}");
        });
        await Task.WhenAny(begun.Task, writing);
        var (code, output, error) = await RunAsync(hub.DataDirectory, "backup", "--output", Copy);
        await enough.CancelAsync();
        await writing;
        Assert.True(code == 0, error);
        Assert.Matches($"^{Copy} ok rows=\\d+ last=\\d+ checkpoints=\\d+\n$", output);
        Assert.Equal(0, (await RunAsync(hub.DataDirectory, "audit", "verify")).Code);
        var cookie = hub.Browser.DefaultRequestHeaders.GetValues("Cookie").Single();
        await hub.StopAsync();

        var restored = await RunAsync(Fresh, "restore", "--from", Copy);
        Assert.True(restored.Code == 0, restored.Error);
        Assert.Equal(output.Split(' ', 2)[1].Trim(), restored.Output.Split('\n')[0]);
        Assert.Equal(0, (await RunAsync(Fresh, "audit", "verify")).Code);
        await using var again = ControlChatApp.Create(["--urls", "http://127.0.0.1:0", $"--Hub:DataDirectory={Fresh}", "--Logging:LogLevel:Default=None"]);
        await again.StartAsync();
        using var browser = new HttpClient { BaseAddress = new Uri(again.Url) };
        browser.DefaultRequestHeaders.Add("Cookie", cookie);
        // Who was signed in still is, and finds what was there.
        using var answer = await TokenlessAsync(browser);
        var titles = (await TestHub.BodyAsync(answer))["result"]!["items"]!.AsArray().Select(w => w!["title"]!.GetValue<string>()).ToList();
        for (var i = 0; i < 5; i++) Assert.Contains($"Before {i}", titles);
        await again.StopAsync();
        Assert.StartsWith("ok ", (await RunAsync(Fresh, "audit", "verify")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Everything_in_it_is_its_owners_alone_and_the_log_and_the_locks_stay_behind()
    {
        await using var hub = await TestHub.StartAsync();
        Directory.CreateDirectory(hub.DataDirectory + "-workspaces");
        Assert.Equal(0, (await RunAsync(hub.DataDirectory, "backup", "--output", Copy, "--workspaces", "true")).Code);
        var files = Directory.EnumerateFileSystemEntries(Copy, "*", SearchOption.AllDirectories).Append(Copy).ToList();
        Assert.All(files, f => Assert.Equal(Directory.Exists(f) ? "700" : "600", Convert.ToString((int)File.GetUnixFileMode(f), 8)));
        var names = files.Select(f => Path.GetRelativePath(Copy, f)).ToList();
        foreach (var name in new[] { "manifest.json", "data/hub.db", "data/keys/audit-signing.pem", "checkpoints/checkpoints.jsonl", "workspaces.tar" }) Assert.Contains(name, names);
        Assert.Contains(names, n => n.StartsWith("data/keys/key-", StringComparison.Ordinal));
        Assert.DoesNotContain(names, n => n.Contains("hub.lock", StringComparison.Ordinal) || n.Contains("run.json", StringComparison.Ordinal) || n.Contains("logs", StringComparison.Ordinal) || n.EndsWith("-wal", StringComparison.Ordinal));
        var manifest = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Copy, "manifest.json")))!;
        Assert.Equal(("controlchat-backup/1", "sqlite"), (manifest["format"]!.GetValue<string>(), manifest["store"]!.GetValue<string>()));
        Assert.StartsWith("hub_", manifest["hub_id"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(names.Count(n => File.Exists(Path.Combine(Copy, n))) - 1, manifest["files"]!.AsArray().Count);
    }

    [Fact]
    public async Task Directories_of_workspaces_come_back_with_rights_links_and_any_name_and_nothing_outside_them()
    {
        await using var hub = await TestHub.StartAsync();
        var root = hub.DataDirectory + "-workspaces";
        var one = Directory.CreateDirectory(Path.Combine(root, "ws_1")).FullName;
        await File.WriteAllTextAsync(Path.Combine(one, "run.sh"), "#!/bin/sh\n");
        File.SetUnixFileMode(Path.Combine(one, "run.sh"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
        File.CreateSymbolicLink(Path.Combine(one, "passwd"), "/etc/passwd");
        await ShellAsync("mkfifo \"$1/pipe\"; printf x > \"$1/$(printf 'b\\377d')\"", one);
        var (code, _, error) = await RunAsync(hub.DataDirectory, "backup", "--output", Copy, "--workspaces", "true");
        Assert.True(code == 0, error);
        await hub.StopAsync();
        Assert.Equal(0, (await RunAsync(Fresh, "restore", "--from", Copy)).Code);
        var back = Path.Combine(Fresh + "-workspaces", "ws_1");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.Combine(back, "run.sh")));
        Assert.Equal("/etc/passwd", new FileInfo(Path.Combine(back, "passwd")).LinkTarget);
        await ShellAsync("test -p \"$1/pipe\" && test -f \"$1/$(printf 'b\\377d')\"", back);
        // The framework cannot remove such a name.
        foreach (var place in new[] { one, back }) await ShellAsync("rm -rf \"$1\"", place);
    }

    [Fact]
    public async Task It_is_restored_into_an_empty_place_only()
    {
        await using var hub = await TestHub.StartAsync();
        Assert.Equal(0, (await RunAsync(hub.DataDirectory, "backup", "--output", Copy)).Code);
        var running = await RunAsync(hub.DataDirectory, "restore", "--from", Copy);
        Assert.Equal(75, running.Code);
        Assert.Equal(1, (await RunAsync(hub.DataDirectory, "backup", "--output", Copy)).Code);
        Assert.Equal(64, (await RunAsync(hub.DataDirectory, "backup", "--output", Path.Combine(hub.DataDirectory, "copy"))).Code);
        await hub.StopAsync();
        var full = await RunAsync(hub.DataDirectory, "restore", "--from", Copy);
        Assert.Equal(1, full.Code);
        Assert.Contains("not empty", full.Error, StringComparison.Ordinal);
        var elsewhere = Directory.CreateDirectory(_folder["elsewhere"]).FullName;
        await File.WriteAllTextAsync(Path.Combine(elsewhere, "checkpoints.jsonl"), "{}\n");
        var signed = await RunAsync(Fresh, "restore", "--from", Copy, $"--Audit:CheckpointDirectory={elsewhere}");
        Assert.Equal(1, signed.Code);
        Assert.Contains("Keep it", signed.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Fresh));
        Directory.CreateDirectory(Fresh).UnixFileMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
        Assert.Equal(0, (await RunAsync(Fresh, "restore", "--from", Copy)).Code);
    }

    [Theory]
    [InlineData("a byte", "is not what was backed up")]
    [InlineData("a file", "lacks")]
    [InlineData("the manifest", "no whole backup")]
    [InlineData("a path", "lacks")]
    [InlineData("a row", "not whole")]
    public async Task What_is_not_whole_is_not_restored(string changed, string said)
    {
        await using var hub = await TestHub.StartAsync();
        await CreateAsync(hub, "One");
        Assert.Equal(0, (await RunAsync(hub.DataDirectory, "backup", "--output", Copy)).Code);
        var (manifest, database) = (Path.Combine(Copy, "manifest.json"), Path.Combine(Copy, "data", "hub.db"));
        switch (changed)
        {
            case "a byte": await File.AppendAllTextAsync(Path.Combine(Copy, "data", "keys", "audit-signing.pem"), " "); break;
            case "a file": File.Delete(database); break;
            case "the manifest": File.Delete(manifest); break;
            case "a path": await File.WriteAllTextAsync(manifest, (await File.ReadAllTextAsync(manifest)).Replace("data/hub.db", "../../etc/passwd", StringComparison.Ordinal)); break;
            case "a row":
                Tamper(database);
                await HashAgainAsync(manifest, database);
                break;
        }
        var (code, output, error) = await RunAsync(Fresh, "restore", "--from", Copy);
        Assert.Equal(1, code);
        Assert.Contains(said, error, StringComparison.Ordinal);
        if (changed == "a row") Assert.StartsWith("bad seq=2 problem=row_changed", output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Fresh) && Directory.EnumerateFileSystemEntries(Fresh).Any());
    }

    [Theory]
    [InlineData(64, "backup")]
    [InlineData(64, "backup now --output x")]
    [InlineData(64, "backup --output x --workspaces maybe")]
    [InlineData(64, "restore")]
    [InlineData(1, "restore --from nowhere")]
    [InlineData(1, "backup --output x")]
    public async Task Wrong_usage_and_absent_things_end_with_their_codes(int code, string words) => Assert.Equal(code, (await RunAsync(Fresh, words.Split(' '))).Code);

    public void Dispose() => _folder.Dispose();

    private static void Tamper(string database)
    {
        using var connection = SqliteLibrary.Open(database);
        using var command = connection.CreateCommand();
        command.CommandText = "select 'drop trigger ' || name from sqlite_master where type = 'trigger' and tbl_name = 'audit'";
        var drops = new List<string>();
        using (var names = command.ExecuteReader())
            while (names.Read()) drops.Add(names.GetString(0));
        Assert.NotEmpty(drops);
        foreach (var drop in drops.Append("update audit set body = replace(body, 'completed', 'denied') where seq = 2"))
        {
            command.CommandText = drop;
            command.ExecuteNonQuery();
        }
    }

    private static async Task HashAgainAsync(string manifest, string database)
    {
        var json = JsonNode.Parse(await File.ReadAllTextAsync(manifest))!;
        var entry = json["files"]!.AsArray().Single(f => f!["path"]!.GetValue<string>() == "data/hub.db")!;
        entry["sha256"] = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(await File.ReadAllBytesAsync(database)));
        entry["bytes"] = new FileInfo(database).Length;
        await File.WriteAllTextAsync(manifest, json.ToJsonString());
    }

    private static async Task<HttpResponseMessage> TokenlessAsync(HttpClient browser)
    {
        browser.DefaultRequestHeaders.Add("X-CSRF-Token", (await TestHub.JsonAsync(browser, "/api/v1/me"))["csrf_token"]!.GetValue<string>());
        return await browser.PostAsync(new Uri("/api/v1/tools/workspace.list", UriKind.Relative), new StringContent("""{"request_id": "r-restored-1", "arguments": {"text": "Before"}}""", System.Text.Encoding.UTF8, "application/json"));
    }

    private static async Task CreateAsync(TestHub hub, string title) =>
        Assert.Equal(200, (await TestHub.PostAsync(hub.Browser, "/api/v1/tools/workspace.create", new { request_id = "r-" + Guid.NewGuid().ToString("n"), arguments = new { title } })).Status);

    private static async Task ShellAsync(string script, string argument)
    {
        using var shell = Process.Start("/bin/sh", ["-c", script, "sh", argument]);
        await shell.WaitForExitAsync();
        Assert.Equal(0, shell.ExitCode);
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(string dataDirectory, params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await ControlChatProgram.RunAsync([.. args, $"--Hub:DataDirectory={dataDirectory}"], output, error, CancellationToken.None);
        return (code, output.ToString(), error.ToString());
    }
}
