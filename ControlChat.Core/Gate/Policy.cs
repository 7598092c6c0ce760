using ControlChat.Core.Gate.Policies;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;

namespace ControlChat.Core.Gate;

/// <summary>
/// The rules in force: what admins saved, over the floor that the operator's settings are. They are read in the view or the transaction that plans
/// or decides, so that a version that was saved elsewhere counts at once; what was read is kept by its version.
/// </summary>
internal sealed class Policy(IHubSettings settings)
{
    private volatile Kept? _kept;

    public async Task<PolicyRules> InForceAsync(IHubReader reader, CancellationToken cancellationToken)
    {
        var version = await PolicyStore.PresentAsync(reader, cancellationToken);
        var kept = _kept;
        if (kept?.Version != version) _kept = kept = await ReadAsync(reader, version, cancellationToken);
        // Processes of one hub are restarted one by one: until all have the same settings, the stricter count.
        var own = settings.Current.Policy;
        return new PolicyRules(version, kept.Saved, Strictness.Both(own.Tools, kept.Floor.Tools), Strictness.Both(own.Scopes, kept.Floor.Scopes));
    }

    /// <summary>What the settings of this process ask for.</summary>
    public OperatorFloor Floor => OperatorFloor.Of(settings.Current.Policy);

    /// <summary>The version of a hub on which nothing was saved yet.</summary>
    public PolicyRow FirstRow(DateTimeOffset now) => new() { Version = PolicyStore.First, OperatorRules = Json.Write(Floor), OperatorHash = Floor.Hash, SavedAt = now };

    /// <summary>How long a plan waits for its decision (design, section 4).</summary>
    public static TimeSpan Patience(ToolScope scope, string decision) => decision switch
    {
        "second_person" => TimeSpan.FromHours(24),
        _ when scope == ToolScope.Destructive => TimeSpan.FromMinutes(15),
        _ => TimeSpan.FromMinutes(60),
    };

    private static async Task<Kept> ReadAsync(IHubReader reader, long version, CancellationToken cancellationToken) =>
        version > PolicyStore.First && await PolicyStore.FindAsync(reader, version, cancellationToken) is { } row ? new Kept(version, row.ReadRules(), row.ReadOperator()) : new Kept(version, [], OperatorFloor.None);

    private sealed record Kept(long Version, IReadOnlyList<PolicyRule> Saved, OperatorFloor Floor);
}
