using System.Text.Json.Nodes;
using ControlChat.Harness;
using ControlChat.ScriptedModel;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.App.Sessions;

/// <summary>The process that writes a transcript is killed while it does, and started again.</summary>
public sealed class KilledRecorderTests
{
    private const int Kills = 2;

    [Fact]
    public async Task Its_transcript_becomes_whole_with_every_record_once()
    {
        await using var model = await ScriptedModelServer.StartAsync();
        // An agent that goes on for ever: a command for each answer.
        model.Handler = _ => Reply.Call("exec_command", new { cmd = $"echo {new string('x', 2000)}; sleep 0.2" });
        await using var hub = await HubProcess.StartAsync(new Dictionary<string, string>
        {
            ["Model:Endpoint"] = model.Url,
            ["Model:Name"] = "gpt-own",
            ["OPENAI_API_KEY"] = "sk-test-hubs-own-key",
            ["Sessions:Codex:Path"] = CodexBench.Cli,
        });
        var client = await HubClient.SignInAsync(hub);
        var workspace = (await client.CallAsync("workspace.create", new JsonObject { ["title"] = "Place" })).Json["plan"]!["effects"]![0]!["resource"]!.GetValue<string>().Split('/')[1];
        var id = (await client.PostAsync("/api/v1/sessions", new JsonObject { ["request_id"] = "req-killed-1", ["workspace_id"] = workspace, ["mode"] = "chat", ["initial_message"] = "Go on." })).Field("id")!;
        var path = Path.Combine(hub.DataDirectory, "transcripts", id, "000001.ndjson");
        for (var kill = 0; kill < Kills; kill++)
        {
            var before = Records(path);
            await Waiting.UntilAsync(() => Records(path) >= before + 8, TimeSpan.FromSeconds(90));
            await hub.KillAsync();
            // Where a kill hits is luck; what it may leave is this.
            await File.WriteAllBytesAsync(path, (await File.ReadAllBytesAsync(path))[..^(100 * kill + 7)]);
            await hub.StartAgainAsync();
            client.Dispose();
            client = await HubClient.SignInAsync(hub);
            await Waiting.UntilAsync(async () => (await client.GetAsync($"/api/v1/sessions/{id}")).Field("state") == "idle", TimeSpan.FromSeconds(90));
            await client.PostAsync($"/api/v1/sessions/{id}/messages", new JsonObject { ["request_id"] = $"req-again-{kill}", ["text"] = "Go on." });
        }
        await client.PostAsync("/api/v1/sessions/panic-stop", new JsonObject { ["scope"] = "mine" });
        await Waiting.UntilAsync(() => !File.Exists(Path.Combine(Path.GetDirectoryName(path)!, "lock")));
        var verdict = await client.GetAsync($"/api/v1/sessions/{id}/transcript/verify");
        Assert.True(verdict.Text.StartsWith("{\"ok\":true,", StringComparison.Ordinal), verdict.Text);
        var session = await client.GetAsync($"/api/v1/sessions/{id}");
        Assert.Equal(session.Field("last_seq"), verdict.Field("records"));
        Assert.Equal(session.Field("last_seq"), verdict.Field("last_seq"));
        client.Dispose();
    }

    private static int Records(string path) => File.Exists(path) ? File.ReadAllLines(path).Length : 0;
}
