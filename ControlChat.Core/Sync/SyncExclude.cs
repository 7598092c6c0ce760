namespace ControlChat.Core.Sync;

/// <summary>What a sync leaves out: patterns as rsync knows them (man 1 rsync, "FILTER RULES"), and nothing that it would take for a rule of another kind.</summary>
public static class SyncExclude
{
    public const int MostPatterns = 50;
    public const int MostChars = 200;

    /// <summary>What is wrong with a pattern, as a sentence; null when nothing is.</summary>
    public static string? Fault(string pattern) => pattern switch
    {
        "" => "A pattern to leave out is empty.",
        { Length: > MostChars } => $"A pattern to leave out is longer than {MostChars} characters.",
        _ when pattern.Any(char.IsControl) => "A pattern to leave out holds a line break or another control character.",
        // A leading "- " or "+ " would be a rule, "!" would forget all rules before it.
        _ when pattern[0] is '-' or '+' or '!' or ' ' => "A pattern to leave out begins with '-', '+', '!' or a space; begin it with a letter, '/', '.' or '*'.",
        _ => null,
    };
}
