using System.Text.Json.Nodes;
using ControlChat.App.Layout;
using ControlChat.App.Ui;
using ControlChat.Core.Workspaces;

namespace ControlChat.App.Workspaces;

/// <summary>How a state looks and reads: an icon and a word.</summary>
internal static class WorkspaceLook
{
    public static string Icon(Workspace workspace) => workspace.State switch
    {
        WorkspaceState.Trashed => "trash",
        WorkspaceState.Archived => "archive",
        _ => "ok",
    };

    public static string Tone(Workspace workspace) => workspace.State switch
    {
        WorkspaceState.Trashed => "danger",
        WorkspaceState.Archived => "off",
        _ => "",
    };

    /// <summary>"Active", "Archived", or "Trash, 12 d": the days it is still kept.</summary>
    public static string Word(Workspace workspace, DateTimeOffset now) => workspace.State switch
    {
        WorkspaceState.Trashed => workspace.PurgeAt is { } purge ? Texts.TrashKept.With(Kept(purge - now)) : Texts.Trash,
        WorkspaceState.Archived => Texts.Archived,
        _ => Texts.Active,
    };

    /// <summary>What is selected, for the docked Ask: ids only, and titles for the reader's eyes.</summary>
    public static IReadOnlyList<PageChip> Chips(WorkspacesPageState state)
    {
        var chips = new List<PageChip>();
        if (state.Open is { Workspace: var open }) chips.Add(PageChip.Of("workspaces", open.Title, new() { ["page"] = "workspaces", ["workspace_id"] = open.Id }));
        if (state.Selected is { Count: > 0 } selected)
            chips.Add(PageChip.Of("workspaces", selected.Count == 1 ? selected[0].Title : Texts.ManySelected.With(selected.Count), new() { ["page"] = "workspaces", ["workspace_ids"] = new JsonArray([.. selected.Select(w => (JsonNode)w.Id)]) }));
        return chips;
    }

    /// <summary>The workspace that is open, else the only one that is selected.</summary>
    public static PageWorkspace? OnPage(WorkspacesPageState state) =>
        (state.Open?.Workspace ?? (state.Selected is [var only] ? only : null)) is { } one ? new PageWorkspace(one.Id, one.Title) : null;

    private static string Kept(TimeSpan left) => left switch
    {
        { Ticks: <= 0 } => Texts.Due,
        { TotalHours: < 1 } => Texts.UnderAnHour,
        { TotalDays: < 1 } => Texts.HoursLeft.With((int)left.TotalHours),
        _ => Texts.DaysLeft.With((int)Math.Ceiling(left.TotalDays)),
    };
}
