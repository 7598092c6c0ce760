namespace ControlChat.Core.Sessions.Terminals.Archives;

/// <summary>The archived copy of a transcript is not as it was stored. The words are for its session's people.</summary>
public sealed class TranscriptDamagedException : IOException
{
    internal TranscriptDamagedException(string sessionId, string what) : base(
        $"The archived transcript of {sessionId} is damaged: {what}. Nothing of it is given out from there. Restore the hub's database from a backup, or put the files back where the session ran.")
    {
    }
}
