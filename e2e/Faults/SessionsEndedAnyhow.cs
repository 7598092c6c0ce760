using System.Globalization;
using System.Text.Json.Nodes;
using ControlChat.Harness;
using ControlChat.ScriptedModel;

namespace ControlChat.Faults;

/// <summary>F17: sessions of the real CLI, made and ended in every way there is, the hub's own death among them.</summary>
public sealed class SessionsEndedAnyhow : Fault
{
    private const int Slots = 3;
    private const int FewDescriptors = 12;
    private const string Sleeping = "exec -a f17-sleeper sleep 600";

    public override string Id => "F17";

    public override string Title => "sessions created and ended in random ways; no orphan, no folder, no descriptor and no slot is left";

    public override int Trials => 1_000;

    public override int ShortTrials => 10;

    public override async Task RunAsync(FaultRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        await using var model = await ScriptedModelServer.StartAsync();
        model.Handler = request => request.LastUser.StartsWith("Sleep", StringComparison.Ordinal) && request.Results.Count == 0
            ? Reply.Call("exec_command", new { cmd = Sleeping, yield_time_ms = 30_000 }) : Reply.Text("Here.");
        await using var bed = await Bed.MakeAsync(run,
            ("Model:Provider", "openai"), ("Model:Endpoint", model.Url), ("Model:Name", "scripted"), ("OPENAI_API_KEY", "the key of the model, for this test"), ("Sessions:Codex:Path", CodexCli.Path),
            ("Sessions:Slots", Slots.ToString(CultureInfo.InvariantCulture)), ("Sessions:PerPerson", "100"), ("Sessions:Terminal:Commands:0", "bash"));
        var workspace = await bed.CreateWorkspaceAsync("f17");
        var folders = Temporary();
        // What a first session brings with it, such as connections and loaded libraries, is no leak.
        await EndAsync(run, bed, await BeginAsync(bed, workspace, "Hello."), "when it rests");
        var descriptors = Descriptors(bed.Hub);
        foreach (var trial in run.EachTrial())
        {
            var way = Ways[run.Dice.Next(Ways.Length)];
            if (trial % 100 == 9) way = "the hub is killed";
            run.Count(way);
            await EndAsync(run, bed, await BeginAnyAsync(run, bed, workspace), way);
            if (way == "the hub is killed") descriptors = Math.Max(descriptors, Descriptors(bed.Hub));
        }
        await JudgeAsync(run, bed, workspace, folders, descriptors);
    }

    private static readonly string[] Ways =
        ["at once", "when it rests", "while it works", "after an interrupt", "panic for one", "panic for all", "its agent is killed", "two at once", "twice"];

    private static async Task<string> BeginAnyAsync(FaultRun run, Bed bed, string workspace)
    {
        var kind = run.Dice.Next(3);
        run.Count(kind == 0 ? "terminals" : "chats");
        return kind == 0 ? await BeginTerminalAsync(bed, workspace) : await BeginAsync(bed, workspace, kind == 1 ? "Sleep." : "Hello.");
    }

    private static async Task<string> BeginTerminalAsync(Bed bed, string workspace)
    {
        var begun = await bed.Person.PostAsync("/api/v1/sessions", new JsonObject
        {
            ["request_id"] = $"f17-{Guid.NewGuid():n}",
            ["workspace_id"] = workspace,
            ["mode"] = "terminal",
            ["command"] = new JsonArray("bash", "--norc", "-i", "-s", "f17-sleeper"),
        });
        return begun.Status == 202 ? begun.Field("id")! : throw new InvalidOperationException($"A terminal was refused: {begun.Text}");
    }

    private static async Task<string> BeginAsync(Bed bed, string workspace, string? message)
    {
        var begun = await bed.Person.PostAsync("/api/v1/sessions", new JsonObject { ["request_id"] = $"f17-{Guid.NewGuid():n}", ["workspace_id"] = workspace, ["mode"] = "chat", ["initial_message"] = message });
        return begun.Status == 202 ? begun.Field("id")! : throw new InvalidOperationException($"A session was refused: {begun.Text}");
    }

    private static async Task EndAsync(FaultRun run, Bed bed, string id, string way)
    {
        switch (way)
        {
            case "when it rests":
                await UntilAsync(run, bed, id, "idle", "ended", "running");
                break;
            case "while it works":
                await UntilAsync(run, bed, id, "running", "idle", "ended");
                break;
            case "after an interrupt":
                await UntilAsync(run, bed, id, "running", "idle", "ended");
                await bed.Person.PostAsync($"/api/v1/sessions/{id}/interrupt");
                break;
            case "panic for one":
                await PanicAsync(run, bed, new JsonObject { ["scope"] = "session", ["session_id"] = id });
                break;
            case "panic for all":
                await PanicAsync(run, bed, new JsonObject { ["scope"] = "mine" });
                break;
            case "its agent is killed":
                await UntilAsync(run, bed, id, "running", "idle", "ended");
                foreach (var process in Agents(bed, id)) Kill(process);
                await UntilAsync(run, bed, id, "ended");
                break;
            case "two at once":
                await Task.WhenAll(StopAsync(bed, id), PanicAsync(run, bed, new JsonObject { ["scope"] = "mine" }));
                break;
            case "twice":
                await StopAsync(bed, id);
                break;
            case "the hub is killed":
                await UntilAsync(run, bed, id, "running", "idle", "ended");
                await bed.Hub.KillAsync();
                await bed.ReviveAsync();
                break;
        }
        run.Expect(await StopAsync(bed, id) == 202, $"{id} could not be stopped ({way})");
        await UntilAsync(run, bed, id, "ended");
    }

    private static async Task<int> StopAsync(Bed bed, string id) => (await bed.Person.SendAsync(HttpMethod.Delete, $"/api/v1/sessions/{id}", null)).Status;

    private static async Task PanicAsync(FaultRun run, Bed bed, JsonObject what)
    {
        var answer = await bed.Person.PostAsync("/api/v1/sessions/panic-stop", what);
        run.Expect(answer.Status == 200, $"panic answered {answer.Status}: {answer.Text}");
    }

    private static async Task UntilAsync(FaultRun run, Bed bed, string id, params string[] states)
    {
        string? state = null;
        var there = await Soon.HoldsAsync(
            async () =>
            {
                state = (await bed.Person.GetAsync($"/api/v1/sessions/{id}")).Field("state");
                return states.Contains(state);
            }, TimeSpan.FromSeconds(60));
        if (!there) run.Expect(false, $"{id} is {state}, not {string.Join(" or ", states)}: {(await bed.Person.GetAsync($"/api/v1/sessions/{id}")).Text}; {string.Join("; ", ProcessList.With(id).Select(p => $"{p.Id} {p.Command}"))}");
    }

    private static async Task JudgeAsync(FaultRun run, Bed bed, string workspace, IReadOnlyList<string> folders, int descriptors)
    {
        var agents = Path.Combine(bed.Hub.DataDirectory, "agents");
        run.Expect(await Soon.HoldsAsync(() => Task.FromResult(Living(bed).Count == 0), TimeSpan.FromSeconds(20)), $"processes are left: {string.Join("; ", Living(bed))}");
        run.Expect(await Soon.HoldsAsync(() => Task.FromResult(!Directory.Exists(agents) || Directory.GetFileSystemEntries(agents).Length == 0), TimeSpan.FromSeconds(20)), $"folders are left in {agents}");
        run.Expect(Temporary().Except(folders).ToList() is { Count: 0 }, $"temporary folders are left: {string.Join(", ", Temporary().Except(folders))}");
        run.Expect(await Soon.HoldsAsync(() => Task.FromResult(Descriptors(bed.Hub) <= descriptors + FewDescriptors), TimeSpan.FromSeconds(20)), $"{Descriptors(bed.Hub)} descriptors are open, {descriptors} were");
        // Every slot still takes one.
        var last = new List<string>();
        for (var i = 0; i < Slots; i++) last.Add(await BeginAsync(bed, workspace, null));
        foreach (var id in last) await UntilAsync(run, bed, id, "idle");
        foreach (var id in last) await StopAsync(bed, id);
        var open = (await bed.Person.GetAsync("/api/v1/sessions?open=true")).Json["items"]!.AsArray().Count(s => !last.Contains(s!["id"]!.GetValue<string>()));
        run.Expect(open == 0, $"{open} sessions are open");
        run.Expect(bed.Hub.Broken().Count == 0, $"the log says: {string.Join("; ", bed.Hub.Broken().Take(1))}");
    }

    private static IReadOnlyList<string> Living(Bed bed) =>
        [.. ProcessList.With(Path.Combine(bed.Hub.DataDirectory, "agents")).Concat(ProcessList.With("f17-sleeper")).Select(p => $"{p.Id} {p.Command}")];

    private static IEnumerable<int> Agents(Bed bed, string id) => ProcessList.With(Path.Combine(bed.Hub.DataDirectory, "agents", id)).Select(p => p.Id);

    private static void Kill(int process)
    {
        try
        {
            using var one = System.Diagnostics.Process.GetProcessById(process);
            one.Kill();
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            // It ended in between.
        }
    }

    private static List<string> Temporary() => [.. Directory.GetDirectories(Path.GetTempPath(), "controlchat-box-*")];

    private static int Descriptors(HubProcess hub) => Directory.GetFiles($"/proc/{hub.ProcessId}/fd").Length;
}
