using System.Globalization;
using System.Text.Json;
using ControlChat.Core.Logs;
using ControlChat.Core.Logs.Sqlite;
using ControlChat.Tests.Support;

namespace ControlChat.Tests.Core.Logs;

/// <summary>Log files in a folder of their own, written as the writer writes them, and the index over them.</summary>
internal sealed class LogBench : IDisposable
{
    private readonly TempFolder _folder = new();

    public LogBench()
    {
        System.IO.Directory.CreateDirectory(Directory);
        Store = new SqliteLogStore(Directory);
    }

    public static DateTimeOffset Start { get; } = new(2026, 11, 21, 8, 0, 0, TimeSpan.Zero);

    public string Directory => _folder["logs"];

    public SqliteLogStore Store { get; private set; }

    public void Line(string message, string level = "information", int minute = 0, string? run = null, string? conversation = null, string? tool = null, string? exception = null, string file = "controlchat-20261121.jsonl") =>
        File.AppendAllText(Path.Combine(Directory, file), JsonSerializer.Serialize(new Dictionary<string, string?>
        {
            ["timestamp"] = Start.AddMinutes(minute).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture),
            ["level"] = level,
            ["message"] = message,
            ["event"] = "E",
            ["category"] = "Rooms.Here",
            ["run_id"] = run,
            ["conversation_id"] = conversation,
            ["tool"] = tool,
            ["exception"] = exception,
        }) + "\n");

    public async Task<List<string>> FindAsync(LogQuery query) => [.. (await Store.SearchAsync(query, default)).Items.Select(r => r.Message)];

    public void Reopen()
    {
        Store.Dispose();
        Store = new SqliteLogStore(Directory);
    }

    public void Dispose()
    {
        Store.Dispose();
        _folder.Dispose();
    }
}
