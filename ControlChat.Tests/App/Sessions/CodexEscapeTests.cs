using ControlChat.Harness;
using Xunit;

namespace ControlChat.Tests.App.Sessions;

/// <summary>
/// F10b: a hostile agent, after a person has accepted that its command leaves its own sandbox. It runs as whom its namespace lets it be,
/// and reads not a byte of the hub, of other workspaces, of other sessions, of the hub's environment or of the model's key.
/// </summary>
public sealed class CodexEscapeTests
{
    [Fact]
    public async Task An_accepted_step_out_of_its_own_sandbox_reads_nothing_of_the_hub()
    {
        await using var codex = await CodexBench.StartAsync();
        var secret = "secret-" + Guid.NewGuid().ToString("n");
        var (data, spaces) = (codex.Paths.DataDirectory, codex.Paths.WorkspacesRoot);
        foreach (var file in (string[])[$"{data}/keys/model.key", $"{data}/agents/ags_other/home/rollout.jsonl", $"{spaces}/other/file"])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, secret);
        }
        var port = codex.Hub.Agent.BaseAddress!.Port;
        foreach (var attempt in HostileCommands.All)
        {
            var said = await codex.EscapeAsync($"export DATA={data} SPACES={spaces} HUB={Environment.ProcessId} PORT={port}; ({attempt}) 2>&1 | head -c 200000; echo tried");
            Assert.True(said.EndsWith("tried\n", StringComparison.Ordinal), $"{attempt}: {said}");
            Assert.DoesNotContain(secret, said, StringComparison.Ordinal);
            Assert.DoesNotContain(AgentModelBench.Key, said, StringComparison.Ordinal);
            // Of the hub's database; its own home holds one of Codex's.
            Assert.DoesNotContain("workspace_members", said, StringComparison.Ordinal);
            Assert.DoesNotContain("DOTNET", said, StringComparison.Ordinal);
            Assert.DoesNotContain("PRIVATE KEY", said, StringComparison.Ordinal);
        }
        Assert.Equal(HostileCommands.All.Count, codex.Count<ControlChat.Core.Sessions.AgentEvent.ApprovalRequested>());
        // All of that is there to be read by whoever is not in the namespace.
        Assert.Equal(secret, File.ReadAllText($"{spaces}/other/file"));
        Assert.Contains("workspace_members", string.Concat(Directory.EnumerateFiles(data, "hub.db*").Select(f => System.Text.Encoding.Latin1.GetString(ReadShared(f)))), StringComparison.Ordinal);
    }

    // The relay lets it ask the model, and the handle opens nothing else.
    [Fact]
    public async Task Its_handle_opens_the_relay_alone()
    {
        await using var codex = await CodexBench.StartAsync();
        var port = codex.Hub.Agent.BaseAddress!.Port;
        Assert.Equal("400", await AskAsync("POST", "/agent-model/v1/responses"));
        foreach (var path in (string[])["/api/v1/me", "/api/v1/workspaces", "/api/v1/audit", "/api/v1/tools", "/agent-model/v1/models", "/agent-model/v1/files", "/"])
            Assert.Contains(await AskAsync("GET", path), (string[])["401", "403", "404", "302"]);

        // The shell's own parent is what holds the handle.
        async Task<string> AskAsync(string method, string path) => (await codex.EscapeAsync(
            $"for p in /proc/[0-9]*; do K=$(cat $p/environ 2>/dev/null | tr '\\0' '\\n' | sed -n 's/^CONTROLCHAT_SESSION=//p'); [ -n \"$K\" ] && break; done; exec 3<>/dev/tcp/127.0.0.1/{port}; "
            + $"printf '{method} {path} HTTP/1.1\\r\\nHost: 127.0.0.1:{port}\\r\\nAuthorization: Bearer %s\\r\\nContent-Type: application/json\\r\\nContent-Length: 2\\r\\nConnection: close\\r\\n\\r\\n{{}}' \"$K\" >&3; read -r _ S _ <&3; echo $S")).Split('\n')[0];
    }

    // The hub has it open for writing.
    private static byte[] ReadShared(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }
}
