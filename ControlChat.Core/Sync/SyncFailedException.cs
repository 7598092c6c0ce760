namespace ControlChat.Core.Sync;

/// <param name="message">For people: what went wrong and what to do.</param>
public sealed class SyncFailedException(string message) : Exception(message)
{
    public static SyncFailedException Outside(string message) => new(message) { IsOutside = true };

    /// <summary>Nothing is wrong with what was asked for: a program is missing, or a host does not answer.</summary>
    public bool IsOutside { get; init; }

    /// <summary>The message quotes what somebody else wrote.</summary>
    public bool Untrusted { get; init; }
}
