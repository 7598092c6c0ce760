using ControlChat.Core.Hub;

namespace ControlChat.Core.Gate;

internal static class FreezeStore
{
    private const string Columns = "id, scope, target, reason, set_by, set_at";

    public static Task<IReadOnlyList<FreezeRow>> ActiveAsync(IHubReader reader, CancellationToken cancellationToken) =>
        reader.QueryAsync<FreezeRow>($"select {Columns} from freezes where lifted_at is null order by set_at, id", null, cancellationToken);

    /// <summary>The freeze that stops this, or null. Read where it counts: in the transaction that applies.</summary>
    /// <param name="agent">The agent that asked; see <see cref="CallOrigin.Agent"/>.</param>
    public static async Task<FreezeRow?> StoppingAsync(
        IHubReader reader, IReadOnlyCollection<string> tools, IReadOnlyCollection<string> workspaces, string? agent, CancellationToken cancellationToken) =>
        (await ActiveAsync(reader, cancellationToken)).FirstOrDefault(f => f.Scope switch
        {
            "hub" => true,
            "tool" => tools.Contains(f.Target!),
            "workspace" => workspaces.Contains(f.Target!),
            "agent" => f.Target == agent,
            _ => false,
        });

    public static Task InsertAsync(IHubTransaction transaction, FreezeRow freeze, CancellationToken cancellationToken) =>
        transaction.ExecuteAsync("insert into freezes (id, scope, target, reason, set_by, set_at) values (@Id, @Scope, @Target, @Reason, @SetBy, @SetAt)", freeze, cancellationToken);

    public static async Task<bool> LiftAsync(IHubTransaction transaction, string id, string by, CancellationToken cancellationToken) =>
        await transaction.ExecuteAsync("update freezes set lifted_by = @by, lifted_at = hub_now() where id = @id and lifted_at is null", new { id, by }, cancellationToken) == 1;
}

internal sealed class FreezeRow
{
    public string Id { get; init; } = "";
    public string Scope { get; init; } = "";
    public string? Target { get; init; }
    public string Reason { get; init; } = "";
    public string SetBy { get; init; } = "";
    public DateTimeOffset SetAt { get; init; }

    public Freeze Shown => new(Id, Scope, Target, Reason, SetBy, SetAt);

    public string Words => $"{Stopped} The plan is kept; ask again when the freeze is lifted.";

    /// <summary>What is stopped and why, for those who are.</summary>
    public string Stopped => $"Frozen: {(Scope == "hub" ? "every change" : $"{Scope} {Target}")} is stopped. {Reason}";
}
