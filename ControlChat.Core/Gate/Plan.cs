using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

namespace ControlChat.Core.Gate;

/// <summary>What will happen, exactly, and nothing else. Shape and hash: contracts, section 3.</summary>
public sealed record Plan
{
    public required string Id { get; init; }

    /// <summary>Lower-case hex SHA-256 of <see cref="PlanHash.Canonical"/>.</summary>
    public required string Hash { get; init; }
    public required string Tool { get; init; }

    /// <summary>Canonical: names resolved to ids, defaults filled in.</summary>
    public required JsonObject Arguments { get; init; }

    /// <summary>One sentence for people, made from the plan; not hashed.</summary>
    public required string Summary { get; init; }
    public required IReadOnlyList<Effect> Effects { get; init; }

    /// <summary>Sorted by resource.</summary>
    public required IReadOnlyList<ReadVersion> ReadSet { get; init; }
    public required ToolScope Scope { get; init; }

    /// <summary>True when who-may-do-what changes.</summary>
    public required bool Access { get; init; }
    public required Cost? Cost { get; init; }
    public required bool Reversible { get; init; }

    /// <summary>The text a person must type; non-null exactly when <see cref="Reversible"/> is false.</summary>
    public required string? TypedConfirmation { get; init; }
    public required Compensation? Compensation { get; init; }

    /// <summary>The steps of a batch, else null.</summary>
    public required IReadOnlyList<PlanStep>? Steps { get; init; }
    public required IReadOnlyList<string> Warnings { get; init; }
    public required bool Tainted { get; init; }

    /// <summary><c>none|confirm|confirm_recent|second_person</c>.</summary>
    public required string Decision { get; init; }

    /// <summary>What the decision was made on and by which rule or reason, beside what else the plan says: <c>{version, decision, by, scope, role, …}</c>. Null on plans from before the policy had versions.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public JsonObject? Policy { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Holds text that the asking person did not type in the UI: whoever shows it to a model taints the run.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Untrusted { get; init; }

    [JsonIgnore]
    public string ToolHash { get; init; } = "";
}

/// <param name="Op"><c>create|update|delete|external</c>.</param>
/// <param name="Resource"><c>kind/id</c>.</param>
/// <param name="Field">The field of an update, or null.</param>
/// <param name="Before">The value now; secrets appear as <c>{"secret": true, "changed": true}</c>.</param>
/// <param name="After">The value afterwards.</param>
public sealed record Effect(string Op, string Resource, string? Field, JsonNode? Before, JsonNode? After);

/// <param name="Resource"><c>kind/id</c>.</param>
/// <param name="Version">The version the effects depend on; 0 for what does not exist yet.</param>
public sealed record ReadVersion(string Resource, long Version);

/// <param name="Amount">Decimal text.</param>
/// <param name="Currency">ISO 4217.</param>
/// <param name="Per"><c>hour|day|month|once</c>.</param>
public sealed partial record Cost(string Amount, string Currency, string Per)
{
    /// <summary>An amount as people write it, digits with a point before at most four more, without the zeros that say nothing; null when it is none.</summary>
    public static string? ReadAmount(string text) =>
        Written().IsMatch(text) ? decimal.Parse(text, CultureInfo.InvariantCulture).ToString("0.####", CultureInfo.InvariantCulture) : null;

    [GeneratedRegex(@"\A[0-9]{1,9}(?:\.[0-9]{1,4})?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Written();
}

/// <summary>The call that plans the way back.</summary>
public sealed record Compensation(string Tool, JsonObject Arguments);

/// <summary>One step of a batch: a plan of its own, without an approval of its own.</summary>
public sealed record PlanStep(
    string Tool, string ToolHash, JsonObject Arguments, IReadOnlyList<Effect> Effects, IReadOnlyList<ReadVersion> ReadSet,
    ToolScope Scope, Cost? Cost, bool Reversible, Compensation? Compensation);
