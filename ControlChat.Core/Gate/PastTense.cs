namespace ControlChat.Core.Gate;

/// <summary>Turns a plan's summary ("Archive 'data'") into what was done ("Archived 'data'").</summary>
public static class PastTense
{
    private static readonly Dictionary<string, string> Words = new(StringComparer.Ordinal)
    {
        ["Create"] = "Created",
        ["Rename"] = "Renamed",
        ["Archive"] = "Archived",
        ["Unarchive"] = "Unarchived",
        ["Move"] = "Moved",
        ["Restore"] = "Restored",
        ["Purge"] = "Purged",
        ["Delete"] = "Deleted",
        ["Tag"] = "Tagged",
        ["Remove"] = "Removed",
        ["Pin"] = "Pinned",
        ["Unpin"] = "Unpinned",
        ["Set"] = "Set",
        ["Change"] = "Changed",
        ["Add"] = "Added",
        ["Invite"] = "Invited",
        ["Revoke"] = "Revoked",
        ["Reset"] = "Reset",
        ["Start"] = "Started",
        ["Stop"] = "Stopped",
        ["Configure"] = "Configured",
        ["Hand"] = "Handed",
        ["Push"] = "Began to push",
        ["Pull"] = "Began to pull",
        ["Undo:"] = "Undone:",
    };

    /// <summary>The first word in the past tense; an unknown one is announced by "Done:".</summary>
    public static string Of(string summary)
    {
        var end = summary.IndexOf(' ', StringComparison.Ordinal);
        return end > 0 && Words.TryGetValue(summary[..end], out var past) ? past + summary[end..] : $"Done: {summary}";
    }
}
