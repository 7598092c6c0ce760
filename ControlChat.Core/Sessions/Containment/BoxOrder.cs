namespace ControlChat.Core.Sessions.Containment;

/// <summary>A program to run in a namespace of its own. All paths are absolute, exist, and are the same inside as outside.</summary>
/// <param name="File">In <c>/usr</c> or in one of <paramref name="Programs"/>.</param>
/// <param name="Programs">Folders and files it may read besides <c>/usr</c>: its own.</param>
/// <param name="Workspace">It runs here, reads and writes. The same as <paramref name="State"/>: it has no workspace.</param>
/// <param name="State">The state of its session: <see cref="AgentFolder.Home"/>, which it reads and writes too.</param>
/// <param name="Environment">All of it. What runs inside can read it, so it holds no secret but the session's own handle.</param>
public sealed record BoxOrder(
    string File, IReadOnlyList<string> Arguments, IReadOnlyList<string> Programs, string Workspace, string State, IReadOnlyDictionary<string, string> Environment)
{
    public bool HasWorkspace => Workspace != State;

    /// <summary>Patterns of names in <see cref="State"/> that an earlier process of the session may have left; everything else there is removed first.</summary>
    public IReadOnlyList<string> Kept { get; init; } = [];

    /// <summary>The machine's network; without it there is none, not even loopback's.</summary>
    public bool HasNetwork { get; init; } = true;

    /// <summary>Where it runs, as it is called inside; null: the workspace.</summary>
    public string? Directory { get; init; }

    public BoxTerminal Terminal { get; init; }
}
