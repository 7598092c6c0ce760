using System.Diagnostics;
using System.Text;
using System.Text.Json;
using ControlChat.Core.Telemetry;
using ControlChat.Tests.Support;
using Microsoft.Extensions.Logging;
using Xunit;

namespace ControlChat.Tests.Core.Telemetry;

public sealed partial class LogWriterTests : IAsyncDisposable
{
    private static readonly string[] Keys = ["timestamp", "level", "message", "event", "category", "run_id", "conversation_id", "agent", "tool", "trace_id", "span_id", "exception"];

    private readonly TempFolder _folder = new();
    private readonly FakeTime _time = new();
    private readonly MemoryStream _error = new();
    private readonly Redactor _redactor = new();
    private readonly LogWriter _writer;
    private readonly ILoggerFactory _factory;
    private readonly ILogger _logger;

    public LogWriterTests()
    {
        _writer = new LogWriter(_redactor, _time, new LogFiles(Directory, _time, mostBytes: 2_000), _error);
        _writer.OpenFiles();
        _factory = LoggerFactory.Create(b => b.SetMinimumLevel(LogLevel.Trace).AddProvider(new StructuredLog(_writer, _time)));
        _logger = _factory.CreateLogger("Rooms.Here");
    }

    private string Directory => _folder["logs"];

    public async ValueTask DisposeAsync()
    {
        _factory.Dispose();
        await _writer.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Every_line_has_the_stable_keys_and_the_ids_of_its_scope()
    {
        using (_logger.BeginRun("run_1", "conv_1", "control-agent"))
        using (_logger.BeginTool("workspace.list"))
            Slow(_logger, 12);
        Say(_logger, "outside");
        var lines = await LinesAsync();
        Assert.All(lines, l => Assert.Equal(Keys, l.EnumerateObject().Select(p => p.Name)));
        Assert.Equal("""{"timestamp":"2026-11-21T08:00:00.000Z","level":"warning","message":"It took 12 ms","event":"Slow","category":"Rooms.Here","run_id":"run_1","conversation_id":"conv_1","agent":"control-agent","tool":"workspace.list","trace_id":null,"span_id":null,"exception":null}""", lines[0].GetRawText());
        Assert.Equal(JsonValueKind.Null, lines[1].GetProperty("run_id").ValueKind);
        Assert.Equal(JsonValueKind.Null, lines[1].GetProperty("conversation_id").ValueKind);
    }

    [Fact]
    public async Task Standard_error_and_the_file_get_the_same_lines()
    {
        Say(_logger, "both");
        await _writer.FlushAsync(default);
        Assert.Equal(Encoding.UTF8.GetString(_error.ToArray()), File.ReadAllText(Path.Combine(Directory, "controlchat-20261121.jsonl")));
    }

    [Fact]
    public async Task The_file_is_for_its_owner_only()
    {
        Say(_logger, "mine");
        await _writer.FlushAsync(default);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(Directory, "controlchat-20261121.jsonl")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Directory));
    }

    [Fact]
    public async Task A_trace_of_the_flow_stands_on_its_lines()
    {
        using var activity = new Activity("run").SetIdFormat(ActivityIdFormat.W3C).Start();
        Say(_logger, "traced");
        Assert.Equal(activity.TraceId.ToString(), (await LinesAsync())[0].GetProperty("trace_id").GetString());
    }

    [Fact]
    public async Task Messages_exceptions_and_names_pass_the_redaction()
    {
        _redactor.Add("correct-horse");
        using (_logger.BeginScope(new LogScope(Tool: "correct-horse")))
            Failed(_logger, new InvalidOperationException("Password=hunter22;"), "https://x.example/p?t=abc");
        var text = (await LinesAsync())[0].GetRawText();
        Assert.DoesNotContain("correct-horse", text, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter22", text, StringComparison.Ordinal);
        Assert.DoesNotContain("t=abc", text, StringComparison.Ordinal);
        Assert.Contains("InvalidOperationException", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Characters_that_act_are_made_visible_and_a_line_stays_a_line()
    {
        Say(_logger, "red \u001b[31m\u202Eevil\u200B\r\nnext \"level\":\"error\"");
        var message = (await LinesAsync()).Single().GetProperty("message").GetString();
        Assert.Equal("red \\u001b[31m\\u202eevil\\u200b\\u000d\nnext \"level\":\"error\"", message);
    }

    [Fact]
    public async Task A_long_message_is_cut_and_says_so_and_a_broken_one_is_named()
    {
        Say(_logger, new string('a', 100_000));
        Say(_logger, "lone \uD800 surrogate");
        var lines = await LinesAsync();
        Assert.EndsWith("… (100000 characters)", lines[0].GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.True(lines[0].GetRawText().Length < 9_000);
        Assert.Contains("lone", lines[1].GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_day_or_a_full_part_begins_another_file()
    {
        Say(_logger, new string('a', 2_500));
        await _writer.FlushAsync(default);
        Say(_logger, "second part");
        await _writer.FlushAsync(default);
        _time.Advance(TimeSpan.FromHours(16));
        Say(_logger, "next day");
        await _writer.FlushAsync(default);
        Assert.Equal(["controlchat-20261121.jsonl", "controlchat-20261121.1.jsonl", "controlchat-20261122.jsonl"], LogFileName.In(Directory).Select(n => n.ToString()));
    }

    [Fact]
    public async Task A_restart_appends_and_closes_a_torn_line()
    {
        System.IO.Directory.CreateDirectory(Directory);
        var file = Path.Combine(Directory, "controlchat-20261121.jsonl");
        File.WriteAllText(file, """{"timestamp":"2026-11-21T0""");
        Say(_logger, "after the crash");
        await _writer.FlushAsync(default);
        var lines = File.ReadAllLines(file);
        Assert.Equal(2, lines.Length);
        Assert.Contains("after the crash", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Old_days_are_deleted_and_nothing_else()
    {
        System.IO.Directory.CreateDirectory(Directory);
        foreach (var name in (string[])["controlchat-20261101.jsonl", "controlchat-20261101.2.jsonl", "controlchat-20261120.jsonl", "notes.txt", "controlchat-2026.jsonl"])
            File.WriteAllText(Path.Combine(Directory, name), "");
        using var files = new LogFiles(Directory, _time);
        Assert.Equal(2, files.DeleteBefore(new DateOnly(2026, 11, 20)).Count);
        Assert.Equal(["controlchat-2026.jsonl", "controlchat-20261120.jsonl", "notes.txt"], System.IO.Directory.EnumerateFiles(Directory).Select(Path.GetFileName).Order());
        await Task.CompletedTask;
    }

    [Fact]
    public async Task A_disk_that_cannot_be_written_costs_lines_and_not_the_hub()
    {
        File.WriteAllText(Directory, "a file where the directory should be");
        Say(_logger, "lost one");
        await _writer.FlushAsync(default);
        Say(_logger, "lost two");
        await _writer.FlushAsync(default);
        Assert.Contains("lost two", Encoding.UTF8.GetString(_error.ToArray()), StringComparison.Ordinal);
        File.Delete(Directory);
        _time.Advance(TimeSpan.FromSeconds(6));
        Say(_logger, "kept");
        var lines = await LinesAsync();
        Assert.StartsWith("2 log lines could not be written (", lines[0].GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal("kept", lines[1].GetProperty("message").GetString());
    }

    [Fact]
    public async Task Lines_that_come_faster_than_they_can_be_written_are_counted()
    {
        using var slow = new GatedStream();
        await using var writer = new LogWriter(_redactor, _time, null, slow);
        var line = new LogLine { Timestamp = _time.GetUtcNow(), Level = "information", Message = "m", Category = "c" };
        writer.Write(line);
        await slow.Reached.Task.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        for (var i = 0; i < 10_000; i++) writer.Write(line);
        slow.Open.Set();
        await writer.FlushAsync(TestContext.Current.CancellationToken);
        Assert.Contains($"{10_000 - 8_192} log lines were dropped", slow.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Before_the_files_are_the_processes_own_lines_wait_in_memory()
    {
        await using var writer = new LogWriter(_redactor, _time, new LogFiles(_folder["later"], _time), Stream.Null);
        var line = new LogLine { Timestamp = _time.GetUtcNow(), Level = "information", Message = "early", Category = "c" };
        writer.Write(line);
        await writer.FlushAsync(default);
        Assert.False(System.IO.Directory.Exists(_folder["later"]));
        writer.OpenFiles();
        writer.Write(line with { Message = "late" });
        await writer.FlushAsync(default);
        Assert.Equal(["early", "late"], File.ReadLines(Path.Combine(_folder["later"], "controlchat-20261121.jsonl")).Select(l => JsonDocument.Parse(l).RootElement.GetProperty("message").GetString()));
    }

    [Fact]
    public async Task Stopping_writes_what_was_handed_over()
    {
        for (var i = 0; i < 500; i++) Say(_logger, "last words");
        await _writer.DisposeAsync();
        Assert.Equal(500, LogFileName.In(Directory).Sum(n => File.ReadLines(Path.Combine(Directory, n.ToString())).Count()));
    }

    private async Task<List<JsonElement>> LinesAsync()
    {
        await _writer.FlushAsync(TestContext.Current.CancellationToken);
        return [.. LogFileName.In(Directory).SelectMany(n => File.ReadLines(Path.Combine(Directory, n.ToString()))).Select(l => JsonDocument.Parse(l).RootElement)];
    }

    [LoggerMessage(LogLevel.Information, "{Text}")]
    private static partial void Say(ILogger logger, string text);

    [LoggerMessage(LogLevel.Warning, "It took {Ms} ms", EventName = "Slow")]
    private static partial void Slow(ILogger logger, int ms);

    [LoggerMessage(LogLevel.Error, "key correct-horse at {Url}")]
    private static partial void Failed(ILogger logger, Exception exception, string url);

    // Standard error that does not take anything until a test lets it.
    private sealed class GatedStream : MemoryStream
    {
        public TaskCompletionSource Reached { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public ManualResetEventSlim Open { get; } = new();

        public string Text => Encoding.UTF8.GetString(ToArray());

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            Reached.TrySetResult();
            Open.Wait(TimeSpan.FromSeconds(10));
            base.Write(buffer);
        }
    }
}
