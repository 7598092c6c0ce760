using System.Text.Json;

namespace ControlChat.Core.Sessions.Codex;

/// <summary>
/// What Codex must not choose for itself, as flags: they stand above what is in its home, which the agent may write. Its model is the hub's relay;
/// its permission profile reads what every program reads, its own folder and the workspace, and writes the workspace alone.
/// </summary>
internal static class CodexConfiguration
{
    /// <summary>The name of the permission profile.</summary>
    public const string Profile = "hub";

    /// <summary>The variable with the session's handle, which stands for a key at the relay.</summary>
    public const string KeyVariable = "CONTROLCHAT_SESSION";

    /// <param name="hub">Where the agent reaches the hub, without a slash at the end.</param>
    /// <param name="catalog">The path of a model catalogue; null for Codex's own, where an unknown model gets no tool to edit files.</param>
    public static IReadOnlyList<string> Flags(CodexProgram program, string model, string hub, string? catalog) =>
    [
        "-c", $"model={Text(model)}", "-c", "model_provider=\"hub\"",
        "-c", $"model_providers.hub={{name=\"ControlChat\",base_url={Text(hub + "/agent-model/v1")},wire_api=\"responses\",env_key=\"{KeyVariable}\",request_max_retries=1,stream_max_retries=2}}",
        .. catalog is null ? [] : (string[])["-c", $"model_catalog_json={Text(catalog)}"],
        "-c", $"default_permissions=\"{Profile}\"",
        "-c", $"permissions.{Profile}.filesystem={{\":minimal\"=\"read\",{Text(program.Reads)}=\"read\",\":workspace_roots\"={{\".\"=\"write\",\".git\"=\"write\"}}}}",
        "-c", "approval_policy=\"on-request\"",
    ];

    /// <summary>A basic string of TOML takes the escapes of JSON, but not its slash: https://toml.io/en/v1.0.0#string</summary>
    public static string Text(string text) => JsonSerializer.Serialize(text, Plain);

    private static readonly JsonSerializerOptions Plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
