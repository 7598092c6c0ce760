using System.Text.Json.Nodes;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Audit;

/// <summary>The record as CSV (RFC 4180) that a spreadsheet opens without running any of it.</summary>
internal static class AuditCsv
{
    private static readonly string[] Fields =
    [
        "seq", "id", "at", "event", "outcome", "actor", "approver", "tool", "action_id", "request_id", "plan_id", "plan_hash", "approval_id", "run_id",
        "conversation_id", "workspace_id", "trace_id", "policy_version", "data", "prev_hash", "body_hash", "hash",
    ];

    public static string Header => string.Join(',', Fields) + "\r\n";

    /// <returns>A line without its line feed.</returns>
    public static string Row(StoredRow row)
    {
        var fields = JsonNode.Parse(row.Line)!.AsObject();
        return string.Join(',', Fields.Select(f => Cell(Text(fields[f])))) + "\r";
    }

    private static string Text(JsonNode? value) => value switch
    {
        null => "",
        JsonValue v when v.TryGetValue(out string? text) => text,
        _ => CanonicalJson.Write(value),
    };

    // A cell that begins like a formula would be one: https://owasp.org/www-community/attacks/CSV_Injection
    internal static string Cell(string text)
    {
        var safe = text.Length > 0 && (text[0] is '=' or '+' or '-' or '@' || char.IsControl(text[0])) ? "'" + text : text;
        return safe.AsSpan().IndexOfAny(",\"\r\n") < 0 ? safe : '"' + safe.Replace("\"", "\"\"", StringComparison.Ordinal) + '"';
    }
}
