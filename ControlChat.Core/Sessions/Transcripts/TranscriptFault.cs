namespace ControlChat.Core.Sessions.Transcripts;

/// <summary>Why a transcript cannot be written, for its session's people, and for how long it is only tried again before it is said.</summary>
internal sealed record TranscriptFault(TimeSpan Patience, string Words)
{
    // What .NET makes of an error of Linux keeps its number: asm-generic/errno-base.h and errno.h.
    private const int TryAgain = 11;
    private const int NoSpace = 28;
    private const int OverQuota = 122;
    private const string Rest = "The session goes on; what is missing is written when that is over.";

    private static readonly TranscriptFault _full = new(TimeSpan.Zero, $"The hub's disk is full: the transcript of this session is incomplete there. {Rest}");

    // Longer than a lease and the end of its agent: until then it may be the worker that this one took over from.
    private static readonly TranscriptFault _held = new(TimeSpan.FromSeconds(30), $"Another process of the hub holds the transcript of this session on disk, which is incomplete there. {Rest}");

    private static readonly TranscriptFault _other = new(TimeSpan.FromSeconds(4), $"The hub cannot write the transcript of this session to its disk, where it is incomplete; the hub's log says why. {Rest}");

    /// <summary>Null for what is no fault of the disk.</summary>
    public static TranscriptFault? Of(Exception e) => e switch
    {
        IOException { HResult: NoSpace or OverQuota } => _full,
        IOException { HResult: TryAgain } => _held,
        IOException or UnauthorizedAccessException => _other,
        _ => null,
    };
}
