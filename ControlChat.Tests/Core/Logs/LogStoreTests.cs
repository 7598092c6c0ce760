using ControlChat.Core.Logs;
using Xunit;

namespace ControlChat.Tests.Core.Logs;

public sealed class LogStoreTests : IDisposable
{
    private readonly LogBench _logs = new();

    public void Dispose() => _logs.Dispose();

    [Fact]
    public async Task A_search_sees_every_line_written_before_it_newest_first()
    {
        _logs.Line("one");
        Assert.Equal(["one"], await _logs.FindAsync(new LogQuery()));
        _logs.Line("two", minute: 1);
        Assert.Equal(["two", "one"], await _logs.FindAsync(new LogQuery()));
    }

    [Fact]
    public async Task Every_filter_narrows()
    {
        _logs.Line("disk is filling", "warning", 1, run: "run_1", conversation: "conv_1", tool: "workspace.list");
        _logs.Line("disk is full", "error", 2, run: "run_2", conversation: "conv_1");
        _logs.Line("all well", "information", 3);
        Assert.Equal(["disk is full", "disk is filling"], await _logs.FindAsync(new LogQuery { Level = "warning" }));
        Assert.Equal(["disk is full", "disk is filling"], await _logs.FindAsync(new LogQuery { ConversationId = "conv_1" }));
        Assert.Equal(["disk is filling"], await _logs.FindAsync(new LogQuery { RunId = "run_1" }));
        Assert.Equal(["disk is filling"], await _logs.FindAsync(new LogQuery { Tool = "workspace.list" }));
        Assert.Equal(["disk is full", "disk is filling"], await _logs.FindAsync(new LogQuery { Text = "DISK fil ful".Replace(" fil ful", " is", StringComparison.Ordinal) }));
        Assert.Equal(["disk is filling"], await _logs.FindAsync(new LogQuery { Text = "disk fill" }));
        Assert.Equal(["disk is full"], await _logs.FindAsync(new LogQuery { From = LogBench.Start.AddMinutes(2), To = LogBench.Start.AddMinutes(3) }));
    }

    [Fact]
    public async Task Text_is_never_read_as_the_searchs_own_grammar()
    {
        _logs.Line("a \"quoted\" thing* NOT near");
        Assert.Single(await _logs.FindAsync(new LogQuery { Text = "\"quoted\" thing* NOT" }));
        Assert.Empty(await _logs.FindAsync(new LogQuery { Text = "message:other OR" }));
        Assert.Empty(await _logs.FindAsync(new LogQuery { Text = "--- %%%" }));
        Assert.Single(await _logs.FindAsync(new LogQuery { Text = "*" }));
    }

    [Fact]
    public async Task Only_the_runs_one_may_see_are_searched()
    {
        _logs.Line("mine", run: "run_1");
        _logs.Line("theirs", run: "run_2");
        _logs.Line("nobody's");
        Assert.Equal(["mine"], await _logs.FindAsync(new LogQuery { OnlyRuns = ["run_1"] }));
        Assert.Empty(await _logs.FindAsync(new LogQuery { OnlyRuns = ["run_1"], RunId = "run_2" }));
        Assert.Empty(await _logs.FindAsync(new LogQuery { OnlyRuns = [] }));
    }

    [Fact]
    public async Task Pages_go_by_key_and_lose_nothing_while_lines_come()
    {
        for (var i = 0; i < 25; i++) _logs.Line($"line {i}");
        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var page = await _logs.Store.SearchAsync(new LogQuery { Limit = 10, Cursor = cursor }, default);
            seen.AddRange(page.Items.Select(r => r.Message));
            cursor = page.NextCursor;
            _logs.Line("meanwhile");
        }
        while (cursor is not null);
        Assert.Equal(Enumerable.Range(0, 25).Reverse().Select(i => $"line {i}"), seen);
        await Assert.ThrowsAsync<FormatException>(() => _logs.Store.SearchAsync(new LogQuery { Cursor = "x" }, default));
    }

    [Fact]
    public async Task What_came_since_is_counted_by_the_same_filters()
    {
        _logs.Line("old");
        var newest = (await _logs.Store.SearchAsync(new LogQuery(), default)).Items[0].Id;
        for (var i = 0; i < 3; i++) _logs.Line("new", i == 0 ? "error" : "information");
        Assert.Equal(3, await _logs.Store.CountNewerAsync(new LogQuery(), newest, default));
        Assert.Equal(1, await _logs.Store.CountNewerAsync(new LogQuery { Level = "error" }, newest, default));
    }

    [Fact]
    public async Task A_missing_or_damaged_index_is_built_again_from_the_files()
    {
        _logs.Line("from yesterday", file: "controlchat-20261120.jsonl");
        for (var i = 0; i < 50; i++) _logs.Line($"today {i}", file: "controlchat-20261121.1.jsonl");
        Assert.Equal(50, (await _logs.FindAsync(new LogQuery { Text = "today", Limit = 200 })).Count);
        _logs.Store.Dispose();
        foreach (var file in Directory.EnumerateFiles(_logs.Directory, "index.db*")) File.Delete(file);
        _logs.Reopen();
        Assert.Equal("from yesterday", (await _logs.FindAsync(new LogQuery { Limit = 200 }))[^1]);
        _logs.Store.Dispose();
        foreach (var file in Directory.EnumerateFiles(_logs.Directory, "index.db-*")) File.Delete(file);
        File.WriteAllText(Path.Combine(_logs.Directory, "index.db"), new string('x', 10_000));
        _logs.Reopen();
        Assert.Equal(51, (await _logs.FindAsync(new LogQuery { Limit = 200 })).Count);
    }

    [Fact]
    public async Task A_restart_goes_on_where_the_index_stood()
    {
        _logs.Line("one");
        await _logs.Store.CatchUpAsync(default);
        _logs.Reopen();
        _logs.Line("two");
        Assert.Equal(["two", "one"], await _logs.FindAsync(new LogQuery()));
    }

    [Fact]
    public async Task Torn_and_foreign_lines_are_passed_over_and_half_a_line_waits_for_its_end()
    {
        var file = Path.Combine(_logs.Directory, "controlchat-20261121.jsonl");
        File.AppendAllText(file, "{\"timestamp\":\"2026-11\nnot json\n[1]\n{\"level\":\"odd\",\"timestamp\":\"x\"}\n\n");
        _logs.Line("whole");
        File.AppendAllText(file, """{"timestamp":"2026-11-21T08:00:00.000Z","level":"error",""");
        Assert.Equal(["whole"], await _logs.FindAsync(new LogQuery()));
        File.AppendAllText(file, "\"message\":\"late\"}\n");
        Assert.Equal(["late", "whole"], await _logs.FindAsync(new LogQuery()));
    }

    [Fact]
    public async Task Lines_of_a_deleted_file_are_forgotten_by_text_too()
    {
        _logs.Line("ancient", file: "controlchat-20261101.jsonl");
        _logs.Line("recent");
        Assert.Equal(2, (await _logs.FindAsync(new LogQuery())).Count);
        File.Delete(Path.Combine(_logs.Directory, "controlchat-20261101.jsonl"));
        await _logs.Store.ForgetAsync(["controlchat-20261101.jsonl"], default);
        Assert.Equal(["recent"], await _logs.FindAsync(new LogQuery()));
        Assert.Empty(await _logs.FindAsync(new LogQuery { Text = "ancient" }));
    }

    [Fact]
    public async Task An_index_that_cannot_be_kept_says_so_and_answers_again_later()
    {
        _logs.Line("here");
        var index = Path.Combine(_logs.Directory, "index.db");
        Directory.CreateDirectory(index);
        var refusal = await Assert.ThrowsAsync<LogsUnavailableException>(() => _logs.Store.SearchAsync(new LogQuery(), default));
        Assert.StartsWith("The log cannot be searched now (", refusal.Message, StringComparison.Ordinal);
        Directory.Delete(index);
        Assert.Equal(["here"], await _logs.FindAsync(new LogQuery()));
    }
}
