using System.Text.Json.Nodes;
using ControlChat.Core.Hub;
using ControlChat.Core.Processes;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Containment;
using ControlChat.Core.Sessions.Work;
using ControlChat.Core.Settings;
using ControlChat.Core.Workspaces;
using ControlChat.Tests.Core.Sessions;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Xunit;

namespace ControlChat.Tests.App.Sessions;

/// <summary>A session at work whose agent does what the test says.</summary>
public sealed class SessionWorkTests
{
    private readonly ScriptedAgent _agent = new();
    private bool _gone;

    [Fact]
    public async Task A_session_that_stands_still_still_hears_no()
    {
        await using var hub = await StartAsync();
        var (workspace, id) = await BeginAsync(hub);
        _agent.Say(new AgentEvent.TurnStarted(), Asks("ask-1"), Asks("ask-2"));
        var asked = await Waiting.ForAsync(async () => (await TestHub.JsonAsync(hub.Browser, "/api/v1/approvals?status=pending"))["items"]!.AsArray() is { Count: 2 } two ? two : null);
        Assert.Equal(201, (await TestHub.PostAsync(hub.Browser, "/api/v1/freezes", new { scope = "workspace", target = workspace, reason = "A drill." })).Status);
        await Waiting.UntilAsync(() => _agent.Interrupts == 1);
        var declined = asked[0]!["id"]!.GetValue<string>();
        var token = (await TestHub.JsonAsync(hub.Browser, $"/api/v1/approvals/{declined}"))["confirm_token"]!.GetValue<string>();
        Assert.Equal(200, (await TestHub.PostAsync(hub.Browser, $"/api/v1/approvals/{declined}/decline", new { confirm_token = token })).Status);
        await Waiting.UntilAsync(() => !_agent.Answers.IsEmpty);
        Assert.Equal(AgentAnswer.Decline, Assert.Single(_agent.Answers).Answer);
        Assert.Equal(202, (await TestHub.PostAsync(hub.Browser, $"/api/v1/sessions/{id}/interrupt")).Status);
        await Waiting.UntilAsync(() => _agent.Interrupts == 2);
    }

    [Fact]
    public async Task An_agent_whose_lease_may_be_over_is_killed_at_once_and_its_session_goes_on_elsewhere()
    {
        var word = "lapse-" + Guid.NewGuid().ToString("n");
        _agent.Command = ["/usr/bin/bash", "-c", "trap '' TERM; while :; do sleep 600; done", word];
        var livedWhenAsked = -1;
        // The kernel takes a moment to end all of a namespace; one that was not killed would stay.
        _agent.Stopping = () => livedWhenAsked = SpinWait.SpinUntil(() => BoxBed.Living(word) == 0, TimeSpan.FromSeconds(10)) ? 0 : BoxBed.Living(word);
        await using var hub = await StartAsync("--mode", "web");
        var database = hub.Services.GetRequiredService<HubDatabase>();
        var (session, handle) = await SessionBench.StartedAsync(database, SessionBench.Asked(hub.Person.AccountId, await PlaceAsync(hub)));
        using var work = new SessionWork(hub.Services.GetRequiredService<SessionTools>(), session, handle);
        var working = work.RunAsync(CancellationToken.None);
        await Waiting.UntilAsync(() => work.ProcessId is not null && BoxBed.Living(word) > 0);
        await Waiting.UntilAsync(async () => (await SessionBench.ReadAsync(database, session.Id)).State == SessionState.Idle);
        SessionWatchdog.Look([work], megabytes: 2048, lease: TimeSpan.FromHours(1));
        Assert.False(working.IsCompleted);
        SessionWatchdog.Look([work], megabytes: 2048, lease: TimeSpan.Zero);
        Assert.False(await working.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Equal(0, BoxBed.Living(word));
        // It was not asked first: another worker's agent may be at work in the same place by now.
        Assert.Equal(0, livedWhenAsked);
        Assert.Equal(SessionState.Idle, (await SessionBench.ReadAsync(database, session.Id)).State);
    }

    [Fact]
    public async Task A_profile_that_names_a_tool_there_is_not_begins_no_session_and_says_which()
    {
        await using var hub = await StartAsync();
        Directory.CreateDirectory(Path.Combine(hub.DataDirectory, "profiles"));
        File.WriteAllText(Path.Combine(hub.DataDirectory, "profiles", "own.md"), "---\nname: default\ntools: [files, read_everything]\n---\nWork.\n");
        var (_, body) = await AskAsync(hub, await PlaceAsync(hub));
        var ended = await Waiting.ForAsync(async () => await TestHub.JsonAsync(hub.Browser, $"/api/v1/sessions/{body["id"]}") is { } s && s["state"]!.GetValue<string>() == "ended" ? s : null);
        Assert.Equal("failed", ended["end_reason"]!.GetValue<string>());
        Assert.Contains("names tools that there are not: read_everything. Under 'tools' it may name: files, documents, commands", ended["error"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_namespace_a_session_is_refused()
    {
        await using var hub = await StartAsync(find: _ => null);
        var (status, body) = await AskAsync(hub, await PlaceAsync(hub));
        Assert.Equal(202, status);
        var ended = await Waiting.ForAsync(async () => await TestHub.JsonAsync(hub.Browser, $"/api/v1/sessions/{body["id"]}") is { } s && s["state"]!.GetValue<string>() == "ended" ? s : null);
        Assert.Equal("failed", ended["end_reason"]!.GetValue<string>());
        Assert.Contains("bubblewrap", ended["error"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_the_operator_says_so_it_runs_without_and_everybody_is_told()
    {
        await using var hub = await StartAsync(find: name => name == "bwrap" ? null : Programs.Find(name), "--Sessions:AllowUncontained=true");
        var (workspace, id) = await BeginAsync(hub);
        _agent.Say(new AgentEvent.TurnStarted(), new AgentEvent.Message("m1", "Here.", true));
        var look = await Waiting.ForAsync(async () => await hub.Services.GetRequiredService<SessionDesk>().FindAsync(hub.Person, id, default) is { View.State: SessionState.Running } l ? l : null);
        Assert.True(look.Uncontained);
        using var events = new HttpRequestMessage(HttpMethod.Get, $"/api/v1/sessions/{id}/events");
        events.Headers.Accept.ParseAdd("application/json");
        using var told = await hub.Browser.SendAsync(events);
        Assert.Contains("\"code\":\"uncontained\"", await told.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        var row = (await TestHub.JsonAsync(hub.Browser, $"/api/v1/audit?workspace_id={workspace}&event=session.started"))["items"]![0]!;
        Assert.Contains("bubblewrap", row["data"]!["uncontained"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(202, (int)(await hub.Browser.DeleteAsync(new Uri($"/api/v1/sessions/{id}", UriKind.Relative))).StatusCode);
        await Waiting.UntilAsync(async () => (await TestHub.JsonAsync(hub.Browser, $"/api/v1/sessions/{id}"))["state"]!.GetValue<string>() == "ended");
    }

    [Fact]
    public async Task A_session_that_had_its_namespace_does_not_go_on_without_one()
    {
        await using var hub = await StartAsync(find: name => name == "bwrap" && _gone ? null : Programs.Find(name), "--Sessions:AllowUncontained=true");
        var (_, id) = await BeginAsync(hub);
        Assert.False((await hub.Services.GetRequiredService<SessionDesk>().FindAsync(hub.Person, id, default))!.Uncontained);
        _gone = true;
        await hub.RestartAsync();
        var ended = await Waiting.ForAsync(async () => await TestHub.JsonAsync(hub.Browser, $"/api/v1/sessions/{id}") is { } s && s["state"]!.GetValue<string>() == "ended" ? s : null);
        Assert.Equal("worker_lost", ended["end_reason"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_contained_session_says_nothing_of_it_and_a_hub_that_is_root_never_goes_without()
    {
        await using var hub = await StartAsync("--Sessions:AllowUncontained=true");
        var (workspace, id) = await BeginAsync(hub);
        Assert.False((await hub.Services.GetRequiredService<SessionDesk>().FindAsync(hub.Person, id, default))!.Uncontained);
        Assert.Null((await TestHub.JsonAsync(hub.Browser, $"/api/v1/audit?workspace_id={workspace}&event=session.started"))["items"]![0]!["data"]!["uncontained"]);
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can be a hub that is root.");
        using var bed = BoxBed.OfRoot();
        Assert.Contains("This hub is root", (await Assert.ThrowsAsync<IOException>(() => bed.Processes.OpenUncontainedAsync(bed.Order("true")))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_namespace_too_nothing_of_an_earlier_agent_is_obeyed()
    {
        using var bed = BoxBed.OfAnother();
        Directory.CreateDirectory(Path.Combine(bed.State, "sessions"));
        foreach (var name in new[] { "config.toml", "state.sqlite", "sessions/a" }) File.WriteAllText(Path.Combine(bed.State, name), "x");
        File.CreateSymbolicLink(Path.Combine(bed.State, "out"), bed.ProgramFolder);
        var (process, input, output) = await bed.Processes.OpenUncontainedAsync(bed.Order("cd $HOME; find . | sort; env | cut -d= -f1 | grep -c OPENAI") with { Kept = ["sessions", "*.sqlite"] });
        await input.DisposeAsync();
        using var reader = new StreamReader(output);
        Assert.Equal(".\n./sessions\n./sessions/a\n./state.sqlite\n0\n", await reader.ReadToEndAsync());
        await process.Exited;
        Assert.True(Directory.Exists(bed.ProgramFolder));
    }

    // In a file of memory, which is no process's: the watchdog does not see it.
    [Fact]
    public async Task A_session_that_the_kernel_stops_ends_with_the_words_of_the_watchdog()
    {
        _agent.Command = ["/usr/bin/sh", "-c", "head -c 400000000 /dev/zero > /tmp/hoard; exec cat"];
        await using var hub = await StartAsync("--Sessions:MemoryMegabytes=256");
        var (status, body) = await AskAsync(hub, await PlaceAsync(hub));
        Assert.True(status == 202, body.ToJsonString());
        var bounded = hub.Services.GetRequiredService<AgentCgroups>().Why is null;
        await Waiting.UntilAsync(async () => (await SessionAsync())["state"]!.GetValue<string>() == (bounded ? "ended" : "idle"));
        var session = await SessionAsync();
        if (bounded) Assert.Equal("The agent and what it started took 288 MiB of memory; one session may take 256 (Sessions:MemoryMegabytes).", session["error"]!.GetValue<string>());
        Assert.Equal(bounded ? "failed" : null, session["end_reason"]?.GetValue<string>());

        Task<JsonObject> SessionAsync() => TestHub.JsonAsync(hub.Browser, $"/api/v1/sessions/{body["id"]!.GetValue<string>()}");
    }

    private static AgentEvent.ApprovalRequested Asks(string id) => new(new AgentApproval.Command(id, null, null, "because", "make", null, []));

    private Task<TestHub> StartAsync(params string[] args) => TestHub.StartAsync(args: args, configure: services => services.Replace(ServiceDescriptor.Singleton<IAgentKind>(_agent)));

    // As a hub that is not root.
    private Task<TestHub> StartAsync(Func<string, string?> find, params string[] args) => TestHub.StartAsync(args: args, configure: services => services
        .Replace(ServiceDescriptor.Singleton<IAgentKind>(_agent))
        .Replace(ServiceDescriptor.Singleton(p => new AgentProcesses(p.GetRequiredService<HubPaths>(), AgentUser.Same, p.GetRequiredService<TimeProvider>(), find))));

    private static async Task<string> PlaceAsync(TestHub hub)
    {
        var workspace = Ids.New(WorkspaceId.Prefix);
        await hub.Services.GetRequiredService<HubDatabase>().WriteAsync(async t =>
        {
            await new WorkspaceStore().InsertAsync(t, workspace, "Place", [], hub.Person.AccountId, null, default);
            return true;
        });
        Directory.CreateDirectory(Path.Combine(hub.Services.GetRequiredService<HubPaths>().WorkspacesRoot, workspace));
        return workspace;
    }

    private static Task<(int Status, JsonObject Body)> AskAsync(TestHub hub, string workspace) =>
        TestHub.PostAsync(hub.Browser, "/api/v1/sessions", new { request_id = $"req-{Guid.NewGuid():n}", workspace_id = workspace, mode = "chat" });

    private static async Task<(string Workspace, string Id)> BeginAsync(TestHub hub)
    {
        var workspace = await PlaceAsync(hub);
        var (status, body) = await AskAsync(hub, workspace);
        Assert.True(status == 202, body.ToJsonString());
        var id = body["id"]!.GetValue<string>();
        await Waiting.UntilAsync(async () => (await TestHub.JsonAsync(hub.Browser, $"/api/v1/sessions/{id}"))["state"]!.GetValue<string>() == "idle");
        return (workspace, id);
    }
}
