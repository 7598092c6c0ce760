namespace ControlChat.Core.Files;

/// <summary>Why something below the root is not to be had.</summary>
public enum FileProblem
{
    /// <summary>The path or a number is no good in itself.</summary>
    Invalid,

    /// <summary>It leads outside the root.</summary>
    Outside,

    /// <summary>A symbolic link stands where none may.</summary>
    Link,
    Absent,
    IsADirectory,
    NotADirectory,

    /// <summary>A pipe, a socket or a device.</summary>
    NotRegular,
    TooLarge,

    /// <summary>It is not in an encoding that can be edited.</summary>
    NotText,

    /// <summary>The system lets us not.</summary>
    Denied,

    /// <summary>It is there already, or changed since it was read.</summary>
    Stale,

    /// <summary>It changes so fast that it could not be opened safely.</summary>
    Busy,
}

/// <param name="Why">For the one who asked, a person or a model: what is wrong and what to try. No path outside the root, no content.</param>
/// <param name="Nearest">Paths that are there and look like the one asked for; empty when none does.</param>
public sealed record FileRefusal(FileProblem Problem, string Why, IReadOnlyList<string> Nearest)
{
    public FileRefusal(FileProblem problem, string why)
        : this(problem, why, [])
    {
    }
}
