namespace ControlChat.Core.Sessions.Terminals.Records;

/// <summary>Why a terminal's transcript cannot be written, for its people.</summary>
internal static class RecordFault
{
    // What .NET makes of an error of Linux keeps its number: asm-generic/errno-base.h and errno.h.
    private const int NoSpace = 28;
    private const int OverQuota = 122;
    private const string Rest = "The terminal goes on. The newest 8 MiB are kept in memory and written when that is over; what does not fit is marked as a gap.";

    /// <summary>The disk takes a write and does not come back from it.</summary>
    public const string Hangs = $"The hub's disk does not answer: the transcript of this terminal is not written now. {Rest}";

    /// <summary>What opening it fails with while another process has it: EAGAIN.</summary>
    public const int InUse = 11;

    /// <summary>Why no terminal begins with it, without a place of this machine's.</summary>
    public static string AtStart(Exception e) => e switch
    {
        IOException { HResult: NoSpace or OverQuota } => "The hub's disk is full, and a terminal is not run without its transcript. Make room on it, then start a new one.",
        { HResult: InUse } => "The transcript of this terminal is still written by another process.",
        _ => "The hub cannot write the transcript of this terminal to its disk, and a terminal is not run without it. The hub's log says why.",
    };

    /// <summary>Null for what is no fault of the disk.</summary>
    public static string? Of(Exception e) => e switch
    {
        IOException { HResult: NoSpace or OverQuota } => $"The hub's disk is full: the transcript of this terminal is not written now. {Rest}",
        IOException or UnauthorizedAccessException => $"The hub cannot write the transcript of this terminal to its disk now; the hub's log says why. {Rest}",
        _ => null,
    };
}
