using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Workspaces;

namespace ControlChat.Core.Tools.Workspaces;

/// <summary>What the workspace tools say and answer, so that they all say it alike.</summary>
internal static class WorkspaceWords
{
    private static readonly string[] Numbers = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

    /// <summary>A title in a sentence: quoted, with what cannot be seen as marks.</summary>
    public static string Quote(string title) => $"'{NameWarnings.Marked(title)}'";

    /// <summary>The result of every tool that answers one workspace.</summary>
    public static JsonObject Result(Workspace workspace) => new() { ["workspace"] = JsonSerializer.SerializeToNode(workspace, Json.Wire) };

    public static JsonArray Tags(IEnumerable<string> tags) => new([.. tags.Select(t => (JsonNode)t)]);

    public static IReadOnlyList<string> Tags(JsonNode? tags) => [.. tags!.AsArray().Select(t => t!.GetValue<string>())];

    public static string Ambiguous(string title, IReadOnlyList<Workspace> found, DateTimeOffset now)
    {
        var shown = found.Take(Numbers.Length - 1).Select(w => $"{w.Id} (made {Day(w.CreatedAt, now)}{(w.State == WorkspaceState.Active ? "" : $", {Where(w)}")})");
        var number = found.Count < Numbers.Length ? Numbers[found.Count] : "more than ten";
        return $"There are {number} workspaces called {Quote(title)}: {string.Join(", ", shown)}. Name one by its id.";
    }

    /// <summary>Where a workspace is, in the middle of a sentence.</summary>
    public static string Where(Workspace workspace) => workspace.State switch
    {
        WorkspaceState.Trashed => "in the trash",
        WorkspaceState.Archived => "archived",
        _ => "active",
    };

    public static string Day(DateTimeOffset time, DateTimeOffset now) =>
        time.UtcDateTime.ToString(time.Year == now.Year ? "d MMMM" : "d MMMM yyyy", CultureInfo.InvariantCulture);

    /// <exception cref="ToolRefusedException"><c>conflict</c>: what is in the trash is not changed.</exception>
    public static void RequireKept(Workspace workspace)
    {
        if (workspace.IsTrashed) throw Conflict(workspace, $"{Quote(workspace.Title)} is in the trash. Restore it first with workspace.restore.");
    }

    /// <exception cref="ToolRefusedException"><c>conflict</c>: a workspace is not put away before its host was ordered to stop.</exception>
    public static void RequireHostUnwanted(Workspace workspace)
    {
        if (workspace.Host.IsWanted) throw Conflict(workspace, $"The host of {Quote(workspace.Title)} is {workspace.Host.State}. Stop it first with workspace.stop_host.");
    }

    /// <summary>A conflict whose message quotes the workspace.</summary>
    public static ToolRefusedException Conflict(Workspace workspace, string message) => new("conflict", "conflict", message) { Untrusted = workspace.Foreign };

    public static ToolRefusedException Refusal(TextProblem problem) => new("invalid", problem.Code, problem.Message);

    /// <summary>The row had moved on between the check of its version and the change.</summary>
    public static ToolRefusedException Moved() => ToolRefusedException.Conflict("The workspace changed meanwhile. Nothing was done; ask again.");
}
