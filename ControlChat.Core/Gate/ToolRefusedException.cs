namespace ControlChat.Core.Gate;

/// <summary>
/// The one exception whose message reaches the model and the caller: it says what is wrong and what to try next,
/// and holds no secret and no path outside a workspace.
/// </summary>
/// <param name="status">An outcome status of contracts, section 3: <c>invalid|not_found|denied|conflict|…</c>.</param>
/// <param name="code">The stable <c>error.code</c>, often the same word.</param>
/// <param name="message">A sentence or two.</param>
public sealed class ToolRefusedException(string status, string code, string message) : Exception(message)
{
    public string Status { get; } = status;

    public string Code { get; } = code;

    /// <summary>The message quotes text that the run's own person did not type; it taints the run like an untrusted result.</summary>
    public bool Untrusted { get; init; }

    public static ToolRefusedException Invalid(string message) => new("invalid", "invalid", message);

    public static ToolRefusedException Ambiguous(string message) => new("invalid", "ambiguous", message);

    public static ToolRefusedException NotFound(string message) => new("not_found", "not_found", message);

    public static ToolRefusedException Denied(string message) => new("denied", "denied", message);

    public static ToolRefusedException Conflict(string message) => new("conflict", "conflict", message);
}
