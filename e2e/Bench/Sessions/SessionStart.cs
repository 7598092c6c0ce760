using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using ControlChat.Harness;
using ControlChat.ScriptedModel;

namespace ControlChat.Bench.Sessions;

/// <summary>P9: from asking for a session until its agent can be talked to, beside the same agent started by itself, and what sessions take of memory.</summary>
internal static class SessionStart
{
    private const int Blocks = 5;
    private const int Each = 6;
    private const int Together = 12;
    private const int Megabyte = 1024;
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    public static async Task MeasureAsync(BenchOptions options, Report report)
    {
        await using var model = await ScriptedModelServer.StartAsync();
        model.Handler = _ => Reply.Text("Here I am.");
        await using var hub = await StartAsync(model, options.App);
        using var person = await HubClient.SignInAsync(hub);
        var workspace = (await person.CallAsync("workspace.create", new JsonObject { ["title"] = "p9" })).Json["plan"]!["effects"]![0]!["resource"]!.GetValue<string>()["workspace/".Length..];
        var folder = Directory.CreateTempSubdirectory("controlchat-p9-");
        try
        {
            var (ours, bare) = (new Samples(), new Samples());
            // It stays until all is measured: some flags name files of its folder.
            var (pattern, _) = await BeginAsync(person, workspace);
            var command = BareCodex.CommandOf(Path.Combine(hub.DataDirectory, "agents", pattern));
            for (var block = -1; block < Blocks; block++)
            {
                for (var i = 0; i < Each; i++)
                {
                    var (id, took) = await BeginAsync(person, workspace);
                    if (block >= 0) ours.Add(took.TotalMilliseconds);
                    await StopAsync(person, hub, id);
                }
                for (var i = 0; i < Each; i++)
                {
                    var took = await BareCodex.StartAsync(command, folder.FullName);
                    if (block >= 0) bare.Add(took.TotalMilliseconds);
                }
            }
            await StopAsync(person, hub, pattern);
            report.Add("session: asked for until its agent is there, over HTTP and SSE", ours);
            report.Add("the same agent with the same flags started by itself, until it has begun a thread", bare);
            report.Add("overhead, p50", ours.At(0.5) - bare.At(0.5), "ms");
            report.Add("overhead, p95", ours.At(0.95) - bare.At(0.95), "ms", atMost: 25);
            report.Add("the longest bootstrap", ours.At(1), "ms", atMost: 4_000);
            await WeighAsync(person, hub, workspace, report);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static Task<HubProcess> StartAsync(ScriptedModelServer model, string? application) => HubProcess.StartAsync(
        new Dictionary<string, string>
        {
            ["Model:Provider"] = "openai",
            ["Model:Endpoint"] = model.Url,
            ["Model:Name"] = "scripted",
            ["OPENAI_API_KEY"] = "the key of the model, for this measurement",
            ["Sessions:Codex:Path"] = CodexCli.Path,
            ["Sessions:Slots"] = "64",
            ["Sessions:PerPerson"] = "64",
            ["Limits:RequestsPerMinute"] = "1000000",
        }, application: application);

    private static async Task WeighAsync(HubClient person, HubProcess hub, string workspace, Report report)
    {
        await Task.Delay(TimeSpan.FromSeconds(5), TimeProvider.System);
        var before = Machine.Memory(hub.ProcessId);
        var open = new List<string>();
        for (var i = 0; i < Together; i++)
        {
            var (id, _) = await BeginAsync(person, workspace);
            open.Add(id);
            var said = await person.PostAsync($"/api/v1/sessions/{id}/messages", new JsonObject { ["request_id"] = $"p9-{Guid.NewGuid():n}", ["text"] = "Are you there?" });
            if (said.Status != 202) throw new InvalidOperationException($"A message was refused: {said.Text}");
            await UntilAsync(person, id, e => e.Data["type"]?.GetValue<string>() == "agent_message");
        }
        await Task.Delay(TimeSpan.FromSeconds(5), TimeProvider.System);
        report.Add($"the hub's own memory for each of {Together} open sessions", (Machine.Memory(hub.ProcessId) - before) / Together, "MiB", atMost: 2);
        var agents = open.Select(id => ProcessList.With(Path.Combine(hub.DataDirectory, "agents", id)).Sum(p => Kilobytes(p.Id)) / (double)Megabyte).ToList();
        report.Add("an agent with its namespace (PSS), the largest", agents.Max(), "MiB", atMost: 250);
        foreach (var id in open) await StopAsync(person, hub, id);
    }

    private static async Task<(string Id, TimeSpan Took)> BeginAsync(HubClient person, string workspace)
    {
        var since = Stopwatch.GetTimestamp();
        var begun = await person.PostAsync("/api/v1/sessions", new JsonObject { ["request_id"] = $"p9-{Guid.NewGuid():n}", ["workspace_id"] = workspace, ["mode"] = "chat" });
        if (begun.Status != 202) throw new InvalidOperationException($"A session was refused: {begun.Text}");
        var id = begun.Field("id")!;
        await UntilAsync(person, id, e => e.Data["data"]?["state"]?.GetValue<string>() == "idle");
        return (id, Stopwatch.GetElapsedTime(since));
    }

    private static async Task UntilAsync(HubClient person, string id, Func<HubEvent, bool> there)
    {
        using var limit = new CancellationTokenSource(_limit, TimeProvider.System);
        await foreach (var happened in EventStream.ReadAsync(person, $"/api/v1/sessions/{id}/events", null, limit.Token))
            if (there(happened)) return;
        throw new InvalidOperationException($"The session {id} ended.");
    }

    private static async Task StopAsync(HubClient person, HubProcess hub, string id)
    {
        await person.SendAsync(HttpMethod.Delete, $"/api/v1/sessions/{id}", null);
        if (!await Soon.HoldsAsync(() => Task.FromResult(ProcessList.With(Path.Combine(hub.DataDirectory, "agents", id)).Count == 0))) throw new InvalidOperationException($"The agent of {id} goes on.");
    }

    private static long Kilobytes(int process)
    {
        try
        {
            var line = File.ReadLines($"/proc/{process}/smaps_rollup").FirstOrDefault(l => l.StartsWith("Pss:", StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }
}
