using System.Text.Json.Nodes;
using ControlChat.Tests.HouseRules;

namespace ControlChat.Tests.Core.Sessions.Codex;

/// <summary>A recording of a real Codex: lines of <c>{"ms":93,"&lt;":{…}}</c> (the server said) and <c>{"ms":92,"&gt;":{…}}</c> (the client said).</summary>
internal static class Recording
{
    private const string Folder = "ControlChat.Tests/Core/Sessions/Codex/Recordings/";

    public static IEnumerable<string> AppServer => Names("app-");

    public static IEnumerable<string> Exec => Names("exec-");

    public static string PathOf(string file) => Path.Combine(Repository.Root, Folder, file);

    public static IReadOnlyList<RecordedLine> Of(string name) =>
        [.. File.ReadLines(PathOf(name + ".jsonl")).Select(l => JsonNode.Parse(l)!.AsObject()).Select(RecordedLine.Of)];

    /// <summary>The ids of the threads that were begun in it.</summary>
    public static IReadOnlyList<string> Threads(string name)
    {
        var lines = Of(name);
        return [.. lines.Where(l => l.IsOurs && l.Method == "thread/start")
            .Select(l => lines.First(a => !a.IsOurs && a.Method is null && a.Id == l.Id).Message["result"]?["thread"]?["id"]?.GetValue<string>()).OfType<string>()];
    }

    /// <summary>What belongs to one thread, as if the server had had no other.</summary>
    public static IReadOnlyList<RecordedLine> Of(string name, string thread)
    {
        var lines = Of(name);
        var begun = lines.First(l => !l.IsOurs && l.Method is null && l.Message["result"]?["thread"]?["id"]?.GetValue<string>() == thread).Id;
        HashSet<(bool, string?)> asked = [];
        List<RecordedLine> kept = [];
        foreach (var line in lines)
        {
            if (!(line.Method is null ? asked.Contains((!line.IsOurs, line.Id)) : IsAbout(line, thread, begun))) continue;
            asked.Add((line.IsOurs, line.Method is null ? null : line.Id));
            kept.Add(line);
        }
        return kept;
    }

    // The beginning of the process, this thread's own, and what the server says to everyone.
    private static bool IsAbout(RecordedLine line, string thread, string? begun)
    {
        var about = line.Message["params"]?["threadId"]?.GetValue<string>() ?? line.Message["params"]?["thread"]?["id"]?.GetValue<string>();
        if (about is not null) return about == thread;
        return !line.IsOurs || line.Method is "initialize" or "initialized" || line.Method == "thread/start" && line.Id == begun;
    }

    private static IEnumerable<string> Names(string prefix) =>
        Directory.EnumerateFiles(Path.Combine(Repository.Root, Folder), prefix + "*.jsonl").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal);
}

/// <param name="IsOurs">The client wrote it.</param>
internal sealed record RecordedLine(bool IsOurs, JsonObject Message)
{
    public string? Method => Message["method"]?.GetValue<string>();

    public string? Id => Message["id"]?.ToJsonString();

    public static RecordedLine Of(JsonObject line) => new(line.ContainsKey(">"), (line[">"] ?? line["<"] ?? new JsonObject { ["method"] = "exit" }).DeepClone().AsObject());
}
