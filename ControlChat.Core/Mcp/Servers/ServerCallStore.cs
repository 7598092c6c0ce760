using System.Text.Json.Nodes;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Mcp.Servers;

/// <summary>Approved calls: each is taken once.</summary>
internal static class ServerCallStore
{
    // The announcement brings a call at once; this is for one that was lost.
    private static readonly TimeSpan Unbegun = TimeSpan.FromSeconds(30);

    public static Task OrderAsync(IHubTransaction transaction, string actionId, ServerToolDefinition tool, JsonObject arguments, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync(
            "insert into mcp_calls (action_id, server, name, arguments, hash, state, created_at) values (@actionId, @Server, @Name, @arguments, @Hash, 'ordered', hub_now())",
            new { actionId, tool.Server, tool.Name, tool.Hash, arguments = arguments.ToJsonString() }, cancellationToken);

    public static Task<CallRow?> FindAsync(IHubReader reader, string actionId, CancellationToken cancellationToken) =>
        reader.FindAsync<CallRow>("select action_id, server, name, arguments, hash, state, until from mcp_calls where action_id = @actionId", new { actionId }, cancellationToken);

    /// <summary>Those that somebody should look after, the oldest first.</summary>
    /// <param name="alone">No other process could be at work on one.</param>
    public static Task<IReadOnlyList<string>> LeftAsync(IHubReader reader, bool alone, CancellationToken cancellationToken) =>
        reader.QueryAsync<string>(
            "select action_id from mcp_calls where (state = 'ordered' and created_at < @before) or (state = 'running' and (until <= hub_now() or @alone = 1)) order by created_at limit 100",
            new { before = reader.Now - Unbegun, alone = alone ? 1 : 0 }, cancellationToken);

    /// <returns>False when it was taken already.</returns>
    public static async Task<bool> TakeAsync(IHubTransaction transaction, string actionId, DateTimeOffset until, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync("update mcp_calls set state = 'running', until = @until where action_id = @actionId and state = 'ordered'", new { actionId, until }, cancellationToken) == 1;

    /// <summary>With its end, which is written elsewhere in the same transaction, it is forgotten.</summary>
    /// <returns>False when its end was written down already.</returns>
    public static async Task<bool> EndAsync(IHubTransaction transaction, string actionId, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync("delete from mcp_calls where action_id = @actionId", new { actionId }, cancellationToken) == 1;
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
