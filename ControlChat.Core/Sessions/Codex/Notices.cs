using System.Text.Json;
using System.Text.Json.Serialization;

namespace ControlChat.Core.Sessions.Codex;

// What we read of the server's notifications. A test holds each field against the JSON schema; fields that are not here are left alone.

internal sealed record TurnNotice(TurnInfo? Turn);

internal sealed record TurnInfo(string? Id, string? Status, TurnFault? Error, long? DurationMs);

/// <param name="CodexErrorInfo">A word, or an object with one field: <c>{"httpConnectionFailed":{"httpStatusCode":401}}</c>.</param>
internal sealed record TurnFault(string? Message, JsonElement? CodexErrorInfo, string? AdditionalDetails);

internal sealed record ErrorNotice(TurnFault? Error, bool WillRetry, string? TurnId);

internal sealed record ItemNotice(JsonElement Item, string? TurnId);

internal sealed record DeltaNotice(string? ItemId, string? Delta, string? TurnId);

internal sealed record PatchNotice(string? ItemId, IReadOnlyList<FileUpdate?>? Changes, string? TurnId);

internal sealed record FileUpdate(string? Path, ChangeKind? Kind, string? Diff);

internal sealed record ChangeKind(string? Type, [property: JsonPropertyName("move_path")] string? MovePath);

internal sealed record PlanNotice(string? Explanation, IReadOnlyList<PlanEntry?>? Plan, string? TurnId);

internal sealed record PlanEntry(string? Step, string? Status);

internal sealed record UsageNotice(ThreadUsage? TokenUsage, string? TurnId);

internal sealed record ThreadUsage(UsageCount? Total, UsageCount? Last, long? ModelContextWindow);

internal sealed record UsageCount(long InputTokens, long CachedInputTokens, long OutputTokens, long ReasoningOutputTokens);

internal sealed record MessageNotice(string? Message);

internal sealed record SummaryNotice(string? Summary, string? Details);

internal sealed record ToolServerNotice(string? Name, string? Status, string? Error);

internal sealed record ResolvedNotice(JsonElement RequestId);
