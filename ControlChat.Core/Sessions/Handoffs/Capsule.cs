using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Sessions.Handoffs;

/// <summary>A task as it is handed to a workspace agent: all that the agent is told, and all that its report is checked against.</summary>
/// <param name="Parameters">Facts for the task, such as an address; null: none.</param>
/// <param name="AllowedPaths">Relative to the workspace; null: anywhere in it. Checked afterwards, not enforced: what bounds an agent is its workspace.</param>
/// <param name="Deadline">The session ends then at the latest; null: when its own time is over.</param>
/// <param name="BudgetTokens">Of the model, input and output together; null: what the owner's day allows.</param>
/// <param name="Artefacts">Files and directories that must be there at the end, relative to the workspace.</param>
public sealed record Capsule(
    string WorkspaceId, string Goal, JsonObject? Parameters, IReadOnlyList<string>? AllowedPaths, DateTimeOffset? Deadline, long? BudgetTokens, IReadOnlyList<string> Artefacts)
{
    private static readonly JsonSerializerOptions Indented = new(Json.Wire) { WriteIndented = true, IndentCharacter = ' ', IndentSize = 2 };

    /// <summary>It has a session of its own, which ends with it.</summary>
    [JsonIgnore]
    public bool IsBound => Deadline is not null || BudgetTokens is not null;

    public JsonObject ToJson() => JsonSerializer.SerializeToNode(this, Json.Wire)!.AsObject();

    public static Capsule Read(string json) => Json.Read<Capsule>(json);

    /// <summary>The agent's first message: always these parts in this order, those that are empty left out.</summary>
    public string ToMessage()
    {
        var text = new StringBuilder("This task was handed over to you from the hub's chat. Do it in this workspace.\n\nGoal:\n").Append(Goal).Append('\n');
        if (Parameters is { Count: > 0 }) text.Append("\nParameters:\n").Append(Parameters.ToJsonString(Indented)).Append('\n');
        if (AllowedPaths is { } allowed) List(text, "Make and change files only here:", allowed);
        if (Artefacts.Count > 0) List(text, "These must be there at the end, relative to the workspace:", Artefacts);
        if (Deadline is { } deadline) text.Append("\nBe done by ").Append(Timestamps.Format(deadline)).Append("; you are stopped then.\n");
        if (BudgetTokens is { } budget) text.Append(CultureInfo.InvariantCulture, $"\nYou may use {budget} tokens of the model in all.\n");
        return text.Append("\nYour last message is your report: what you did, which files you made or changed, and what did not work. It is checked against the files.").ToString();
    }

    private static void List(StringBuilder text, string head, IEnumerable<string> paths)
    {
        text.Append('\n').Append(head).Append('\n');
        foreach (var path in paths) text.Append("- ").Append(path).Append('\n');
    }
}
