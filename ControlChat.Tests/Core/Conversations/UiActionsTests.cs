using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Conversations;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Tools.Ui;
using ControlChat.Core.Tools.Workspaces;
using ControlChat.Tests.Core.Workspaces;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Conversations;

public abstract class UiActionsTests(TestStore store) : IAsyncLifetime
{
    private static readonly Principal Mara = WorkspaceHub.Person("acc_1");
    private readonly RecordedAudit _audit = new();
    private readonly RecordedLog _log = new();
    private WorkspaceHub _hub = null!;
    private UiActions _actions = null!;

    public async ValueTask InitializeAsync()
    {
        _hub = await WorkspaceHub.OpenAsync(store);
        _actions = new UiActions(_hub.Database, _log, _audit, _hub.Time);
    }

    public ValueTask DisposeAsync() => _hub.DisposeAsync();

    [Theory]
    [InlineData(true, "done")]
    [InlineData(false, "refused")]
    public async Task What_the_browser_did_goes_to_the_agent_and_on_the_record(bool did, string result)
    {
        var asked = RequestAsync();
        var id = await AskedAsync();
        Assert.True(await _actions.TakeAsync(Mara, id, CancellationToken.None));
        Assert.True(await _actions.AcknowledgeAsync(Mara, id, did, CancellationToken.None));
        Assert.Equal(result, await EndAsync(asked));
        Assert.Equal(["ui_action", "ui_action_ack"], _log.Events.Select(e => e.Type));
        Assert.Equal($$"""{"id":"{{id}}","result":"{{result}}"}""", _log.Events[1].Data.ToJsonString());
        var entry = Assert.Single(_audit.Entries);
        Assert.Equal(("ui_action.acknowledged", result, "conv_1"), (entry.Event, entry.Outcome, entry.ConversationId));
    }

    [Fact]
    public async Task Without_a_browser_it_says_so()
    {
        Assert.Equal("no_browser", await EndAsync(RequestAsync()));
        Assert.Equal("no_browser", Assert.Single(_audit.Entries).Outcome);
        Assert.False(await _actions.TakeAsync(Mara, await AskedAsync(), CancellationToken.None));
    }

    [Fact]
    public async Task A_browser_that_took_it_and_fell_silent_is_not_waited_for_long()
    {
        var asked = RequestAsync();
        var id = await AskedAsync();
        await _actions.TakeAsync(Mara, id, CancellationToken.None);
        Assert.Equal("timeout", await EndAsync(asked));
        Assert.False(await _actions.AcknowledgeAsync(Mara, id, true, CancellationToken.None));
        Assert.Single(_audit.Entries);
    }

    [Fact]
    public async Task A_cancelled_request_is_over_for_every_browser()
    {
        using var stop = new CancellationTokenSource();
        var asked = _actions.RequestAsync(new UiActionRequest("conv_1", "run_1", Mara, "show_page", "audit", false), stop.Token);
        var id = await AskedAsync();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        Assert.False(await _actions.TakeAsync(Mara, id, CancellationToken.None));
        Assert.Equal("timeout", Assert.Single(_audit.Entries).Outcome);
    }

    [Fact]
    public async Task What_a_killed_process_left_asked_leads_nobody_anywhere_later()
    {
        await using (var transaction = await _hub.Database.BeginAsync(CancellationToken.None))
        {
            await transaction.ExecuteAsync("""
                insert into ui_actions (id, conversation_id, run_id, account_id, action, target, offer, state, asked_at)
                values ('uia_left', 'conv_1', 'run_1', @account, 'show_page', 'audit', 0, 'asked', hub_now())
                """, new { account = Mara.AccountId }, CancellationToken.None);
            await transaction.CommitAsync(CancellationToken.None);
        }
        _hub.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.False(await _actions.TakeAsync(Mara, "uia_left", CancellationToken.None));
    }

    [Fact]
    public async Task What_was_asked_a_day_ago_is_forgotten_by_the_next_that_asks()
    {
        await EndAsync(RequestAsync());
        _hub.Time.Advance(TimeSpan.FromHours(23));
        await EndAsync(RequestAsync());
        Assert.Equal(2, await CountAsync());
        _hub.Time.Advance(TimeSpan.FromHours(2));
        await EndAsync(RequestAsync());
        Assert.Equal(2, await CountAsync());
    }

    [Fact]
    public async Task Nobody_else_and_no_token_answers_for_a_browser()
    {
        var asked = RequestAsync();
        var id = await AskedAsync();
        Assert.False(await _actions.TakeAsync(WorkspaceHub.Person("acc_2"), id, CancellationToken.None));
        Assert.False(await _actions.TakeAsync(WorkspaceHub.Token("acc_1"), id, CancellationToken.None));
        Assert.True(await _actions.TakeAsync(Mara, id, CancellationToken.None));
        Assert.False(await _actions.TakeAsync(Mara, id, CancellationToken.None));
        Assert.False(await _actions.AcknowledgeAsync(WorkspaceHub.Person("acc_2"), id, true, CancellationToken.None));
        Assert.False(await _actions.AcknowledgeAsync(WorkspaceHub.Token("acc_1"), id, true, CancellationToken.None));
        Assert.Equal("timeout", await EndAsync(asked));
    }

    [Theory]
    [InlineData("show_page", "approvals")]
    [InlineData("show_page", "/approvals")]
    [InlineData("show_page", "https://example.org")]
    [InlineData("show_tab", "approvals.waiting")]
    [InlineData("highlight", "approve")]
    [InlineData("highlight", "approval-card")]
    [InlineData("open_workspace", "../approvals")]
    [InlineData("click", "composer")]
    public void Nothing_leads_to_a_decision_or_away_from_here(string action, string target)
    {
        Assert.False(UiActionAllowlist.Allows(action, target));
        Assert.Null(UiActionAllowlist.PathOf(action, target));
    }

    [Fact]
    public async Task The_tool_resolves_a_title_and_offers_only_when_the_run_is_tainted()
    {
        var id = await _hub.AddAsync("river");
        var asked = ToolAsync("open_workspace", "River", new CallOrigin("ask", "conv_1", "run_1", Tainted: true));
        await AskedAsync();
        Assert.Equal("no_browser", (string?)(await EndAsync(asked)).Value["result"]);
        Assert.Equal((id, true), ((string)_log.Events[0].Data["target"]!, (bool)_log.Events[0].Data["offer"]!));
    }

    [Fact]
    public async Task Outside_a_conversation_there_is_no_browser_to_ask()
    {
        Assert.Equal("no_browser", (string?)(await ToolAsync("show_page", "audit", new CallOrigin("rest"))).Value["result"]);
        Assert.Empty(_log.Events);
        Assert.Equal("invalid", (await Assert.ThrowsAsync<ToolRefusedException>(() => ToolAsync("show_page", "approvals", new CallOrigin("ask", "conv_1")))).Status);
        Assert.Equal("not_found", (await Assert.ThrowsAsync<ToolRefusedException>(() => ToolAsync("open_workspace", "nowhere", new CallOrigin("ask", "conv_1")))).Status);
    }

    private Task<string> RequestAsync() => _actions.RequestAsync(new UiActionRequest("conv_1", "run_1", Mara, "show_page", "audit", false), CancellationToken.None);

    private async Task<long> CountAsync()
    {
        await using var reader = await _hub.Database.ReadAsync(CancellationToken.None);
        return await reader.FindAsync<long>("select count(*) from ui_actions", null, CancellationToken.None);
    }

    private async Task<ReadResult> ToolAsync(string action, string target, CallOrigin origin)
    {
        await using var reader = await _hub.Database.ReadAsync(CancellationToken.None);
        var context = new PlanningContext(reader, Mara, origin, null!, []);
        var result = await ((IReadTool)new UiAction(_actions, new WorkspaceView(_hub.Workspaces), _hub.Settings)).ReadAsync(context, new JsonObject { ["action"] = action, ["target"] = target }, CancellationToken.None);
        return result.Awaited is { } awaited ? await awaited(CancellationToken.None) : result;
    }

    private Task<string> AskedAsync() => Waiting.ForAsync(() => Task.FromResult(_log.Events.FirstOrDefault(e => e.Type == "ui_action")?.Data["id"]?.GetValue<string>()));

    private async Task<T> EndAsync<T>(Task<T> asked)
    {
        await Waiting.UntilAsync(() =>
        {
            _hub.Time.Advance(TimeSpan.FromMilliseconds(100));
            return asked.IsCompleted;
        });
        return await asked;
    }

    private sealed class RecordedLog : IConversationLog
    {
        private readonly List<(string Type, JsonObject Data)> _events = [];

        public IReadOnlyList<Recorded> Events
        {
            get { lock (_events) return [.. _events.Select(e => new Recorded(e.Type, e.Data))]; }
        }

        public Task<long> AppendAsync(IHubTransaction transaction, string conversationId, string? runId, string type, JsonObject data, CancellationToken cancellationToken)
        {
            lock (_events) _events.Add((type, data));
            return Task.FromResult((long)_events.Count);
        }

        public Task<IReadOnlyList<StoredEvent>> ReadAsync(IHubReader reader, string conversationId, long after, int limit, CancellationToken cancellationToken) => throw new NotSupportedException();
    }

    private sealed record Recorded(string Type, JsonObject Data);
}

public sealed class UiActionsOnSqliteTests() : UiActionsTests(TestStore.Sqlite);

public sealed class UiActionsOnPostgresTests() : UiActionsTests(TestStore.Postgres);
