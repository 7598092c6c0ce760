using System.Text.Json;

namespace ControlChat.Core.Gate;

/// <param name="Tool">Its name, dotted.</param>
/// <param name="RequestId">8-128 characters of <c>[A-Za-z0-9_.:-]</c>; the idempotency key within (principal, tool).</param>
/// <param name="Arguments">As sent; checked against the tool's schema.</param>
/// <param name="Origin">By which door.</param>
/// <param name="DryRun">Plan only; stores no idempotency record.</param>
public sealed record ToolCall(string Tool, string? RequestId, JsonElement Arguments, CallOrigin Origin, bool DryRun = false)
{
    /// <summary>Set by the page or route whose action it is: see <see cref="ToolDefinition.IsCommand"/>.</summary>
    public bool IsCommand { get; init; }
}
