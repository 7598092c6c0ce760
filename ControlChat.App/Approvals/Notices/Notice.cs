namespace ControlChat.App.Approvals.Notices;

/// <summary>What is told of approvals, the most urgent first.</summary>
internal enum NoticeKind
{
    /// <summary>One came that waits for the reader.</summary>
    Waits,

    /// <summary>One that waits ends soon.</summary>
    Ends,

    /// <summary>One of the reader's, or one they look at, was decided by somebody else or ended.</summary>
    Decided,
}

/// <summary>What is said of one or of many. A lock screen is public: the hub's own words, names of tools and numbers, nothing else.</summary>
/// <param name="Tag">Of its kind: one that comes later takes its place.</param>
/// <param name="Key">Of what it tells: other windows of the same browser know by it that it was told.</param>
/// <param name="Path">Where it leads, on the hub.</param>
internal sealed record Notice(string Tag, string Key, string Title, string Body, string Path)
{
    public string Text => $"{Title}. {Body}".TrimEnd();
}
