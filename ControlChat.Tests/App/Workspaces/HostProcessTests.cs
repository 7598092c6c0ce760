using System.Diagnostics;
using System.Text.Json;
using ControlChat.App.Workspaces;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Processes;
using ControlChat.Core.Workspaces;
using ControlChat.Core.Workspaces.Hosts;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.Workspaces;

/// <summary>Hosts as real processes, through the real app: from the click to the last process gone.</summary>
public sealed class HostProcessTests : IAsyncLifetime
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);
    private readonly CrashingHosts _driver = new();
    private TestHub _hub = null!;

    public async ValueTask InitializeAsync() => _hub = await TestHub.StartAsync(args: ["--Hosts:PricePerHour=0.12"], configure: services => services.AddSingleton<IHostDriver>(p =>
    {
        _driver.Real = ActivatorUtilities.CreateInstance<ProcessHosts>(p);
        return _driver;
    }));

    public async ValueTask DisposeAsync()
    {
        foreach (var process in Processes()) await ProcessGroup.StopAsync(process, TimeSpan.FromSeconds(1), TimeProvider.System, CancellationToken.None);
        await _hub.DisposeAsync();
    }

    [Fact]
    public async Task A_host_starts_with_its_price_runs_by_itself_and_stops_without_a_trace()
    {
        var id = await CreateAsync();
        var asked = await CallAsync("workspace.start_host", new { workspace_id = id, size = "medium" });
        Assert.Equal(("confirmation_required", ToolScope.Billing, new Cost("0.24", "EUR", "hour")), (asked.Status, asked.Plan!.Scope, asked.Plan.Cost));
        Assert.Empty(Processes());
        var started = await ApproveAsync(asked);
        await UntilAsync(id, HostState.On);
        var process = Assert.Single(Processes());
        Assert.Equal(id, process.Option("--workspace"));
        Assert.Equal(started.ActionId, process.Option("--action"));
        // In the workspace's directory, at the head of its own group, with nothing of the hub's environment.
        Assert.EndsWith(id, Directory.ResolveLinkTarget($"/proc/{process.Id}/cwd", false)!.FullName, StringComparison.Ordinal);
        Assert.Equal(process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture), (await File.ReadAllTextAsync($"/proc/{process.Id}/stat")).Split(") ")[^1].Split(' ')[2]);
        var environment = (await File.ReadAllTextAsync($"/proc/{process.Id}/environ")).Split('\0', StringSplitOptions.RemoveEmptyEntries).Select(e => e.Split('=')[0]);
        Assert.Empty(environment.Except(["PATH", "DOTNET_GCHeapHardLimit", "DOTNET_ROOT"]));
        await ApproveAsync(await CallAsync("workspace.stop_host", new { workspace_id = id }));
        await UntilAsync(id, HostState.Off);
        Assert.Empty(Processes());
        Assert.Equal(["on", "off"], await RecordedAsync(id));
    }

    [Fact]
    public async Task Undoing_a_start_plans_the_stop()
    {
        var id = await CreateAsync();
        var started = await ApproveAsync(await CallAsync("workspace.start_host", new { workspace_id = id }));
        await UntilAsync(id, HostState.On);
        var undo = await CallAsync("undo", new { action_id = started.ActionId });
        Assert.Equal(("confirmation_required", ToolScope.Destructive), (undo.Status, undo.Plan!.Scope));
        await ApproveAsync(undo);
        await UntilAsync(id, HostState.Off);
        Assert.Empty(Processes());
    }

    [Fact]
    public async Task A_hub_that_died_between_the_commit_and_the_start_starts_it_once_it_is_back()
    {
        var id = await CreateAsync();
        _driver.Crash = Crash.BeforeStart;
        await ApproveAsync(await CallAsync("workspace.start_host", new { workspace_id = id }));
        await _driver.Crashed.Task.WaitAsync(Long);
        Assert.Equal(HostState.Starting, await StateAsync(id));
        _driver.Crash = Crash.Never;
        await _hub.RestartAsync();
        await UntilAsync(id, HostState.On);
        Assert.Single(Processes());
        Assert.Equal(["on"], await RecordedAsync(id));
    }

    [Fact]
    public async Task A_hub_that_died_after_the_start_takes_the_same_process_over()
    {
        var id = await CreateAsync();
        _driver.Crash = Crash.AfterStart;
        await ApproveAsync(await CallAsync("workspace.start_host", new { workspace_id = id }));
        await _driver.Crashed.Task.WaitAsync(Long);
        var orphan = Assert.Single(Processes());
        _driver.Crash = Crash.Never;
        await _hub.RestartAsync();
        await UntilAsync(id, HostState.On);
        Assert.Equal(orphan.Id, Assert.Single(Processes()).Id);
        Assert.Equal(["on"], await RecordedAsync(id));
    }

    [Fact]
    public async Task A_killed_host_shows_failed_and_can_be_started_again()
    {
        var id = await CreateAsync();
        await ApproveAsync(await CallAsync("workspace.start_host", new { workspace_id = id }));
        await UntilAsync(id, HostState.On);
        using (var victim = Process.GetProcessById(Assert.Single(Processes()).Id)) victim.Kill();
        await UntilAsync(id, HostState.Failed);
        Assert.Empty(Processes());
        await ApproveAsync(await CallAsync("workspace.start_host", new { workspace_id = id }));
        await UntilAsync(id, HostState.On);
        Assert.Equal(["on", "failed", "on"], await RecordedAsync(id));
    }

    [Fact]
    public async Task A_host_that_no_row_wants_is_ended()
    {
        var id = await CreateAsync();
        await ApproveAsync(await CallAsync("workspace.start_host", new { workspace_id = id }));
        await UntilAsync(id, HostState.On);
        await using (var transaction = await _hub.Services.GetRequiredService<HubDatabase>().BeginAsync(CancellationToken.None))
        {
            await transaction.ExecuteAsync("update workspace_hosts set state = 'off'", null, CancellationToken.None);
            await transaction.CommitAsync(CancellationToken.None);
        }
        await Waiting.UntilAsync(() => Processes().Count == 0, Long);
        Assert.Equal(HostState.Off, await StateAsync(id));
    }

    [Fact]
    public async Task A_host_ends_itself_when_no_hub_asks_for_it()
    {
        var time = new FakeTime();
        using var folder = new TempFolder();
        var host = HostServer.RunAsync(new HostAnswer("ws_1", "act_1", 1), folder["h.sock"], time, CancellationToken.None);
        await Waiting.UntilAsync(() => time.Waiting > 0);
        time.Advance(HostNode.Lease);
        Assert.False(host.IsCompleted);
        await Waiting.UntilAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(5));
            return host.IsCompleted;
        });
        await host;
    }

    [Fact]
    public async Task Without_a_driver_there_are_no_host_tools()
    {
        await using var hub = await TestHub.StartAsync(args: ["--Hosts:Driver=none"]);
        var capabilities = (await TestHub.JsonAsync(hub.Browser, "/api/v1/me"))["hub"]!["capabilities"]!.AsArray().Select(c => (string)c!).ToList();
        Assert.DoesNotContain("workspace.start_host", capabilities);
        Assert.Contains("workspace.set_role", capabilities);
        var outcome = await hub.Services.GetRequiredService<IToolGate>().InvokeAsync(hub.Person, Call("workspace.stop_host", new { workspace_id = "x" }), CancellationToken.None);
        Assert.Equal("not_supported", outcome.Status);
    }

    private IReadOnlyList<ProcessEntry> Processes() =>
        [.. ProcessTable.With("--socket").Where(p => p.Option("--socket")!.StartsWith(_hub.DataDirectory, StringComparison.Ordinal))];

    private async Task<string> CreateAsync() => (string)(await CallAsync("workspace.create", new { title = "w" })).Result!["workspace"]!["id"]!;

    private Task<Outcome> CallAsync(string tool, object arguments) => _hub.Services.GetRequiredService<IToolGate>().InvokeAsync(_hub.Person, Call(tool, arguments), CancellationToken.None);

    private static ToolCall Call(string tool, object arguments) => new(tool, Ids.New("req"), JsonSerializer.SerializeToElement(arguments), new CallOrigin("ui"));

    private async Task<Outcome> ApproveAsync(Outcome asked)
    {
        var approvals = _hub.Services.GetRequiredService<IApprovals>();
        var open = await approvals.OpenAsync(_hub.Person, asked.ApprovalId!, CancellationToken.None);
        var decision = await approvals.ApproveAsync(_hub.Person, asked.ApprovalId!, new ApproveRequest(open!.ConfirmToken), CancellationToken.None);
        return Assert.IsType<ApprovalDecision.Done>(decision).Outcome;
    }

    private async Task<string> StateAsync(string id) => (string)(await CallAsync("workspace.get", new { workspace_id = id })).Result!["workspace"]!["host"]!["state"]!;

    private Task UntilAsync(string id, string state) => Waiting.UntilAsync(async () => await StateAsync(id) == state, Long, $"the host is {state}");

    private async Task<IReadOnlyList<string>> RecordedAsync(string id)
    {
        await using var reader = await _hub.Services.GetRequiredService<HubDatabase>().ReadAsync(CancellationToken.None);
        var data = await reader.QueryAsync<string>("select data from audit where workspace_id = @id and tool in ('workspace.start_host', 'workspace.stop_host') order by seq", new { id }, CancellationToken.None);
        return [.. data.Select(d => (string?)System.Text.Json.Nodes.JsonNode.Parse(d)!["host"]).OfType<string>()];
    }

    private enum Crash
    {
        Never,
        BeforeStart,
        AfterStart,
    }

    /// <summary>The real driver; where a test wants it, the hub never hears of a start again until it is stopped.</summary>
    private sealed class CrashingHosts : IHostDriver
    {
        public ProcessHosts Real { get; set; } = null!;

        public Crash Crash { get; set; }

        public TaskCompletionSource Crashed { get; } = new();

        public async Task StartAsync(HostOrder order, CancellationToken cancellationToken)
        {
            if (Crash != Crash.BeforeStart) await Real.StartAsync(order, cancellationToken);
            if (Crash == Crash.Never) return;
            Crashed.TrySetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }

        public Task StopAsync(string workspaceId, CancellationToken cancellationToken) => Real.StopAsync(workspaceId, cancellationToken);

        public Task<bool> AnswersAsync(string workspaceId, string actionId, CancellationToken cancellationToken) => Real.AnswersAsync(workspaceId, actionId, cancellationToken);

        public Task<IReadOnlyList<RunningHost>> ListAsync(CancellationToken cancellationToken) => Real.ListAsync(cancellationToken);
    }
}
