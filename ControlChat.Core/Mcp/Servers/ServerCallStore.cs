using System.Text.Json.Nodes;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Mcp.Servers;

/// <summary>Approved calls: each is taken once.</summary>
internal static class ServerCallStore
{
    public static Task OrderAsync(IHubTransaction transaction, string actionId, ServerToolDefinition tool, JsonObject arguments, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync(
            "insert into mcp_calls (action_id, server, name, arguments, hash, state, created_at) values (@actionId, @Server, @Name, @arguments, @Hash, 'ordered', hub_now())",
            new { actionId, tool.Server, tool.Name, tool.Hash, arguments = arguments.ToJsonString() }, cancellationToken);

    public static Task<CallRow?> FindAsync(IHubReader reader, string actionId, CancellationToken cancellationToken) =>
        reader.FindAsync<CallRow>("select action_id, server, name, arguments, hash, state, until from mcp_calls where action_id = @actionId", new { actionId }, cancellationToken);

    /// <returns>False when it was taken already.</returns>
    public static async Task<bool> TakeAsync(IHubTransaction transaction, string actionId, DateTimeOffset until, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync("update mcp_calls set state = 'running', until = @until where action_id = @actionId and state = 'ordered'", new { actionId, until }, cancellationToken) == 1;

    /// <summary>Its arguments are not kept: they stand on the plan.</summary>
    /// <returns>False when its end was written down already.</returns>
    public static async Task<bool> EndAsync(IHubTransaction transaction, string actionId, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync("update mcp_calls set state = 'done', arguments = '{}' where action_id = @actionId and state <> 'done'", new { actionId }, cancellationToken) == 1;
}

internal sealed class CallRow
{
    public string ActionId { get; init; } = "";
    public string Server { get; init; } = "";
    public string Name { get; init; } = "";
    public string Arguments { get; init; } = "{}";

    /// <summary>Of the definition the plan was made with.</summary>
    public string Hash { get; init; } = "";
    public string State { get; init; } = "";
    public DateTimeOffset? Until { get; init; }
}
