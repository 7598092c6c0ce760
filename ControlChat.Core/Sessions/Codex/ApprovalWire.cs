using System.Text.Json;
using System.Text.Json.Serialization;

namespace ControlChat.Core.Sessions.Codex;

// Requests of the server and our answers to them. A test holds each field against the JSON schema.

internal sealed record CommandApprovalParams(
    string? ItemId, string? TurnId, string? Reason, string? Command, string? Cwd, JsonElement? AdditionalPermissions, JsonElement? NetworkApprovalContext);

internal sealed record FileApprovalParams(string? ItemId, string? TurnId, string? Reason, string? GrantRoot);

internal sealed record UserInputParams(string? ItemId, string? TurnId, IReadOnlyList<UserInputQuestion?>? Questions);

internal sealed record UserInputQuestion(string? Id, string? Header, string? Question, IReadOnlyList<UserInputOption?>? Options, bool IsSecret);

internal sealed record UserInputOption(string? Label, string? Description);

/// <param name="Meta">Codex's own question whether a tool may be called carries <c>"codex_approval_kind":"mcp_tool_call"</c> here.</param>
internal sealed record ElicitationParams(
    string? TurnId, string? ServerName, string? Mode, string? Message, JsonElement? RequestedSchema, string? Url,
    [property: JsonPropertyName("_meta")] JsonElement? Meta);

/// <param name="Decision"><c>accept</c>, <c>decline</c> or <c>cancel</c>. Never <c>acceptForSession</c>, which covers what comes later, nor
/// <c>acceptWithExecpolicyAmendment</c>, which writes a rule that outlives the session.</param>
internal sealed record DecisionResult(string Decision);

internal sealed record ElicitationResult(string Action, JsonElement? Content);

internal sealed record UserInputResult(IReadOnlyDictionary<string, UserInputAnswer> Answers);

internal sealed record UserInputAnswer(IReadOnlyList<string> Answers);

/// <summary>Grants nothing.</summary>
internal sealed record PermissionsResult(IReadOnlyDictionary<string, object> Permissions, string Scope = "turn");
