using System.Text.Json.Nodes;
using ControlChat.App;
using ControlChat.App.Start;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.App.Start;

/// <summary>The process as a whole: what it prints and the code it ends with.</summary>
public sealed class ProgramTests
{
    [Fact]
    public async Task A_second_process_on_the_same_directory_ends_with_75_and_names_the_first()
    {
        await using var hub = await TestHub.StartAsync();
        var (code, output, error) = await RunAsync(hub.DataDirectory, "--urls=http://127.0.0.1:0");
        Assert.Equal(75, code);
        Assert.Empty(output);
        Assert.Contains($"pid {Environment.ProcessId}", error, StringComparison.Ordinal);
        Assert.Equal(200, await MeAsync(hub));
    }

    [Theory]
    [InlineData("--Hub:Kind=mongo")]
    [InlineData("--urls=http://0.0.0.0:0")]
    [InlineData("--urls=http://*:0")]
    [InlineData("--urls=nonsense")]
    [InlineData("--Kestrel:Endpoints:Out:Url=http://0.0.0.0:0")]
    public async Task Settings_that_cannot_be_served_end_with_78_and_say_which(string setting)
    {
        using var folder = new TempFolder();
        var (code, output, error) = await RunAsync(folder["data"], setting);
        Assert.Equal(78, code);
        Assert.Empty(output);
        Assert.NotEmpty(error);
    }

    [Fact]
    public void The_frameworks_switch_that_believes_anybodys_forwarded_headers_ends_with_78()
    {
        using var folder = new TempFolder();
        var fault = Assert.Throws<StartException>(() => ControlChatApp.Create(["--urls=http://127.0.0.1:0", $"--Hub:DataDirectory={folder["data"]}", "--ForwardedHeaders_Enabled=true"]));
        Assert.Equal(78, (int)fault.ExitCode);
        Assert.Contains("ASPNETCORE_FORWARDEDHEADERS_ENABLED", fault.Message, StringComparison.Ordinal);
        Assert.Contains("SignIn:Proxy:KnownProxies", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--OPENAI_API_KEY=sk-x", "OPENAI_API_KEY")]
    [InlineData("--Bus:Redis:Password=x", "Bus:Redis:Password")]
    [InlineData("--Mcp:Servers:0:Token=x", "Mcp:Servers:0:Token")]
    public async Task A_secret_on_the_command_line_ends_with_78_and_is_named(string argument, string setting)
    {
        using var folder = new TempFolder();
        foreach (string[] command in new string[][] { [], ["token", "list"], ["doctor"] })
        {
            var (code, _, error) = await RunAsync(folder["data"], [.. command, argument]);
            Assert.Equal(78, code);
            Assert.Contains($"{setting} is a secret and stands on the command line", error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_hub_that_is_stopped_while_it_starts_ends_with_0()
    {
        using var folder = new TempFolder();
        using var output = new StringWriter();
        using var error = new StringWriter();
        Assert.Equal(0, await ControlChatProgram.RunAsync(["--urls=http://127.0.0.1:0", $"--Hub:DataDirectory={folder["data"]}", "--Logging:LogLevel:Default=None"], output, error, new CancellationToken(canceled: true)));
    }

    [Fact]
    public async Task A_directory_that_others_may_read_ends_with_78_and_says_how_to_close_it()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["data"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead);
        var (code, _, error) = await RunAsync(folder["data"], "--urls=http://127.0.0.1:0");
        Assert.Equal(78, code);
        Assert.Contains("chmod 700", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dance")]
    [InlineData("token")]
    [InlineData("token create")]
    [InlineData("token create --name x --days 0")]
    [InlineData("token create --name x --days 366")]
    [InlineData("token create --name x --scopes admin")]
    [InlineData("token create --name x --color red")]
    [InlineData("token revoke")]
    [InlineData("login-link now")]
    [InlineData("--name x")]
    [InlineData("--mode everything")]
    public async Task Wrong_usage_ends_with_64(string words)
    {
        using var folder = new TempFolder();
        Assert.Equal(64, (await RunAsync(folder["data"], words.Split(' '))).Code);
    }

    [Fact]
    public async Task A_login_link_without_a_running_hub_ends_with_69()
    {
        using var folder = new TempFolder();
        var (code, output, error) = await RunAsync(folder["data"], "login-link");
        Assert.Equal(69, code);
        Assert.Empty(output);
        Assert.Contains("No hub is running", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_login_link_beside_a_running_hub_signs_in()
    {
        await using var hub = await TestHub.StartAsync();
        var (code, output, _) = await RunAsync(hub.DataDirectory, "login-link");
        Assert.Equal(0, code);
        using var answer = await hub.Anonymous.GetAsync(new Uri(output.Trim()));
        Assert.Equal(303, (int)answer.StatusCode);
    }

    [Fact]
    public async Task A_token_is_made_listed_used_and_revoked_beside_a_running_hub()
    {
        await using var hub = await TestHub.StartAsync();
        var (code, output, _) = await RunAsync(hub.DataDirectory, "token", "create", "--name", "ci", "--scopes", "read,write", "--days", "1");
        Assert.Equal(0, code);
        Assert.Matches("^cct_[A-Za-z0-9_-]{43}\n$", output);
        hub.Anonymous.DefaultRequestHeaders.Authorization = new("Bearer", output.Trim());
        var me = await TestHub.JsonAsync(hub.Anonymous, "/api/v1/me");
        Assert.Equal("[\"read\",\"write\"]", me["token"]!["scopes"]!.ToJsonString());

        var id = me["token"]!["id"]!.GetValue<string>();
        var list = await RunAsync(hub.DataDirectory, "token", "list");
        Assert.Contains(id, list.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(output.Trim(), list.Output, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync(hub.DataDirectory, "token", "revoke", id)).Code);
        Assert.Equal(1, (await RunAsync(hub.DataDirectory, "token", "revoke", id)).Code);
        using var after = await hub.Anonymous.GetAsync(new Uri("/api/v1/me", UriKind.Relative));
        Assert.Equal(401, (int)after.StatusCode);
    }

    [Fact]
    public async Task A_token_can_be_made_before_the_first_start()
    {
        using var folder = new TempFolder();
        var (code, output, _) = await RunAsync(folder["data"], "token", "create", "--name=first");
        Assert.Equal(0, code);
        Assert.StartsWith("cct_", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_running_hub_says_where_it_is_and_stops_saying_so_when_it_stops()
    {
        await using var hub = await TestHub.StartAsync();
        var file = Path.Combine(hub.DataDirectory, "run.json");
        var run = JsonNode.Parse(await File.ReadAllTextAsync(file))!.AsObject();
        Assert.Equal(["pid", "url"], run.Select(p => p.Key));
        Assert.Equal(Environment.ProcessId, run["pid"]!.GetValue<int>());
        Assert.Equal(hub.Url, run["url"]!.GetValue<string>());
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(hub.DataDirectory));
        await hub.StopAsync();
        Assert.False(File.Exists(file));
    }

    [Fact]
    public async Task The_hub_prints_one_link_and_nothing_else_and_stops_when_asked()
    {
        using var folder = new TempFolder();
        using var stop = new CancellationTokenSource();
        using var output = new StringWriter();
        using var error = new StringWriter();
        var run = ControlChatProgram.RunAsync(["--urls=http://127.0.0.1:0", $"--Hub:DataDirectory={folder["data"]}", "--Logging:LogLevel:Default=None"], TextWriter.Synchronized(output), error, stop.Token);
        await Waiting.UntilAsync(() => output.ToString().Length > 0 || run.IsCompleted, TimeSpan.FromSeconds(60));
        Assert.Matches("^Open http://127\\.0\\.0\\.1:[0-9]+/login\\?t=[A-Za-z0-9_-]{43}\n$", output.ToString());
        await stop.CancelAsync();
        Assert.Equal(0, await run);
    }

    [Fact]
    public async Task A_worker_listens_nowhere_for_people_and_prints_no_link()
    {
        using var folder = new TempFolder();
        await using var app = ControlChatApp.Create(["--mode=worker", $"--Hub:DataDirectory={folder["data"]}", "--Logging:LogLevel:Default=None"]);
        await app.StartAsync();
        Assert.Equal("", app.Url);
        Assert.Null(await app.FindSignInLinkAsync());
        Assert.False(await app.TakesSignInLinksAsync());
        Assert.False(File.Exists(Path.Combine(folder["data"], "run.json")));
    }

    [Fact]
    public async Task Doctor_names_every_part_and_help_names_every_command()
    {
        using var folder = new TempFolder();
        var doctor = await RunAsync(folder["data"], "doctor");
        Assert.Equal(0, doctor.Code);
        foreach (var part in new[] { ".NET runtime", "database", "bus", "SQLite library", "data directory", "model", "rsync", "ssh", "agents", "terminals", "Chromium" }) Assert.Contains(part, doctor.Output, StringComparison.Ordinal);
        Assert.Contains("a pseudo-terminal of the worker's own for each", doctor.Output, StringComparison.Ordinal);
        Assert.Matches("terminals +tmux [0-9.a-z]+, each on a socket of its own", (await RunAsync(folder["data"], "doctor", "--Sessions:Terminal:Host=tmux")).Output);
        var help = await RunAsync(folder["data"], "help");
        Assert.Equal(0, help.Code);
        foreach (var command in new[] { "token create", "token revoke", "login-link", "doctor" }) Assert.Contains(command, help.Output, StringComparison.Ordinal);
    }

    private static async Task<int> MeAsync(TestHub hub)
    {
        using var answer = await hub.Browser.GetAsync(new Uri("/api/v1/me", UriKind.Relative));
        return (int)answer.StatusCode;
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(string dataDirectory, params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await ControlChatProgram.RunAsync([.. args, $"--Hub:DataDirectory={dataDirectory}"], output, error, CancellationToken.None);
        return (code, output.ToString(), error.ToString());
    }
}
