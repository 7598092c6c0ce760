using System.Diagnostics;
using System.Text;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Containment;
using ControlChat.Core.Sessions.Terminals;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Sessions.Terminals;

/// <summary>Terminals in the registry of sessions: how they begin, are limited and end.</summary>
public sealed class TerminalSessionTests
{
    [Theory]
    [InlineData("rm", null, "may not be started in a terminal")]
    [InlineData("bash", "Hello.", "takes no 'initial_message'")]
    public async Task What_may_not_be_started_is_refused_with_the_reason(string program, string? message, string why)
    {
        await using var hub = await TerminalHub.StartAsync();
        var (status, body) = await hub.AskAsync(new { request_id = TerminalHub.Request(), workspace_id = hub.Workspace, mode = "terminal", command = new[] { program }, initial_message = message });
        Assert.Equal(422, status);
        Assert.Contains(why, body["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Empty(hub.Host.Started);
    }

    [Fact]
    public async Task A_program_alone_needs_no_list()
    {
        await using var hub = await TerminalHub.StartAsync();
        var (status, body) = await hub.AskAsync(new { request_id = TerminalHub.Request(), workspace_id = hub.Workspace, mode = "terminal", command = "bash" });
        Assert.Equal((202, """["bash"]"""), (status, body["command"]!.ToJsonString()));
        foreach (var command in new object[] { 7, new object[] { "bash", 7 }, new { program = "bash" } })
        {
            (status, body) = await hub.AskAsync(new { request_id = TerminalHub.Request(), workspace_id = hub.Workspace, mode = "terminal", command });
            Assert.Equal((422, "'command' must be a list of words: the program, then its arguments."), (status, body["detail"]!.GetValue<string>()));
        }
    }

    [Fact]
    public async Task A_chat_has_no_command()
    {
        await using var hub = await TerminalHub.StartAsync();
        var (status, body) = await hub.AskAsync(new { request_id = TerminalHub.Request(), workspace_id = hub.Workspace, command = new[] { "bash" } });
        Assert.Equal(422, status);
        Assert.Contains("'command' belongs to terminals", body["detail"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_is_typed_with_Enter_and_an_interrupt_is_CtrlC_each_once_and_on_record()
    {
        await using var hub = await TerminalHub.StartAsync();
        var (id, process) = await hub.BeginAsync();
        var message = new { request_id = TerminalHub.Request(), text = "echo one\necho two" };
        for (var i = 0; i < 2; i++) Assert.Equal(202, (await TestHub.PostAsync(hub.Hub.Browser, $"/api/v1/sessions/{id}/messages", message)).Status);
        await Waiting.UntilAsync(() => string.Concat(process.Typed) == "echo one\recho two\r");
        await using var view = await hub.JoinAsync(id);
        Assert.Equal(202, (await TestHub.PostAsync(hub.Hub.Browser, $"/api/v1/sessions/{id}/interrupt")).Status);
        await Waiting.UntilAsync(() => process.Typed.Last() == "\u0003");
        Assert.Equal($$"""{"account":"{{hub.Hub.Person.AccountId}}","data":"Aw=="}""", hub.DataOf(id, "in"));
        Assert.Equal("echo one\recho two\r\u0003", string.Concat(process.Typed));
        Assert.Equal(400, (await TestHub.PostAsync(hub.Hub.Browser, $"/api/v1/sessions/{id}/messages", new { request_id = TerminalHub.Request(), text = " " })).Status);
    }

    [Fact]
    public async Task Neither_is_typed_while_somebody_else_is_in_control()
    {
        await using var hub = await TerminalHub.StartAsync();
        var (id, process) = await hub.BeginAsync();
        await hub.Database.WriteAsync(t => t.ExecuteAsync("update sessions set controller = 'acc_other' where id = @id", new { id }, default));
        var (status, body) = await TestHub.PostAsync(hub.Hub.Browser, $"/api/v1/sessions/{id}/messages", new { request_id = TerminalHub.Request(), text = "ls" });
        Assert.Equal(409, status);
        Assert.Contains("Ask for control", body["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(409, (await TestHub.PostAsync(hub.Hub.Browser, $"/api/v1/sessions/{id}/interrupt")).Status);
        Assert.Empty(process.Typed);
    }

    [Fact]
    public async Task A_program_that_takes_too_much_memory_ends_with_its_session_and_its_owner_hears_why()
    {
        await using var hub = await TerminalHub.StartAsync();
        var (id, process) = await hub.BeginAsync();
        process.Excess = new MemoryExcess(900, 800);
        var session = await hub.EndedAsync(id);
        Assert.Equal("failed", session["end_reason"]!.GetValue<string>());
        Assert.Contains("took 900 MiB of memory; one session may take 800 (Sessions:MemoryMegabytes)", session["error"]!.GetValue<string>(), StringComparison.Ordinal);
        await Waiting.UntilAsync(() => process.IsDisposed);
    }

    [Fact]
    public async Task A_program_that_ends_completes_its_session_whatever_its_code()
    {
        await using var hub = await TerminalHub.StartAsync();
        var (id, process) = await hub.BeginAsync();
        await using var view = await hub.JoinAsync(id);
        process.Print("good ");
        process.Print("bye");
        process.Exit(7);
        var frames = new List<TerminalFrame>();
        await foreach (var frame in view.ReadAsync(0, default)) frames.Add(frame);
        Assert.Equal("good bye", string.Concat(frames.Where(f => f.Type == "out").Select(f => Encoding.UTF8.GetString(f.Data.Span))));
        Assert.Equal("ended", frames[^1].Type);
        var session = await hub.EndedAsync(id);
        Assert.Equal("completed", session["end_reason"]!.GetValue<string>());
        Assert.Equal(["bash", "-l"], session["command"]!.AsArray().Select(c => c!.GetValue<string>()));
        Assert.Equal("""{"reason":"completed","exit_code":7}""", hub.DataOf(id, "ended"));
        var row = (await TestHub.JsonAsync(hub.Hub.Browser, $"/api/v1/audit?workspace_id={hub.Workspace}&event=session.ended"))["items"]![0]!;
        Assert.Equal(7, row["data"]!["exit_code"]!.GetValue<int>());
        Assert.Contains("The program ended with code 7.", hub.DataOf(id, "system"), StringComparison.Ordinal);
        await Waiting.UntilAsync(() => process.IsDisposed && hub.Host.Removed.Contains(id));
        Assert.Null(await hub.Terminals.JoinAsync(id, LiveTerminalTests.Window("late"), default));
    }

    [Fact]
    public async Task The_agents_own_interface_is_what_is_started_when_nothing_is_said()
    {
        await using var hub = await TerminalHub.StartAsync();
        var (status, body) = await hub.AskAsync(new { request_id = TerminalHub.Request(), workspace_id = hub.Workspace, mode = "terminal" });
        Assert.True(status == 202, body.ToJsonString());
        await hub.UntilAsync(body["id"]!.GetValue<string>(), "running");
        Assert.Equal("codex", hub.Host.LastOrder!.File);
        Assert.StartsWith(SessionHandle.Prefix, hub.Host.LastOrder.Environment["HANDLE"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failed_start_says_why()
    {
        await using var hub = await TerminalHub.StartAsync();
        hub.Host.Fault = new IOException("There is no terminal left.");
        var (_, body) = await hub.AskAsync(new { request_id = TerminalHub.Request(), workspace_id = hub.Workspace, mode = "terminal" });
        var session = await hub.EndedAsync(body["id"]!.GetValue<string>());
        Assert.Equal(("failed", "There is no terminal left."), (session["end_reason"]!.GetValue<string>(), session["error"]!.GetValue<string>()));
        hub.Host.Fault = null;
        var (id, process) = await hub.BeginAsync();
        process.Exit(1, "bwrap: no permissions");
        session = await hub.EndedAsync(id);
        Assert.Equal(("failed", "bwrap: no permissions"), (session["end_reason"]!.GetValue<string>(), session["error"]!.GetValue<string>()));
    }

    [Fact]
    public async Task Who_stops_it_gives_it_time_and_who_panics_does_not()
    {
        await using var hub = await TerminalHub.StartAsync();
        var (stopped, first) = await hub.BeginAsync();
        Assert.Equal(202, (int)(await hub.Hub.Browser.DeleteAsync(new Uri($"/api/v1/sessions/{stopped}", UriKind.Relative))).StatusCode);
        Assert.Equal("stopped", (await hub.EndedAsync(stopped))["end_reason"]!.GetValue<string>());
        Assert.Equal(TimeSpan.FromSeconds(2), Assert.Single(first.Ends));
        Assert.Equal("""{"reason":"stopped","exit_code":129}""", hub.DataOf(stopped, "ended"));
        var (panicked, second) = await hub.BeginAsync();
        var since = Stopwatch.GetTimestamp();
        Assert.Equal(200, (await TestHub.PostAsync(hub.Hub.Browser, "/api/v1/sessions/panic-stop", new { scope = "mine" })).Status);
        await Waiting.UntilAsync(() => !second.Ends.IsEmpty);
        Assert.InRange(Stopwatch.GetElapsedTime(since), TimeSpan.Zero, TimeSpan.FromSeconds(2));
        Assert.Equal(TimeSpan.Zero, Assert.Single(second.Ends));
        Assert.Equal("panic", (await hub.EndedAsync(panicked))["end_reason"]!.GetValue<string>());
        Assert.Equal("""{"reason":"panic","exit_code":129}""", hub.DataOf(panicked, "ended"));
    }

    [Fact]
    public async Task A_flood_ends_it_with_the_reason()
    {
        await using var hub = await TerminalHub.StartAsync("--Sessions:OutputMegabytes=1");
        var (id, process) = await hub.BeginAsync();
        for (var i = 0; i < 20; i++) process.Print(new byte[64 * 1024]);
        var session = await hub.EndedAsync(id);
        Assert.Equal("failed", session["end_reason"]!.GetValue<string>());
        Assert.Contains("printed more than 1 MiB", session["error"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(TimeSpan.Zero, Assert.Single(process.Ends));
    }

    [Fact]
    public async Task A_stop_switch_interrupts_it_once_and_lets_nothing_in()
    {
        await using var hub = await TerminalHub.StartAsync();
        var (id, process) = await hub.BeginAsync();
        await using var view = await hub.JoinAsync(id);
        Assert.True(await view.WriteAsync("a"u8.ToArray(), default));
        var (status, freeze) = await TestHub.PostAsync(hub.Hub.Browser, "/api/v1/freezes", new { scope = "workspace", target = hub.Workspace, reason = "A drill." });
        Assert.Equal(201, status);
        await Waiting.UntilAsync(() => process.Typed.Count == 2);
        Assert.Equal("\u0003", process.Typed.Last());
        await Assert.ThrowsAsync<TerminalBusyException>(() => view.WriteAsync("b"u8.ToArray(), default).AsTask());
        Assert.Equal("running", (await hub.FindAsync(id))["state"]!.GetValue<string>());
        Assert.Equal(204, (int)(await hub.Hub.Browser.DeleteAsync(new Uri($"/api/v1/freezes/{freeze["id"]}", UriKind.Relative))).StatusCode);
        await Waiting.UntilAsync(() => hub.Records.Of(id).Count(f => f.Type == "system") == 2);
        Assert.True(await view.WriteAsync("c"u8.ToArray(), default));
    }

    [Fact]
    public async Task With_its_own_process_it_cannot_outlive_the_hub_and_says_so()
    {
        await using var hub = await TerminalHub.StartAsync();
        var (id, process) = await hub.BeginAsync();
        process.Print("before");
        await hub.Hub.RestartAsync();
        Assert.NotEmpty(process.Ends);
        var session = await hub.FindAsync(id);
        Assert.Equal("worker_lost", session["end_reason"]!.GetValue<string>());
        Assert.Equal("The hub was restarted, and the terminal with it. Its transcript is kept. Start a new one.", session["error"]!.GetValue<string>());
        Assert.Equal(["out", "ended"], hub.Records.Of(id).Select(f => f.Type));
    }

    [Fact]
    public async Task One_that_lasts_is_given_back_and_goes_on_with_its_handle()
    {
        await using var hub = await TerminalHub.StartAsync();
        hub.Host.Name = "tmux";
        var (id, process) = await hub.BeginAsync();
        process.Print("before");
        process.Resize(new TerminalSize(132, 50));
        await Waiting.UntilAsync(() => hub.Records.Of(id).Any(f => f.Type == "out"));
        process.Resize(new TerminalSize(132, 50));
        var handle = hub.Host.LastOrder!.Environment["HANDLE"];
        await hub.Hub.RestartAsync();
        Assert.Empty(process.Ends);
        Assert.True(process.IsDisposed);
        await hub.UntilAsync(id, "running");
        Assert.Equal(2, hub.Host.Started.Count);
        // The window that is there next sees it as wide as it is.
        Assert.Equal("""{"cols":132,"rows":50}""", hub.DataOf(id, "resize"));
        hub.Host.Last.Print("after");
        await using var view = await hub.JoinAsync(id);
        Assert.Equal((new TerminalRun(2, 1), new TerminalSize(132, 50)), (view.Now.Run, view.Now.Size));
        var text = "";
        await foreach (var frame in view.ReadAsync(0, default))
        {
            if (frame.Type == "out") text += Encoding.UTF8.GetString(frame.Data.Span);
            if (text == "beforeafter") break;
        }
        await using (var reader = await hub.Database.ReadAsync(default))
            Assert.Equal(id, (await new SessionStore().FindByHandleAsync(reader, SessionHandle.Read(handle)!.Hash, default))!.Id);
        hub.Host.Last.Exit(0);
        Assert.Equal("completed", (await hub.EndedAsync(id))["end_reason"]!.GetValue<string>());
    }

    [Fact]
    public async Task What_is_not_there_any_more_when_it_is_taken_over_ends_with_the_reason()
    {
        await using var hub = await TerminalHub.StartAsync();
        hub.Host.Name = "tmux";
        var (id, _) = await hub.BeginAsync();
        hub.Host.Lasting.Clear();
        await hub.Hub.RestartAsync();
        Assert.Equal("worker_lost", (await hub.EndedAsync(id))["end_reason"]!.GetValue<string>());
        Assert.Equal("""{"reason":"worker_lost","exit_code":null}""", hub.DataOf(id, "ended"));
    }

    [Fact]
    public async Task Nothing_printed_and_nothing_typed_for_too_long_ends_it()
    {
        await using var hub = await TerminalHub.StartAsync();
        var (id, process) = await hub.BeginAsync();
        var idle = (await hub.FindAsync(id))["idle_at"]!.GetValue<DateTimeOffset>();
        process.Print("a");
        await Waiting.UntilAsync(async () => (await hub.FindAsync(id))["idle_at"]!.GetValue<DateTimeOffset>() > idle);
        await hub.Database.WriteAsync(t => t.ExecuteAsync("update sessions set idle_at = hub_now() where id = @id", new { id }, default));
        Assert.Equal("idle", (await hub.EndedAsync(id))["end_reason"]!.GetValue<string>());
        Assert.Equal(TimeSpan.FromSeconds(2), Assert.Single(process.Ends));
    }
}
