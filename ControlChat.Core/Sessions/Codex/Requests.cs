using System.Text.Json;
using System.Text.Json.Serialization;

namespace ControlChat.Core.Sessions.Codex;

// What we send, as the app-server of the pinned version takes it. A test holds each against its JSON schema.

internal sealed record InitializeParams(ClientInfo ClientInfo, InitializeCapabilities Capabilities);

internal sealed record ClientInfo(string Name, string Title, string Version);

/// <param name="ExperimentalApi">Needed for permission profiles and for ending background commands.</param>
internal sealed record InitializeCapabilities(bool ExperimentalApi);

/// <summary>There is no <c>sandbox</c> here on purpose: with it the server drops the permission profile without a word, and the agent reads the whole disk.</summary>
/// <param name="Permissions">The profile by name; a name that is not configured is an error.</param>
/// <param name="ApprovalsReviewer">Who decides; anything but <c>user</c> lets a model decide.</param>
internal sealed record ThreadStartParams(
    string Cwd, string ApprovalPolicy, string ApprovalsReviewer, string Permissions, string? DeveloperInstructions, IReadOnlyDictionary<string, object>? Config);

internal sealed record ThreadResumeParams(
    string ThreadId, string Cwd, string ApprovalPolicy, string ApprovalsReviewer, string Permissions, string? DeveloperInstructions, IReadOnlyDictionary<string, object>? Config, bool ExcludeTurns);

internal sealed record ThreadResult(ThreadInfo? Thread, string? Cwd, JsonElement? ApprovalPolicy, string? ApprovalsReviewer, ActivePermissionProfile? ActivePermissionProfile);

internal sealed record ThreadInfo(string? Id);

internal sealed record ActivePermissionProfile(string? Id);

internal sealed record TurnStartParams(string ThreadId, IReadOnlyList<TextInput> Input);

internal sealed record TurnStartResult(TurnInfo? Turn);

/// <param name="ExpectedTurnId">The message goes to this turn or to none.</param>
internal sealed record TurnSteerParams(string ThreadId, string ExpectedTurnId, IReadOnlyList<TextInput> Input);

internal sealed record TurnSteerResult(string? TurnId);

internal sealed record TextInput(string Text, string Type = "text");

internal sealed record TurnInterruptParams(string ThreadId, string TurnId);

internal sealed record BackgroundTerminalsCleanParams(string ThreadId);

/// <summary>A tool server in <c>thread/start.config</c>: over the wire only, and seen nowhere on disk.</summary>
internal sealed record McpServerConfig(
    [property: JsonPropertyName("url")] string Url,
    [property: JsonPropertyName("http_headers")] IReadOnlyDictionary<string, string>? HttpHeaders,
    [property: JsonPropertyName("default_tools_approval_mode")] string? DefaultToolsApprovalMode)
{
    /// <summary>Seconds a call may take, longer than the longest the hub's tools do; without it Codex gives up after a minute.</summary>
    [JsonPropertyName("tool_timeout_sec")]
    public int ToolTimeout => 900;
}
