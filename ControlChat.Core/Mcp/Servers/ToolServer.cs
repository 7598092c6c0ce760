namespace ControlChat.Core.Mcp.Servers;

/// <summary>An outside server as it is known to this process.</summary>
/// <param name="Where">Its address or its program.</param>
/// <param name="IsThere">It answered when it was last looked at.</param>
/// <param name="Fault">Why it is not there; null also before the first look.</param>
public sealed record ToolServer(string Name, string Where, bool IsThere, string? Fault, IReadOnlyList<ToolServerTool> Tools);

/// <param name="Reads">The operator listed it as reading: it is called without asking.</param>
/// <param name="Fault">Why it is refused.</param>
/// <param name="Definition">Canonical JSON of what is pinned.</param>
/// <param name="Changed">What the server says instead, and its hash; null where it says what is pinned.</param>
public sealed record ToolServerTool(string Name, string FullName, bool Reads, ServerToolState State, string? Fault, string? Definition, string? Hash, string? Changed, string? ChangedHash);

public enum ServerToolState
{
    Offered,

    /// <summary>It came after the first sight of its server: not called until an admin accepts it.</summary>
    New,

    /// <summary>The server describes it otherwise than it is pinned: not called until an admin accepts it.</summary>
    Changed,

    /// <summary>It cannot be offered at all.</summary>
    Refused,
}
