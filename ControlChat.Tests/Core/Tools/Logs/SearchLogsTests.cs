using System.Text.Json.Nodes;
using ControlChat.Core.Gate;
using ControlChat.Core.Logs;
using ControlChat.Core.Tools.Editors;
using ControlChat.Core.Tools.Logs;
using ControlChat.Tests.Core.Logs;
using ControlChat.Tests.Core.Tools.Config;
using Xunit;

namespace ControlChat.Tests.Core.Tools.Logs;

public sealed class SearchLogsTests : IAsyncLifetime
{
    private readonly LogBench _logs = new();
    private ToolBench _bench = null!;

    private SearchLogs Tool => new(_logs.Store);

    public async ValueTask InitializeAsync()
    {
        _bench = await ToolBench.OpenAsync();
        await using var transaction = await _bench.Database.BeginAsync(default);
        await transaction.ExecuteAsync("insert into conversations (id, owner_id, title, titled, created_at, updated_at) values ('conv_1', 'acc_member', 't', 0, hub_now(), hub_now())", null, default);
        foreach (var (run, account) in new[] { ("run_mine", "acc_member"), ("run_theirs", "acc_other") })
        {
            await transaction.ExecuteAsync(
                "insert into runs (id, conversation_id, message_id, request_id, principal_key, account_id, status, created_at) values (@run, 'conv_1', 'msg_1', @run, @account, @account, 'completed', hub_now())",
                new { run, account }, default);
        }
        await transaction.CommitAsync(default);
        _logs.Line("hub line", "error", -30);
        _logs.Line("my line", "warning", -20, run: "run_mine", conversation: "conv_1");
        _logs.Line("their line", "error", -10, run: "run_theirs");
    }

    public async ValueTask DisposeAsync()
    {
        await _bench.DisposeAsync();
        _logs.Dispose();
    }

    [Fact]
    public async Task An_admin_sees_all_and_a_member_the_lines_of_their_runs()
    {
        Assert.Equal(["their line", "my line", "hub line"], await MessagesAsync(ToolBench.Admin, []));
        Assert.Equal(["my line"], await MessagesAsync(ToolBench.Member, []));
        Assert.Empty(await MessagesAsync(ToolBench.Member, new JsonObject { ["run_id"] = "run_theirs" }));
    }

    [Fact]
    public async Task Lines_taint_and_no_lines_do_not()
    {
        Assert.True((await _bench.ReadResultAsync(Tool, ToolBench.Admin, [])).Untrusted);
        Assert.False((await _bench.ReadResultAsync(Tool, ToolBench.Admin, new JsonObject { ["text"] = "nothing" })).Untrusted);
    }

    [Theory]
    [InlineData("15m", 1)]
    [InlineData("1h", 3)]
    [InlineData("2026-11-21T07:45:00Z", 1)]
    [InlineData("2026-11-21T08:45:00+01:00", 1)]
    [InlineData("1200s", 2)]
    [InlineData("1d", 3)]
    public async Task Times_are_rfc_3339_or_how_long_ago(string from, int lines) =>
        Assert.Equal(lines, (await MessagesAsync(ToolBench.Admin, new JsonObject { ["from"] = from })).Count);

    [Theory]
    [InlineData("yesterday")]
    [InlineData("h")]
    [InlineData("99999999d")]
    [InlineData("-1h")]
    public async Task A_time_that_is_none_is_answered_with_both_forms(string from)
    {
        var refusal = await Assert.ThrowsAsync<ToolRefusedException>(() => _bench.ReadAsync(Tool, ToolBench.Admin, new JsonObject { ["from"] = from }));
        Assert.Equal("'from' is not a time. Use RFC 3339, such as 2026-11-21T08:00:00Z, or how long ago, such as 1h.", refusal.Message);
    }

    [Fact]
    public async Task Long_lines_are_cut_and_pages_go_on_by_cursor()
    {
        _logs.Line(new string('x', 5_000), exception: new string('y', 5_000));
        var page = await _bench.ReadAsync(Tool, ToolBench.Admin, new JsonObject { ["limit"] = 1 });
        var row = page["items"]!.AsArray().Single()!;
        Assert.Equal(1_001, row["message"]!.GetValue<string>().Length);
        Assert.Equal(1_001, row["exception"]!.GetValue<string>().Length);
        Assert.Equal(["their line", "my line", "hub line"], await MessagesAsync(ToolBench.Admin, new JsonObject { ["cursor"] = page["next_cursor"]!.GetValue<string>() }));
        Assert.Equal("invalid", (await Assert.ThrowsAsync<ToolRefusedException>(() => _bench.ReadAsync(Tool, ToolBench.Admin, new JsonObject { ["cursor"] = "no" }))).Status);
    }

    [Fact]
    public async Task A_log_that_cannot_be_searched_is_unavailable_and_safe_to_repeat()
    {
        var refusal = await Assert.ThrowsAsync<ToolRefusedException>(() => _bench.ReadAsync(new SearchLogs(new BrokenStore()), ToolBench.Admin, []));
        Assert.Equal(("unavailable", "unavailable"), (refusal.Status, refusal.Code));
    }

    [Fact]
    public async Task Every_editor_is_listed_with_what_it_opens()
    {
        var editors = (await _bench.ReadAsync(new ListEditors(), ToolBench.Member, []))["editors"]!.AsArray();
        Assert.Contains(editors, e => e!["id"]!.GetValue<string>() == "markdown" && e["writes"]!.GetValue<bool>());
        Assert.Contains("*.transcript.ndjson", editors.SelectMany(e => e!["patterns"]!.AsArray().Select(p => p!.GetValue<string>())));
    }

    private async Task<List<string>> MessagesAsync(ControlChat.Core.Accounts.Principal who, JsonObject arguments) =>
        [.. (await _bench.ReadAsync(Tool, who, arguments))["items"]!.AsArray().Select(r => r!["message"]!.GetValue<string>())];

    private sealed class BrokenStore : ILogStore
    {
        public Task<LogPage> SearchAsync(LogQuery query, CancellationToken cancellationToken) => throw new LogsUnavailableException("The log cannot be searched now.", new IOException());

        public Task<int> CountNewerAsync(LogQuery query, long id, CancellationToken cancellationToken) => throw new LogsUnavailableException("", new IOException());

        public Task CatchUpAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task ForgetAsync(IReadOnlyList<string> files, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
