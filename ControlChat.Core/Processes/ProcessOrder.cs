namespace ControlChat.Core.Processes;

/// <summary>What to start: a program, its arguments as a list, and an environment built from nothing.</summary>
/// <param name="File">The program's path, or a name on PATH.</param>
/// <param name="Directory">Where it runs; must exist.</param>
/// <param name="Environment">All of it: nothing of this process's own is passed on.</param>
public sealed record ProcessOrder(string File, IReadOnlyList<string> Arguments, string Directory, IReadOnlyDictionary<string, string> Environment)
{
    /// <summary>The first byte it writes to stdout is no output but its sign that it began well: <see cref="LongProcess.Ready"/>.</summary>
    public bool Signs { get; init; }
}
