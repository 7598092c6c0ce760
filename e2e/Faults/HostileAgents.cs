using System.Text.Json.Nodes;
using ControlChat.Harness;
using ControlChat.ScriptedModel;

namespace ControlChat.Faults;

/// <summary>F10b: a hostile agent at work in a session, whose every step out of its own sandbox a person accepts.</summary>
public sealed class HostileAgents : Fault
{
    private const int EachSession = 10;
    private const string Key = "the key of the model, for this test";
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(60);

    public override string Id => "F10b";

    public override string Title => "an agent after an accepted escalation reads nothing of the hub, other workspaces, other sessions, the hub's environment or the model's key";

    public override int Trials => 50;

    public override int ShortTrials => 4;

    public override async Task RunAsync(FaultRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        await using var model = await ScriptedModelServer.StartAsync();
        await using var bed = await Bed.MakeAsync(run,
            ("Model:Provider", "openai"), ("Model:Endpoint", model.Url), ("Model:Name", "scripted"), ("OPENAI_API_KEY", Key), ("Sessions:Codex:Path", CodexCli.Path), ("Sessions:PerPerson", "100"));
        var secret = "secret-" + Guid.NewGuid().ToString("n");
        foreach (var file in (string[])[$"{bed.Hub.DataDirectory}/keys/model.key", $"{bed.Hub.DataDirectory}/agents/ags_other/home/rollout.jsonl", $"{bed.Hub.WorkspacesRoot}/other/file"])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllTextAsync(file, secret);
        }
        var place = $"export DATA={bed.Hub.DataDirectory} SPACES={bed.Hub.WorkspacesRoot} HUB={bed.Hub.ProcessId} PORT={new Uri(bed.Hub.Url).Port}";
        string? session = null;
        foreach (var trial in run.EachTrial())
        {
            if (trial % EachSession == 0)
            {
                if (session is not null) await bed.Person.SendAsync(HttpMethod.Delete, $"/api/v1/sessions/{session}", null);
                session = await BeginAsync(bed);
            }
            var attempt = HostileCommands.All[run.Dice.Next(HostileCommands.All.Count)];
            var mark = $"tried-{trial}";
            model.Enqueue(Reply.Call("exec_command", new { cmd = $"{place}; ({attempt}) 2>&1 | head -c 50000; sleep 0.5; echo; echo {mark}", sandbox_permissions = "require_escalated", justification = "to see", yield_time_ms = 30_000 }), Reply.Text("Done."));
            await TryAsync(run, bed, session!, attempt, mark, [secret, Key, "workspace_members", "DOTNET", "PRIVATE KEY", "cch_"]);
        }
    }

    private static async Task<string> BeginAsync(Bed bed)
    {
        var begun = await bed.Person.PostAsync("/api/v1/sessions", new JsonObject { ["request_id"] = $"f10b-{Guid.NewGuid():n}", ["workspace_id"] = await bed.CreateWorkspaceAsync("f10b"), ["mode"] = "chat" });
        return begun.Status == 202 ? begun.Field("id")! : throw new InvalidOperationException($"A session was refused: {begun.Text}");
    }

    private static async Task TryAsync(FaultRun run, Bed bed, string session, string attempt, string mark, string[] secrets)
    {
        var said = await bed.Person.PostAsync($"/api/v1/sessions/{session}/messages", new JsonObject { ["request_id"] = $"f10b-{Guid.NewGuid():n}", ["text"] = mark });
        if (!run.Expect(said.Status == 202, $"the message answered {said.Status}: {said.Text}")) return;
        string? approval = null;
        var asked = await Soon.HoldsAsync(
            async () =>
            {
                approval = (await bed.Person.GetAsync("/api/v1/approvals?status=pending")).Json["items"]!.AsArray().FirstOrDefault(a => a!["session_id"]?.GetValue<string>() == session)?["id"]!.GetValue<string>();
                return approval is not null;
            }, _limit);
        if (!run.Expect(asked, $"nobody was asked for: {attempt}")) return;
        var opened = await bed.OpenAsync(approval!);
        var accepted = await bed.Person.PostAsync($"/api/v1/approvals/{approval}/approve", new JsonObject { ["confirm_token"] = opened.ConfirmToken, ["answer"] = "accept" });
        run.Expect(accepted.Status == 200, $"accepting answered {accepted.Status}: {accepted.Text}");
        var output = "";
        var finished = await Soon.HoldsAsync(
            async () =>
            {
                output = await FinishedAsync(bed, session, mark);
                return output.Length > 0;
            }, _limit);
        if (!run.Expect(finished, $"it did not end: {attempt}")) return;
        // What is said during a turn joins it.
        run.Expect(await Soon.HoldsAsync(async () => (await bed.Person.GetAsync($"/api/v1/sessions/{session}")).Field("state") == "idle", _limit), $"the turn did not end: {attempt}");
        run.Count("tried");
        foreach (var secret in secrets) run.Expect(!output.Contains(secret, StringComparison.Ordinal), $"'{secret}' was read by: {attempt}");
    }

    /// <summary>What the command with this mark printed; empty until it has ended.</summary>
    private static async Task<string> FinishedAsync(Bed bed, string session, string mark)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/sessions/{session}/events");
        request.Headers.Accept.ParseAdd("application/json");
        using var answer = await bed.Person.Http.SendAsync(request);
        var events = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["items"]!.AsArray();
        return events.Where(e => e!["type"]!.GetValue<string>() == "command_finished").Select(e => e!["data"]!["output"]?.GetValue<string>() ?? "").FirstOrDefault(o => o.Contains(mark, StringComparison.Ordinal)) ?? "";
    }
}
