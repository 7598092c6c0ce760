using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Gate.Policies;

/// <summary>At the hub's start: what the operator's settings ask for now is the present version's, or makes a new one.</summary>
public sealed class PolicyStart
{
    private readonly HubDatabase _database;
    private readonly Policy _policy;
    private readonly IAuditTrail _audit;

    internal PolicyStart(HubDatabase database, Policy policy, IAuditTrail audit) => (_database, _policy, _audit) = (database, policy, audit);

    public async Task EnsureAsync(CancellationToken cancellationToken)
    {
        var floor = _policy.Floor;
        await using (var reader = await _database.ReadAsync(cancellationToken))
        {
            if ((await PolicyStore.LatestAsync(reader, cancellationToken))?.OperatorHash == floor.Hash) return;
        }
        await using var transaction = await _database.BeginAsync(cancellationToken);
        var latest = await PolicyStore.LatestAsync(transaction, cancellationToken);
        if (latest is null)
        {
            await PolicyStore.AddAsync(transaction, _policy.FirstRow(transaction.Now), cancellationToken);
        }
        else if (latest.OperatorHash != floor.Hash)
        {
            await PolicyStore.AddAsync(transaction, latest with { Version = latest.Version + 1, OperatorRules = Json.Write(floor), OperatorHash = floor.Hash, SavedBy = null, SavedAt = transaction.Now, Note = "" }, cancellationToken);
            var data = new JsonObject
            {
                ["from_version"] = latest.Version,
                ["to_version"] = latest.Version + 1,
                ["operator"] = new JsonObject { ["before"] = JsonSerializer.SerializeToNode(latest.ReadOperator(), Json.Wire), ["after"] = JsonSerializer.SerializeToNode(floor, Json.Wire) },
            };
            await _audit.AppendAsync(transaction, new AuditEntry("policy.changed", "completed", AuditActor.System) { Data = data }, cancellationToken);
        }
        await transaction.CommitAsync(cancellationToken);
    }
}
