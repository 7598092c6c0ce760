using System.Text;
using System.Text.Json;

namespace ControlChat.Core.Runner.Offline;

/// <summary>Results of reading tools as Markdown tables with what matters.</summary>
internal static class OutcomeTables
{
    private const int MostColumns = 5;

    // Fields that are shown when they are there, with their heading; other tools show their first plain fields.
    private static readonly Dictionary<string, (string Field, string Heading)[]> Columns = new(StringComparer.Ordinal)
    {
        ["workspace.list"] = [("title", "Title"), ("state", "State"), ("tags", "Tags"), ("pinned", "Pinned"), ("updated_at", "Changed"), ("id", "Id")],
        ["invitation.list"] = [("email", "For"), ("workspace_title", "Workspace"), ("workspace_role", "As"), ("state", "State"), ("expires_at", "Until"), ("invited_by_name", "By"), ("id", "Id")],
        ["config.get"] = [("key", "Setting"), ("value", "Value"), ("default", "Default"), ("kind", "Who may change it"), ("description", "What it does")],
        ["logs.search"] = [("at", "At"), ("level", "Level"), ("message", "Message"), ("run_id", "Run")],
        ["audit.search"] = [("seq", "#"), ("at", "At"), ("event", "Event"), ("tool", "Tool"), ("outcome", "Outcome"), ("action_id", "Action")],
        ["editors.list"] = [("name", "Name"), ("title", "Title"), ("kind", "Kind"), ("description", "What it does")],
    };

    public static string Render(OutcomeView outcome)
    {
        // Its patterns are a list, but no rows.
        if (outcome.Tool == "sync.status" || outcome.Rows is not { } rows) return Fields(outcome.Result);
        if (rows.Count == 0) return Nothing(outcome.Tool);
        var columns = Chosen(outcome.Tool, rows[0]);
        var table = new StringBuilder(Count(outcome.Tool, rows.Count)).Append("\n\n");
        Row(table, columns.Select(c => c.Heading));
        Row(table, columns.Select(_ => "---"));
        foreach (var row in rows) Row(table, columns.Select(c => OutcomeView.Cell(OutcomeView.Part(row, c.Field))));
        if (outcome.HasMore) table.Append("\nThere are more. Narrow the search to see them.");
        return table.ToString().TrimEnd();
    }

    private static (string Field, string Heading)[] Chosen(string tool, JsonElement first)
    {
        if (Columns.TryGetValue(tool, out var known) && known.Where(c => OutcomeView.Part(first, c.Field).ValueKind != JsonValueKind.Undefined).ToArray() is { Length: > 0 } present) return present;
        return [.. first.EnumerateObject().Where(p => p.Value.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array)).Take(MostColumns).Select(p => (p.Name, MarkdownText.Escape(p.Name)))];
    }

    // One thing: its fields, lists of lists left out.
    private static string Fields(JsonElement result)
    {
        if (result.ValueKind != JsonValueKind.Object) return "The tool answered nothing.";
        var inner = result.EnumerateObject().ToList() is [{ Value.ValueKind: JsonValueKind.Object } only] ? only.Value : result;
        var table = new StringBuilder("| Field | Value |\n| --- | --- |\n");
        foreach (var field in inner.EnumerateObject().Where(f => f.Value.ValueKind is not (JsonValueKind.Object or JsonValueKind.Null)))
            Row(table, [MarkdownText.Escape(field.Name), OutcomeView.Cell(field.Value)]);
        foreach (var part in OutcomeView.Part(inner, "progress") is { ValueKind: JsonValueKind.Object } progress ? progress.EnumerateObject().ToList() : [])
            Row(table, [MarkdownText.Escape(part.Name), OutcomeView.Cell(part.Value)]);
        return table.ToString().TrimEnd();
    }

    private static void Row(StringBuilder table, IEnumerable<string> cells) => table.Append("| ").AppendJoin(" | ", cells).Append(" |\n");

    private static string Count(string tool, int rows) => tool switch
    {
        "workspace.list" => rows == 1 ? "One workspace:" : $"{rows} workspaces:",
        "logs.search" => rows == 1 ? "One log line:" : $"{rows} log lines, newest first:",
        "audit.search" => rows == 1 ? "One row of the record:" : $"{rows} rows of the record, newest first:",
        "invitation.list" => rows == 1 ? "One invitation:" : $"{rows} invitations, newest first:",
        "config.get" => rows == 1 ? "One setting:" : $"{rows} settings:",
        _ => rows == 1 ? "One found:" : $"{rows} found:",
    };

    private static string Nothing(string tool) => tool switch
    {
        "workspace.list" => "No workspace fits. `/create TITLE` makes one.",
        "logs.search" => "No log line fits.",
        "audit.search" => "No row of the record fits.",
        "invitation.list" => "There are no invitations. `/invite EMAIL to TITLE as ROLE` makes one.",
        _ => "Nothing found.",
    };
}
