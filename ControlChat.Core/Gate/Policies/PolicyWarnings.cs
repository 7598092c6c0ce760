using ControlChat.Core.Hub;

namespace ControlChat.Core.Gate.Policies;

/// <summary>Whether somebody asks for what nobody could approve, since an admin who could was closed or is none any more. Closing is never refused for that; it is told.</summary>
public sealed class PolicyWarnings
{
    private readonly HubDatabase _database;
    private readonly Policy _policy;
    private readonly PolicyLockOut _lockOut;

    internal PolicyWarnings(HubDatabase database, Policy policy, PolicyLockOut lockOut) => (_database, _policy, _lockOut) = (database, policy, lockOut);

    /// <summary>A sentence for each such account, at most three; for pages of admins.</summary>
    public async Task<IReadOnlyList<string>> ReadAsync(CancellationToken cancellationToken)
    {
        await using var reader = await _database.ReadAsync(cancellationToken);
        return [.. (await StuckAsync(reader, cancellationToken)).Select(s => s.Words).Distinct().Take(3)];
    }

    internal async Task<double?> CountAsync(IHubReader reader, CancellationToken cancellationToken) => (await StuckAsync(reader, cancellationToken)).Count;

    private async Task<IReadOnlyList<Stuck>> StuckAsync(IHubReader reader, CancellationToken cancellationToken) =>
        await _lockOut.FindAsync(reader, PolicyLockOut.RolesOf(await _policy.InForceAsync(reader, cancellationToken)), cancellationToken);
}
