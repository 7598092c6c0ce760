using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Sessions.Transcripts;

/// <summary>A transcript as Markdown. What people and agents wrote stands in quotes and fences, so that none of it is a heading of ours.</summary>
internal sealed class TranscriptMarkdown
{
    private static readonly JsonSerializerOptions Pretty = new(Json.Wire) { WriteIndented = true };
    private int _turn;

    public static string Head(Session session) => string.Create(CultureInfo.InvariantCulture,
        $"# Session {session.Id}\n\n- Workspace: {Span(session.WorkspaceId)}\n- Owner: {Span(session.OwnerId)}\n- Profile: {Span(session.Profile)}\n- Began: {Timestamps.Format(session.CreatedAt)}\n- State: {session.State}{(session.EndReason is { } why ? $" ({why})" : "")}\n");

    /// <returns>Empty for what a reader has no use for.</returns>
    public string Of(StoredSessionEvent stored)
    {
        var data = JsonNode.Parse(stored.Data)!.AsObject();
        var at = Timestamps.Format(stored.At);
        return stored.Type switch
        {
            SessionEvents.UserMessage => $"\n## Turn {++_turn}: {Plain(Text(data, "name") ?? "somebody")}, {at}\n\n{Quote(Text(data, "text"))}\n",
            SessionEvents.AgentMessage => $"\n### The agent, {at}\n\n{Quote(Text(data, "text"))}\n",
            SessionEvents.Reasoning => $"\n### Reasoning, {at}\n\n{Quote(Text(data, "text"))}\n",
            SessionEvents.CommandStarted => $"\n### Command, {at}\n\n{Fence("sh", Text(data, "command"))}\n",
            SessionEvents.CommandOutput => $"\n{Fence("text", Text(data, "text"))}\n",
            SessionEvents.CommandFinished => $"\n{Outcome(data)}\n{Output(data)}",
            SessionEvents.FileChange => FileChange(data, at),
            SessionEvents.Plan => Plan(data, at),
            SessionEvents.ToolCall => Tool(data, at),
            SessionEvents.ApprovalRequested => $"\n### A person was asked, {at}\n\n{Fence("json", data["subject"]?.ToJsonString(Pretty))}\n",
            SessionEvents.ApprovalResolved => $"\n- Answered: {Plain(Text(data, "answer") ?? "not any more")} ({at})\n",
            SessionEvents.Error => $"\n> **Error:** {Plain(Text(data, "text") ?? "")}\n",
            SessionEvents.System => $"\n_{Plain(Text(data, "text") ?? "")}_ ({at})\n",
            SessionEvents.Ended => $"\n---\n\nEnded {at}: {Plain(Text(data, "reason") ?? "")}\n",
            _ => "",
        };
    }

    private static string Outcome(JsonObject data) =>
        $"Command {Plain(Text(data, "status") ?? "")}{(data["exit_code"] is { } code ? $", exit code {code.ToJsonString()}" : "")}{(data["duration_ms"] is { } took ? $", {took.ToJsonString()} ms" : "")}.";

    private static string Output(JsonObject data) => string.Concat(new[] { Text(data, "output"), Text(data, "held") }.OfType<string>().Where(t => t.Length > 0).Select(t => $"\n{Fence("text", t)}\n"));

    private static string FileChange(JsonObject data, string at)
    {
        // Told twice: when it begins and when it is done.
        if (Text(data, "status") == "in_progress") return "";
        var text = new StringBuilder($"\n### Files changed ({Plain(Text(data, "status") ?? "")}), {at}\n");
        foreach (var file in data["files"]?.AsArray().OfType<JsonObject>() ?? [])
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{Plain(Text(file, "kind") ?? "")} {Span(Text(file, "path") ?? "")}{(Text(file, "moved_to") is { } to ? $" → {Span(to)}" : "")}\n");
            if (Text(file, "diff") is { Length: > 0 } diff) text.Append(CultureInfo.InvariantCulture, $"\n{Fence("diff", diff)}\n");
        }
        return text.ToString();
    }

    private static string Plan(JsonObject data, string at)
    {
        var steps = data["steps"]?.AsArray().OfType<JsonObject>().Select(s => $"- [{(Text(s, "status") == "completed" ? "x" : " ")}] {Plain(Text(s, "text") ?? "")}\n") ?? [];
        return $"\n### Plan, {at}\n\n{(Text(data, "note") is { } note ? Quote(note) + "\n\n" : "")}{string.Concat(steps)}";
    }

    private static string Tool(JsonObject data, string at)
    {
        if (Text(data, "status") == "in_progress") return "";
        var parts = new[] { ("arguments", data["arguments"]), ("result", data["result"]), ("error", data["error"]) }.Where(p => p.Item2 is not null)
            .Select(p => $"\n{p.Item1}:\n\n{Fence("json", p.Item2!.ToJsonString(Pretty))}\n");
        return $"\n### Tool {Span(Text(data, "tool") ?? "")} ({Plain(Text(data, "status") ?? "")}), {at}\n{string.Concat(parts)}";
    }

    /// <summary>A fenced block; its fence is longer than any run of backticks inside.</summary>
    public static string Fence(string language, string? text)
    {
        var fence = new string('`', Math.Max(3, LongestRun(text ?? "") + 1));
        return $"{fence}{language}\n{(text ?? "").TrimEnd('\n')}\n{fence}";
    }

    private static string Span(string text)
    {
        var fence = new string('`', LongestRun(text) + 1);
        return $"{fence} {text.ReplaceLineEndings(" ")} {fence}";
    }

    private static string Quote(string? text) => string.Join('\n', (text ?? "").ReplaceLineEndings("\n").Split('\n').Select(line => line.Length == 0 ? ">" : $"> {line}"));

    // One line in which nothing is markup.
    private static string Plain(string text)
    {
        var plain = new StringBuilder(text.Length);
        foreach (var c in text.ReplaceLineEndings(" "))
        {
            if (char.IsAsciiLetterOrDigit(c) || c > '~' || c is ' ' or '.' or ',' or ':' or ';' or '\'' or '"' or '?' or '/') plain.Append(c);
            else if (!char.IsControl(c)) plain.Append('\\').Append(c);
        }
        return plain.ToString();
    }

    private static int LongestRun(string text)
    {
        var (longest, run) = (0, 0);
        foreach (var c in text) longest = Math.Max(longest, run = c == '`' ? run + 1 : 0);
        return longest;
    }

    private static string? Text(JsonObject data, string name) => data[name] switch
    {
        null => null,
        JsonValue value when value.TryGetValue<string>(out var text) => text,
        var other => other.ToJsonString(),
    };
}
