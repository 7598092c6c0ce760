namespace ControlChat.Core.Files;

/// <summary>What moving something into a workspace came to.</summary>
public abstract record FileMoving
{
    private FileMoving()
    {
    }

    public sealed record Moved : FileMoving;

    /// <summary>It lies on another file system, from which nothing is moved but only copied. Nothing was done.</summary>
    public sealed record OtherDisk : FileMoving;

    /// <summary>Nothing was moved.</summary>
    public sealed record Refused(FileRefusal Refusal) : FileMoving;
}
