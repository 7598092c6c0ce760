namespace ControlChat.Core.Files;

/// <summary>What describing a workspace came to.</summary>
public abstract record ContentDescription
{
    /// <summary>Bytes of <see cref="Summary.Json"/>, at most, whatever the workspace holds.</summary>
    public const int MostBytes = 2_048;

    private ContentDescription()
    {
    }

    /// <param name="Json">An object: <c>profile</c>, totals, <c>as_of</c>, <c>checked</c> (what may have changed since), <c>categories</c> with counts and at most five samples each.</param>
    /// <param name="Scanned">Whether the directories were read for it; false: nothing had changed since they were.</param>
    public sealed record Summary(string Json, bool Scanned) : ContentDescription;

    public sealed record Refused(FileRefusal Refusal) : ContentDescription;
}
