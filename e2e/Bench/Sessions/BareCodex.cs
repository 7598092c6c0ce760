using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Harness;

namespace ControlChat.Bench.Sessions;

/// <summary>The Codex CLI by itself, as a program would start it that does nothing else: no namespace, no hub, a home of its own each time.</summary>
internal static class BareCodex
{
    private static readonly string[] _switches =
    [
        "app-server", "--disable", "unbounded_connection_retries", "--disable", "multi_agent", "--disable", "goals", "--disable", "plugins", "--disable", "apps", "--disable", "hooks",
        "-c", "analytics.enabled=false", "-c", "check_for_update_on_startup=false", "-c", "web_search=\"disabled\"", "-c", "allow_login_shell=false", "-c", "shell_environment_policy.inherit=core",
    ];

    /// <summary>From its start until it has begun a thread.</summary>
    public static async Task<TimeSpan> StartAsync(string folder)
    {
        var (home, workspace) = (Directory.CreateDirectory(Path.Combine(folder, $"home-{Guid.NewGuid():n}")), Directory.CreateDirectory(Path.Combine(folder, "workspace")));
        var info = new ProcessStartInfo(Program(), _switches) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = workspace.FullName };
        info.Environment.Clear();
        foreach (var (name, value) in new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin", ["HOME"] = home.FullName, ["CODEX_HOME"] = home.FullName, ["TMPDIR"] = "/var/tmp", ["LANG"] = "C.UTF-8" }) info.Environment[name] = value;
        var since = Stopwatch.GetTimestamp();
        using var process = Process.Start(info)!;
        try
        {
            var complaints = process.StandardError.ReadToEndAsync();
            await SendAsync(process, 1, "initialize", new { clientInfo = new { name = "bench", title = "Bench", version = "1" }, capabilities = new { experimentalApi = true } });
            await AnswerAsync(process, 1);
            await process.StandardInput.WriteLineAsync("""{"method":"initialized"}""");
            await SendAsync(process, 2, "thread/start", new { cwd = workspace.FullName, approvalPolicy = "on-request" });
            await AnswerAsync(process, 2);
            return Stopwatch.GetElapsedTime(since);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
            home.Delete(recursive: true);
        }
    }

    // The launcher of the package is a script; what it starts is the program itself.
    private static string Program()
    {
        var modules = Path.GetDirectoryName(Path.GetDirectoryName(CodexCli.Path))!;
        return Directory.EnumerateFiles(modules, "codex", SearchOption.AllDirectories).First(f => f.Contains("/vendor/", StringComparison.Ordinal) && f.EndsWith("/bin/codex", StringComparison.Ordinal));
    }

    private static async Task SendAsync(Process process, int id, string method, object parameters)
    {
        await process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(new { id, method, @params = parameters }));
        await process.StandardInput.FlushAsync();
    }

    private static async Task AnswerAsync(Process process, int id)
    {
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (JsonNode.Parse(line) is not JsonObject message || message["id"]?.GetValue<int>() != id || message.ContainsKey("method")) continue;
            if (message["error"] is { } error) throw new InvalidOperationException($"Codex refused: {error.ToJsonString()}");
            return;
        }
        throw new InvalidOperationException("Codex ended.");
    }
}
