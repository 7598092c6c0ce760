using System.Globalization;
using System.Text.Json.Nodes;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Gate.Policies;

/// <summary>The saved rules in their versions. A version is written once; the present one is also the fact that every row of the record bears.</summary>
internal static class PolicyStore
{
    /// <summary>The version of a hub on which nothing was ever saved.</summary>
    public const long First = 1;

    /// <summary>Of the present version; no row before the second.</summary>
    public const string PresentSql = "select value from hub_facts where name = 'policy_version'";

    private const string Columns = "version, rules, operator_rules, operator_hash, saved_by, saved_at, note";

    public static long Present(string? fact) => fact is null ? First : long.Parse(fact, CultureInfo.InvariantCulture);

    public static async Task<long> PresentAsync(IHubReader reader, CancellationToken cancellationToken) => Present(await reader.FindAsync<string>(PresentSql, null, cancellationToken));

    /// <summary>Null: none was ever written.</summary>
    public static Task<PolicyRow?> LatestAsync(IHubReader reader, CancellationToken cancellationToken) =>
        reader.FindAsync<PolicyRow>($"select {Columns} from policy_versions order by version desc limit 1", null, cancellationToken);

    public static Task<PolicyRow?> FindAsync(IHubReader reader, long version, CancellationToken cancellationToken) =>
        reader.FindAsync<PolicyRow>($"select {Columns} from policy_versions where version = @version", new { version }, cancellationToken);

    /// <summary>Newest first.</summary>
    public static Task<IReadOnlyList<PolicyRow>> ListAsync(IHubReader reader, long? before, int limit, CancellationToken cancellationToken) =>
        reader.QueryAsync<PolicyRow>($"select {Columns} from policy_versions where version < @before order by version desc limit @limit", new { before = before ?? long.MaxValue, limit }, cancellationToken);

    public static async Task AddAsync(IHubTransaction transaction, PolicyRow row, CancellationToken cancellationToken)
    {
        await transaction.ExecuteAsync(
            $"insert into policy_versions ({Columns}) values (@Version, @Rules, @OperatorRules, @OperatorHash, @SavedBy, @SavedAt, @Note)", row, cancellationToken);
        if (row.Version == First) return;
        // Before the row of the record that tells of it, which bears the new version already.
        await transaction.ExecuteAsync(
            "insert into hub_facts (name, value) values ('policy_version', @version) on conflict (name) do update set value = excluded.value",
            new { version = row.Version.ToString(CultureInfo.InvariantCulture) }, cancellationToken);
    }
}

internal sealed record PolicyRow
{
    public long Version { get; init; }
    public string Rules { get; init; } = "[]";
    public string OperatorRules { get; init; } = "{}";
    public string OperatorHash { get; init; } = "";
    public string? SavedBy { get; init; }
    public DateTimeOffset SavedAt { get; init; }
    public string Note { get; init; } = "";

    public IReadOnlyList<PolicyRule> ReadRules() => Json.Read<List<PolicyRule>>(Rules);

    public OperatorFloor ReadOperator() => Json.Read<OperatorFloor>(OperatorRules);
}

/// <summary>What the operator's settings ask for.</summary>
public sealed record OperatorFloor(IReadOnlyDictionary<string, string> Tools, IReadOnlyDictionary<string, string> Scopes)
{
    public static OperatorFloor None { get; } = new(new Dictionary<string, string>(), new Dictionary<string, string>());

    internal static OperatorFloor Of(Settings.PolicySection section) => new(section.Tools, section.Scopes);

    internal string Hash => CanonicalJson.Hash(new JsonObject { ["tools"] = Node(Tools), ["scopes"] = Node(Scopes) });

    private static JsonObject Node(IReadOnlyDictionary<string, string> rules) => new(rules.OrderBy(r => r.Key, StringComparer.Ordinal).Select(r => KeyValuePair.Create<string, JsonNode?>(r.Key, r.Value)));
}
