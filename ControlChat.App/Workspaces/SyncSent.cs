namespace ControlChat.App.Workspaces;

/// <summary>What was typed into the dialog of a sync.</summary>
/// <param name="Direction"><c>push</c> or <c>pull</c>.</param>
public sealed record SyncSent(string Remote, string Direction, IReadOnlyList<string> Exclude);
