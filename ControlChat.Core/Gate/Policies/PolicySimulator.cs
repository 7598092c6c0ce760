using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Gate.Policies;

/// <summary>What proposed rules would change, found out from the record. An admin has one simulation at a time, in one process; nothing is written.</summary>
public sealed class PolicySimulator : IDisposable
{
    private const int MostPage = 100;
    private readonly HubDatabase _database;
    private readonly Policy _policy;
    private readonly PolicyRuleCheck _check;
    private readonly IPrincipals _principals;
    private readonly TimeProvider _time;
    private readonly ILogger<PolicySimulator> _logger;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, SimulationRun> _runs = [];

    internal PolicySimulator(HubDatabase database, Policy policy, PolicyRuleCheck check, IPrincipals principals, TimeProvider time, ILogger<PolicySimulator> logger) =>
        (_database, _policy, _check, _principals, _time, _logger) = (database, policy, check, principals, time, logger);

    /// <summary>Begins one; an earlier one of the same admin ends.</summary>
    public async Task<SimulationStart> StartAsync(Principal admin, IReadOnlyList<PolicyRule> rules, CancellationToken cancellationToken)
    {
        var (kept, faults) = _check.Check(rules);
        if (faults.Count > 0) return new SimulationStart(faults);
        PolicyRules now;
        await using (var reader = await _database.ReadAsync(cancellationToken))
        {
            if (!await IsAdminAsync(reader, admin, cancellationToken)) return new SimulationStart(["Only an admin in a signed-in browser may do this."]);
            now = await _policy.InForceAsync(reader, cancellationToken);
        }
        var run = new SimulationRun(_database, _time, now, now with { Saved = kept }, Print(rules), _logger);
        lock (_gate)
        {
            if (_runs.Remove(admin.AccountId, out var before)) before.Cancel();
            _runs[admin.AccountId] = run;
            run.Begin();
        }
        return new SimulationStart([]);
    }

    /// <summary>The admin's simulation; null: there is none, not of these rules, against another version, or it ended too long ago (<see cref="SimulationRun.Holds"/>).</summary>
    /// <param name="rules">Order and notes are nothing.</param>
    /// <param name="version">Of the rules in force that the proposed ones are to replace.</param>
    public SimulationLook? Look(Principal admin, IReadOnlyList<PolicyRule> rules, long version) => Find(admin.AccountId, rules, version);

    public void Cancel(Principal admin) => RunOf(admin.AccountId)?.Cancel();

    /// <summary>The changed ones, newest first.</summary>
    /// <param name="skip">How many of <see cref="SimulationLook.Listed"/> come before.</param>
    /// <param name="take">1-100.</param>
    public async Task<IReadOnlyList<SimulatedChange>> ChangesAsync(Principal admin, int skip, int take, CancellationToken cancellationToken)
    {
        if (RunOf(admin.AccountId) is not { } run) return [];
        var seqs = run.Listed.Skip(Math.Max(0, skip)).Take(Math.Clamp(take, 1, MostPage)).ToList();
        await using var reader = await _database.ReadAsync(cancellationToken);
        if (!await IsAdminAsync(reader, admin, cancellationToken)) return [];
        var rows = await reader.QueryAsync<StoredRow>("select " + StoredRow.Columns + " from audit where seq in (" + reader.Dialect.NumbersOf("@seqs") + ") order by seq desc", new { seqs = Json.Write(seqs) }, cancellationToken);
        return [.. rows.Select(r => run.Replay(AuditRow.Of(r))).OfType<SimulatedChange>()];
    }

    /// <inheritdoc cref="Look"/>
    internal SimulationLook? Find(string accountId, IReadOnlyList<PolicyRule> rules, long version) =>
        RunOf(accountId) is { IsOld: false } run && run.Look.Version == version && run.Fingerprint == Print(rules) ? run.Look : null;

    internal Task WorkOf(string accountId) => RunOf(accountId)?.Work ?? Task.CompletedTask;

    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var run in _runs.Values) run.Cancel();
            _runs.Clear();
        }
    }

    private SimulationRun? RunOf(string accountId)
    {
        lock (_gate) return _runs.GetValueOrDefault(accountId);
    }

    private async Task<bool> IsAdminAsync(IHubReader reader, Principal admin, CancellationToken cancellationToken) =>
        admin.AuthSessionId is not null && await _principals.ReloadAsync(reader, admin, cancellationToken) is { IsAdmin: true };

    private static string Print(IReadOnlyList<PolicyRule> rules) =>
        string.Join('\n', rules.Select(r => Json.Write(r with { Id = "", Note = "" })).Order(StringComparer.Ordinal));
}
