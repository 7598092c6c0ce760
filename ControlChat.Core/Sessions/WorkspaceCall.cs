using System.Text.Json;
using System.Text.Json.Nodes;

namespace ControlChat.Core.Sessions;

/// <summary>A call of one tool of a workspace.</summary>
/// <param name="Tool">Its name on the wire.</param>
/// <param name="Scope">What it takes, of <see cref="Tokens.AgentScopes"/>.</param>
/// <param name="Writes">Whether it may change something: then it is on the record before it begins.</param>
/// <param name="Arguments">As they came.</param>
public sealed record WorkspaceCall(string Tool, string Scope, bool Writes, JsonElement Arguments)
{
    /// <summary>Every name of this tool: who stops one of them means the tool.</summary>
    public IReadOnlyList<string> Names { get; init; } = [Tool];
}

/// <summary>What came of a call.</summary>
/// <param name="Status">As outcomes have it: <c>completed|invalid|not_found|denied|conflict|frozen|rate_limited|unavailable|failed</c>.</param>
/// <param name="Code">Beside <paramref name="Status"/>, closer; null when it was completed.</param>
/// <param name="Words">For the model; null when it was completed.</param>
/// <param name="Result">Null unless it was completed.</param>
public sealed record WorkspaceOutcome(string Status, string? Code, string? Words, JsonObject? Result)
{
    public bool IsCompleted => Result is not null;

    public static WorkspaceOutcome Completed(JsonObject result) => new("completed", null, null, result);

    public static WorkspaceOutcome Refused(string status, string code, string words) => new(status, code, words, null);
}
