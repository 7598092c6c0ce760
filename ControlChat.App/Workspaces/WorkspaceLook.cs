using System.Globalization;
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
        WorkspaceState.Trashed => workspace.PurgeAt is { } purge ? $"Trash, {Kept(purge - now)}" : "Trash",
        WorkspaceState.Archived => "Archived",
        _ => "Active",
    };

    private static string Kept(TimeSpan left) => left switch
    {
        { Ticks: <= 0 } => "due",
        { TotalHours: < 1 } => "under 1 h",
        { TotalDays: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{(int)left.TotalHours} h"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(int)Math.Ceiling(left.TotalDays)} d"),
    };
}
