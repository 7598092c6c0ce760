namespace ControlChat.App.Ask;

/// <summary>An example to begin with, with what it will lead to. Each is a sentence the offline planner understands as it stands.</summary>
/// <param name="Tool">Shown only on a hub that has it.</param>
/// <param name="Sends">False puts it into the composer, because its names are to be changed first.</param>
public sealed record Example(string Text, string Consequence, string Icon, string Tool, bool Sends)
{
    public const int Shown = 6;

    private static readonly Example[] All =
    [
        new("List my workspaces", "Reads only", "search", "workspace.list", true),
        new("Show the errors of the last 2 days", "Reads only", "logs", "logs.search", true),
        new("Create a workspace called flood-model tagged 2027", "Done at once, with Undo", "plus", "workspace.create", true),
        new("Archive flood-model", "Shows a plan, you approve", "archive", "workspace.archive", false),
        new("Rename flood-model to flood-2027", "Done at once, with Undo", "edit", "workspace.rename", false),
        new("Undo the last change", "Plans the way back", "undo", "undo", true),
        new("Show the audit record", "Reads only", "audit", "audit.search", true),
        new("Show the settings", "Reads only", "settings", "config.get", true),
        new("List the editors", "Reads only", "edit", "editors.list", true),
        new("/help", "Lists every command and sentence", "slash", "audit.search", true),
    ];

    public static IReadOnlyList<Example> For(IReadOnlyCollection<string> tools) => [.. All.Where(prompt => tools.Contains(prompt.Tool)).Take(Shown)];
}
