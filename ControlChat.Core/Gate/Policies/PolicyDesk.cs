using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Gate.Policies;

/// <summary>
/// The policy's rules, read and saved by admins in a signed-in browser, and by nothing else: no tool, no route and no token leads here. Saving asks for a
/// recent sign-in and throws <see cref="StaleSignInException"/> without one; a version, its row of the record and the fact every later row bears
/// commit together.
/// </summary>
public sealed class PolicyDesk
{
    private const int PageSize = 20;
    private readonly HubDatabase _database;
    private readonly Policy _policy;
    private readonly PolicyRuleCheck _check;
    private readonly PolicyLockOut _lockOut;
    private readonly PolicySimulator _simulator;
    private readonly IPrincipals _principals;
    private readonly RecentSignIn _recent;
    private readonly IAuditTrail _audit;

    internal PolicyDesk(HubDatabase database, Policy policy, PolicyRuleCheck check, PolicyLockOut lockOut, PolicySimulator simulator, IPrincipals principals, RecentSignIn recent, IAuditTrail audit) =>
        (_database, _policy, _check, _lockOut, _simulator, _principals, _recent, _audit) = (database, policy, check, lockOut, simulator, principals, recent, audit);

    /// <summary>What a rule may name.</summary>
    public IReadOnlyList<PolicyTool> Tools => _check.Tools;

    /// <summary>Null for whoever is no admin in a signed-in browser.</summary>
    public async Task<PolicyView?> ReadAsync(Principal admin, CancellationToken cancellationToken)
    {
        await using var reader = await _database.ReadAsync(cancellationToken);
        return await AdminAsync(reader, admin, cancellationToken) is null ? null : await ViewAsync(reader, cancellationToken);
    }

    /// <summary>Whether the sign-in is recent, for a page that says so before it lets anything be changed.</summary>
    /// <exception cref="UnauthorizedAccessException">A token, or a browser that is signed in no more.</exception>
    public Task<bool> IsFreshAsync(Principal admin, CancellationToken cancellationToken) => _recent.HoldsAsync(admin, cancellationToken);

    /// <summary>Newest first; null for whoever is no admin in a signed-in browser.</summary>
    /// <param name="before">The version of <see cref="Page{T}.NextCursor"/>, or null.</param>
    public async Task<Page<PolicyVersion>?> HistoryAsync(Principal admin, long? before, CancellationToken cancellationToken)
    {
        await using var reader = await _database.ReadAsync(cancellationToken);
        if (await AdminAsync(reader, admin, cancellationToken) is null) return null;
        // One more than is shown: the last one's difference is against it.
        var rows = await PolicyStore.ListAsync(reader, before, PageSize + 1, cancellationToken);
        var versions = rows.Take(PageSize).Select((row, i) => Told(row, i + 1 < rows.Count ? rows[i + 1] : null)).ToList();
        return new Page<PolicyVersion>(versions, rows.Count > PageSize ? rows[PageSize - 1].Version.ToString(CultureInfo.InvariantCulture) : null);
    }

    /// <summary>What is wrong with proposed rules, a sentence each; nothing is saved.</summary>
    public async Task<IReadOnlyList<string>> FaultsAsync(Principal admin, IReadOnlyList<PolicyRule> rules, CancellationToken cancellationToken)
    {
        await using var reader = await _database.ReadAsync(cancellationToken);
        if (await AdminAsync(reader, admin, cancellationToken) is null) return [OnlyAdmins];
        var (kept, faults) = _check.Check(rules);
        return faults.Count > 0 ? faults : await StuckAsync(reader, kept, cancellationToken);
    }

    /// <exception cref="UnauthorizedAccessException">A token, or a browser that is signed in no more.</exception>
    /// <exception cref="StaleSignInException">The sign-in is too long ago.</exception>
    public async Task<PolicySave> SaveAsync(Principal admin, PolicyProposal proposal, CancellationToken cancellationToken)
    {
        await using var transaction = await _database.BeginAsync(cancellationToken);
        var present = await _recent.RequireAsync(transaction, admin, cancellationToken);
        if (!present.IsAdmin) return new PolicySave.Refused([OnlyAdmins]);
        var (rules, faults) = _check.Check(proposal.Rules);
        if (proposal.Note.EnumerateRunes().Count() > PolicyRuleCheck.MostNote || proposal.Note.Any(char.IsControl)) faults = [.. faults, $"The note must have at most {PolicyRuleCheck.MostNote} printable characters."];
        if (faults.Count > 0) return new PolicySave.Refused(faults);
        var latest = await PolicyStore.LatestAsync(transaction, cancellationToken);
        var old = latest?.ReadRules() ?? [];
        if ((latest?.Version ?? PolicyStore.First) != proposal.FromVersion) return await ConflictAsync(transaction, proposal, cancellationToken);
        var difference = PolicyDifference.Between(old, rules);
        if (difference.IsEmpty) return new PolicySave.Refused(["These are the rules in force already. Nothing was saved."]);
        if (await StuckAsync(transaction, rules, cancellationToken) is { Count: > 0 } stuck) return new PolicySave.Refused(stuck);
        var seen = proposal.Unseen ? null : _simulator.Find(present.AccountId, proposal.Rules, proposal.FromVersion);
        if (!proposal.Unseen && seen is not { State: "done" }) return new PolicySave.Refused(["Look at what would change first, or say that you save without looking."]);
        await WriteAsync(transaction, present, latest, rules, difference, proposal.Note.Trim(), seen, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        await using var reader = await _database.ReadAsync(cancellationToken);
        return new PolicySave.Done(await ViewAsync(reader, cancellationToken));
    }

    private const string OnlyAdmins = "Only an admin in a signed-in browser may do this.";

    private async Task WriteAsync(IHubTransaction transaction, Principal by, PolicyRow? latest, IReadOnlyList<PolicyRule> rules, PolicyDifference difference, string note, SimulationLook? seen, CancellationToken cancellationToken)
    {
        if (latest is null) await PolicyStore.AddAsync(transaction, _policy.FirstRow(transaction.Now), cancellationToken);
        var floor = _policy.Floor;
        var row = new PolicyRow
        {
            Version = (latest?.Version ?? PolicyStore.First) + 1,
            Rules = Json.Write(rules),
            OperatorRules = latest?.OperatorRules ?? Json.Write(floor),
            OperatorHash = latest?.OperatorHash ?? floor.Hash,
            SavedBy = by.AccountId,
            SavedAt = transaction.Now,
            Note = note,
        };
        await PolicyStore.AddAsync(transaction, row, cancellationToken);
        var data = new JsonObject
        {
            ["from_version"] = row.Version - 1,
            ["to_version"] = row.Version,
            ["added"] = Node(difference.Added),
            ["removed"] = Node(difference.Removed),
            ["changed"] = Node(difference.Changed),
            ["note"] = note,
            ["simulated"] = seen is null ? null : new JsonObject { ["decisions"] = seen.Replayed, ["changed"] = seen.Changed },
        };
        await _audit.AppendAsync(transaction, new AuditEntry("policy.changed", "completed", new AuditActor(by.AccountId, null, by.AuthSessionId, "ui")) { Data = data }, cancellationToken);
    }

    private async Task<PolicySave> ConflictAsync(IHubReader reader, PolicyProposal proposal, CancellationToken cancellationToken)
    {
        var made = (await PolicyStore.FindAsync(reader, proposal.FromVersion, cancellationToken))?.ReadRules() ?? [];
        var view = await ViewAsync(reader, cancellationToken);
        return new PolicySave.Conflict(view, PolicyDifference.Between(made, view.Rules));
    }

    private async Task<PolicyView> ViewAsync(IHubReader reader, CancellationToken cancellationToken)
    {
        var rules = await _policy.InForceAsync(reader, cancellationToken);
        var row = await PolicyStore.LatestAsync(reader, cancellationToken);
        var stuck = await _lockOut.FindAsync(reader, PolicyLockOut.RolesOf(rules), cancellationToken);
        return new PolicyView(rules.Version, rules.Saved, new OperatorFloor(rules.Tools, rules.Scopes), row?.SavedBy, row?.SavedAt, row?.Note ?? "", [.. stuck.Select(s => s.Words).Distinct().Take(Shown)]);
    }

    private const int Shown = 10;

    private async Task<IReadOnlyList<string>> StuckAsync(IHubReader reader, IReadOnlyList<PolicyRule> rules, CancellationToken cancellationToken) =>
        [.. (await _lockOut.FindAsync(reader, PolicyLockOut.RolesOf(rules), cancellationToken)).Select(s => s.Words).Distinct().Take(Shown)];

    private async Task<Principal?> AdminAsync(IHubReader reader, Principal admin, CancellationToken cancellationToken) =>
        admin.AuthSessionId is not null && await _principals.ReloadAsync(reader, admin, cancellationToken) is { IsAdmin: true } present ? present : null;

    private static PolicyVersion Told(PolicyRow row, PolicyRow? before) => new(
        row.Version, row.SavedBy, row.SavedAt, row.Note, PolicyDifference.Between(before?.ReadRules() ?? [], row.ReadRules()), before is not null && before.OperatorHash != row.OperatorHash);

    private static JsonNode? Node<T>(T value) => JsonSerializer.SerializeToNode(value, Json.Wire);
}
