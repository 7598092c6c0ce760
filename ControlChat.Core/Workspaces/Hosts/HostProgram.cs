namespace ControlChat.Core.Workspaces.Hosts;

/// <summary>The program that is the host: ours, started once for each workspace.</summary>
/// <param name="File">A path, or a name on PATH.</param>
/// <param name="Arguments">What comes before <c>--workspace ID --action ID --socket PATH</c>.</param>
public sealed record HostProgram(string File, IReadOnlyList<string> Arguments);
