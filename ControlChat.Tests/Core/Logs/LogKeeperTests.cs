using ControlChat.Core.Logs;
using ControlChat.Core.Logs.Sqlite;
using ControlChat.Core.Settings;
using ControlChat.Core.Telemetry;
using ControlChat.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace ControlChat.Tests.Core.Logs;

public sealed class LogKeeperTests
{
    [Fact]
    public async Task Old_days_go_at_start_and_every_hour_by_the_setting_of_now()
    {
        using var folder = new TempFolder();
        var time = new FakeTime();
        var settings = new TestSettings { Current = new HubOptions { Logs = new LogsSection { Days = 14 } } };
        foreach (var day in (string[])["20261107", "20261108", "20261120"]) File.WriteAllText(folder[$"controlchat-{day}.jsonl"], "");
        using var store = new SqliteLogStore(folder.Path);
        await using var writer = new LogWriter(new Redactor(), time, new LogFiles(folder.Path, time), Stream.Null);
        using var files = new LogFiles(folder.Path, time);
        using var keeper = new LogKeeper(store, files, writer, settings, time, NullLogger<LogKeeper>.Instance);
        await keeper.StartAsync(default);
        await Waiting.UntilAsync(() => !File.Exists(folder["controlchat-20261107.jsonl"]) && time.Waiting > 0);
        Assert.True(File.Exists(folder["controlchat-20261108.jsonl"]));
        settings.Current = new HubOptions { Logs = new LogsSection { Days = 1 } };
        time.Advance(TimeSpan.FromHours(1));
        await Waiting.UntilAsync(() => LogFileName.In(folder.Path).Count == 0);
        await keeper.StopAsync(default);
    }

    [Fact]
    public async Task Lines_reach_the_index_without_anyone_searching()
    {
        using var folder = new TempFolder();
        var time = new FakeTime();
        using var store = new SqliteLogStore(folder.Path);
        using var files = new LogFiles(folder.Path, time);
        await using var writer = new LogWriter(new Redactor(), time, new LogFiles(folder.Path, time), Stream.Null);
        using var keeper = new LogKeeper(store, files, writer, new TestSettings(), time, NullLogger<LogKeeper>.Instance);
        await keeper.StartAsync(default);
        writer.Write(new LogLine { Timestamp = time.GetUtcNow(), Level = "error", Message = "found by nobody", Category = "c", RunId = "run_1" });
        await writer.FlushAsync(default);
        // The file moves away, so that only what was indexed before can be found.
        await Waiting.UntilAsync(async () =>
        {
            using var other = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={folder["index.db"]};Mode=ReadOnly");
            try
            {
                other.Open();
                using var command = other.CreateCommand();
                command.CommandText = "select count(*) from lines where run_id = 'run_1'";
                return (long)(await command.ExecuteScalarAsync())! == 1;
            }
            catch (Microsoft.Data.Sqlite.SqliteException)
            {
                return false;
            }
        });
        await keeper.StopAsync(default);
    }
}
