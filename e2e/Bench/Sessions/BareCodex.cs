using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Harness;

namespace ControlChat.Bench.Sessions;

/// <summary>The Codex CLI by itself, as a program would start it that does nothing else: no namespace, no hub, no tools, a home of its own each time. Codex makes no helpers in a home below its temporary directory, so that is another one.</summary>
internal static class BareCodex
{
    /// <summary>How the hub started the agent of a session: the program and its flags, which decide how long it takes.</summary>
    /// <param name="folder">The session's.</param>
    public static IReadOnlyList<string> CommandOf(string folder)
    {
        foreach (var process in ProcessList.With(folder))
        {
            var words = File.ReadAllText($"/proc/{process.Id}/cmdline").Split('\0', StringSplitOptions.RemoveEmptyEntries);
            var at = Array.IndexOf(words, "app-server");
            if (at > 0) return words[(at - 1)..];
        }
        throw new InvalidOperationException("The session has no agent.");
    }

    /// <summary>From its start until it has begun a thread.</summary>
    public static async Task<TimeSpan> StartAsync(IReadOnlyList<string> command, string folder)
    {
        var (home, workspace) = (Directory.CreateDirectory(Path.Combine(folder, $"home-{Guid.NewGuid():n}")), Directory.CreateDirectory(Path.Combine(folder, "workspace")));
        var info = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = workspace.FullName };
        info.Environment.Clear();
        foreach (var (name, value) in new Dictionary<string, string> { ["PATH"] = "/usr/bin:/bin", ["HOME"] = home.FullName, ["CODEX_HOME"] = home.FullName, ["TMPDIR"] = "/var/tmp", ["LANG"] = "C.UTF-8", ["CONTROLCHAT_SESSION"] = "none" }) info.Environment[name] = value;
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
