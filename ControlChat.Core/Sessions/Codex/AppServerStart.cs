using System.Text.Json;
using System.Text.RegularExpressions;

namespace ControlChat.Core.Sessions.Codex;

/// <summary>How a thread is begun or taken up, and what its answer must say.</summary>
internal static partial class AppServerStart
{
    private const string OnRequest = "on-request";
    private const string User = "user";

    public static InitializeParams Hello { get; } = new(
        new ClientInfo("controlchat", "ControlChat", typeof(AppServerStart).Assembly.GetName().Version?.ToString(3) ?? "0"), new InitializeCapabilities(ExperimentalApi: true));

    public static (string Method, object Parameters) Of(AgentOrder order)
    {
        var config = Config(order.ToolServers);
        return order.ThreadId is { } thread
            ? ("thread/resume", new ThreadResumeParams(thread, order.Directory, OnRequest, User, order.PermissionProfile, order.Instructions, config, ExcludeTurns: true))
            : ("thread/start", new ThreadStartParams(order.Directory, OnRequest, User, order.PermissionProfile, order.Instructions, config));
    }

    /// <summary>What is not as ordered. An agent whose rights are not known to be right is not spoken to.</summary>
    /// <returns>Null when all is.</returns>
    public static string? Objection(AgentOrder order, ThreadResult result)
    {
        if (result.Thread?.Id is not { Length: > 0 } id) return "The agent did not say which thread it began.";
        if (order.ThreadId is { } wanted && id != wanted) return $"The agent took up the thread '{id}', not '{wanted}'.";
        if (result.ActivePermissionProfile?.Id != order.PermissionProfile)
        {
            var has = result.ActivePermissionProfile?.Id is { } other ? $"the permission profile '{other}'" : "no permission profile";
            return $"The agent would run with {has} instead of '{order.PermissionProfile}', so it could read what it must not. Nothing was sent to it.";
        }
        if (result.ApprovalPolicy is not { ValueKind: JsonValueKind.String } policy || policy.GetString() != OnRequest) return $"The agent would not ask as it should (approval policy {result.ApprovalPolicy}). Nothing was sent to it.";
        if (result.ApprovalsReviewer != User) return $"The agent would let '{result.ApprovalsReviewer}' decide in place of a person. Nothing was sent to it.";
        return result.Cwd == order.Directory ? null : $"The agent would work in '{result.Cwd}', not in its workspace. Nothing was sent to it.";
    }

    private static Dictionary<string, object>? Config(IReadOnlyList<AgentToolServer> servers) => servers.Count == 0 ? null : servers.ToDictionary(KeyOf, object (server) =>
        new McpServerConfig(server.Address.AbsoluteUri, server.Authorization is { } value ? new Dictionary<string, string> { ["Authorization"] = value } : null, server.Asks ? null : "approve"));

    // A dotted key: a name with a dot would set another setting.
    private static string KeyOf(AgentToolServer server) => ServerName().IsMatch(server.Name)
        ? $"mcp_servers.{server.Name}"
        : throw new ArgumentException($"The name of a tool server is of a-z, 0-9, _ and -, not '{server.Name}'.", nameof(server));

    [GeneratedRegex("^[a-z0-9_-]{1,64}$")]
    private static partial Regex ServerName();
}
