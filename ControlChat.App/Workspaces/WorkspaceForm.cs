namespace ControlChat.App.Workspaces;

/// <summary>What the dialog asks words for.</summary>
public enum WorkspaceForm
{
    Create,
    Rename,
    Tag,
}

/// <summary>What was typed into it.</summary>
public sealed record WorkspaceWordsSent(string Title, IReadOnlyList<string> Add, IReadOnlyList<string> Remove);
