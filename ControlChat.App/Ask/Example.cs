namespace ControlChat.App.Ask;

/// <summary>An example to begin with, with what it will lead to. Each is a sentence the offline planner understands as it stands.</summary>
/// <param name="Tool">Shown only on a hub that has it.</param>
/// <param name="Sends">False puts it into the composer, because its names are to be changed first.</param>
public sealed record Example(string Text, string Consequence, string Icon, string Tool, bool Sends)
{
    public const int Shown = 6;

    private static Example[] All =>
    [
        new("List my workspaces", Texts.ReadsOnly, "search", "workspace.list", true),
        new("Show the errors of the last 2 days", Texts.ReadsOnly, "logs", "logs.search", true),
        new("Create a workspace called flood-model tagged 2027", Texts.DoneAtOnceWithUndo, "plus", "workspace.create", true),
        new("Archive flood-model", Texts.ShowsAPlanYouApprove, "archive", "workspace.archive", false),
        new("Rename flood-model to flood-2027", Texts.DoneAtOnceWithUndo, "edit", "workspace.rename", false),
        new("Undo the last change", Texts.PlansTheWayBack, "undo", "undo", true),
        new("Show the audit record", Texts.ReadsOnly, "audit", "audit.search", true),
        new("Show the settings", Texts.ReadsOnly, "settings", "config.get", true),
        new("List the editors", Texts.ReadsOnly, "edit", "editors.list", true),
        new("/help", Texts.ListsEveryCommandAndSentence, "slash", "audit.search", true),
    ];

    public static IReadOnlyList<Example> For(IReadOnlyCollection<string> tools) => [.. All.Where(prompt => tools.Contains(prompt.Tool)).Take(Shown)];
}
