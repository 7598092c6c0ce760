namespace ControlChat.Core.Sessions.Transcripts;

/// <summary>What a check of a transcript found.</summary>
/// <param name="Records">Good ones before the first fault.</param>
/// <param name="LastSeq">Of the last good one.</param>
/// <param name="Problem">Null: none. <c>record_changed</c>: a line is not as it was written. <c>gap</c>, <c>order</c>: the next record is not the next one.
/// <c>torn</c>: the last line breaks off. <c>truncated</c>: records are missing at the end. <c>differs</c>: a record tells something else than the database.
/// <c>archive_damaged</c>: the copy in the archive, which is all there is here, is not as it was stored.</param>
/// <param name="FirstBadSeq">The sequence that should stand there.</param>
public sealed record TranscriptVerdict(bool Ok, long Records, long LastSeq, string? Problem, long? FirstBadSeq)
{
    /// <summary><c>file</c>, or <c>rows</c> (of a chat) or <c>archive</c> (of a terminal) where this process has no whole file of it.</summary>
    public string Source { get; init; } = "file";

    internal static TranscriptVerdict Good(long last) => new(true, last, last, null, null);

    internal static TranscriptVerdict Bad(long last, string problem) => new(false, last, last, problem, last + 1);
}
