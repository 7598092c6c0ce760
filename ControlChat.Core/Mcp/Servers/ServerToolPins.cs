using ControlChat.Core.Gate;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Mcp.Servers;

/// <summary>The definitions that are in force, by the first sight of each or by an admin's acceptance.</summary>
internal static class ServerToolPins
{
    private const string Columns = "server, name, version, definition, hash, changed_definition, changed_hash, pinned_at, accepted_by";

    public static Task<IReadOnlyList<PinRow>> AllAsync(IHubReader reader, CancellationToken cancellationToken) =>
        reader.QueryAsync<PinRow>($"select {Columns} from mcp_tools order by server, name", null, cancellationToken);

    public static Task<PinRow?> FindAsync(IHubReader reader, string server, string name, CancellationToken cancellationToken) =>
        reader.FindAsync<PinRow>($"select {Columns} from mcp_tools where server = @server and name = @name", new { server, name }, cancellationToken);

    /// <summary>
    /// Pins what a server says at its first sight; what it says later that is new, or not as it was, is kept beside what is in force.
    /// Of two nodes that look at once, one pins and the other compares. A server's tools are pinned up to <see cref="ServerLimits.MostPins"/>.
    /// </summary>
    public static async Task SeeAsync(IHubTransaction transaction, string server, IReadOnlyList<ServerToolDefinition> seen, CancellationToken cancellationToken)
    {
        var known = await transaction.FindAsync<long>("select count(*) from mcp_tools where server = @server", new { server }, cancellationToken);
        var first = known == 0;
        // In one order everywhere, so that no two nodes wait for each other.
        foreach (var tool in seen.OrderBy(t => t.Name, StringComparer.Ordinal))
        {
            var row = new { tool.Server, tool.Name, tool.Text, tool.Hash };
            var changed = await transaction.ExecuteAsync(
                """
                update mcp_tools set version = version + 1, changed_definition = case when hash = @Hash then null else @Text end, changed_hash = case when hash = @Hash then null else @Hash end
                where server = @Server and name = @Name and coalesce(changed_hash, hash) <> @Hash
                """, row, cancellationToken);
            if (changed == 1 || known >= ServerLimits.MostPins) continue;
            known += await transaction.ExecuteAsync(
                first
                    ? "insert into mcp_tools (server, name, version, definition, hash, pinned_at) values (@Server, @Name, 1, @Text, @Hash, hub_now()) on conflict do nothing"
                    : "insert into mcp_tools (server, name, version, definition, hash, changed_definition, changed_hash, pinned_at) values (@Server, @Name, 1, '', '', @Text, @Hash, hub_now()) on conflict do nothing",
                row, cancellationToken);
        }
    }

    /// <returns>False when the server says something else by now.</returns>
    public static async Task<bool> AcceptAsync(IHubTransaction transaction, string server, string name, string hash, string by, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync(
            """
            update mcp_tools set version = version + 1, definition = changed_definition, hash = changed_hash, changed_definition = null, changed_hash = null, pinned_at = hub_now(), accepted_by = @by
            where server = @server and name = @name and changed_hash = @hash
            """, new { server, name, hash, by }, cancellationToken) == 1;
}

internal sealed class PinRow
{
    public string Server { get; init; } = "";
    public string Name { get; init; } = "";
    public long Version { get; init; }
    public string Definition { get; init; } = "";
    public string Hash { get; init; } = "";
    public string? ChangedDefinition { get; init; }
    public string? ChangedHash { get; init; }
    public DateTimeOffset PinnedAt { get; init; }
    public string? AcceptedBy { get; init; }

    /// <summary>It came after the first sight of its server, and nobody has accepted it: nothing of it is in force.</summary>
    public bool IsNew => Hash.Length == 0;

    public ServerToolDefinition InForce => new(Server, Name, Definition, Hash);

    /// <summary>Whether the row says what the server said now.</summary>
    public bool Knows(ServerToolDefinition seen) => (ChangedHash ?? Hash) == seen.Hash;
}

/// <summary>The version of a pinned definition: a plan made with another one does not fit.</summary>
internal sealed class ServerToolVersions : IResourceVersions
{
    public string Kind => ServerTool.Resource;

    public async Task<long> VersionAsync(IHubReader reader, string id, CancellationToken cancellationToken) =>
        id.Split('.', 2) is [var server, var name] && await ServerToolPins.FindAsync(reader, server, name, cancellationToken) is { } pin ? pin.Version : 0;
}
