using System.Text.Json.Nodes;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Audit;

/// <summary>What to look for; every part given must hold.</summary>
public sealed record AuditFilter
{
    public static AuditFilter None { get; } = new();

    /// <summary>Not before this time.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Not after this time.</summary>
    public DateTimeOffset? To { get; init; }

    public string? Event { get; init; }
    public string? Tool { get; init; }
    public string? Account { get; init; }
    public string? WorkspaceId { get; init; }
    public string? RunId { get; init; }
    public string? ActionId { get; init; }
    public string? Outcome { get; init; }

    /// <summary>Words that the row's names, ids, arguments and results hold, each from its beginning; case does not matter.</summary>
    public string? Text { get; init; }

    public bool IsEmpty => this == None;

    /// <summary>For the export's first line and its row on the record; null when empty.</summary>
    public JsonObject? ToJson()
    {
        var given = new (string Name, string? Value)[]
        {
            ("from", Timestamps.Format(From)), ("to", Timestamps.Format(To)), ("event", Event), ("tool", Tool), ("account", Account),
            ("workspace_id", WorkspaceId), ("run_id", RunId), ("action_id", ActionId), ("outcome", Outcome), ("text", Text),
        }.Where(f => f.Value is not null).ToList();
        return given.Count == 0 ? null : new JsonObject(given.Select(f => KeyValuePair.Create(f.Name, (JsonNode?)JsonValue.Create(f.Value))));
    }
}

/// <summary>Who looks: an admin sees every row, others what they or their tokens did.</summary>
public sealed record AuditViewer(string AccountId, bool SeesAll)
{
    /// <summary>The filter cut down to what this viewer may see; null when nothing can be left.</summary>
    internal AuditFilter? Confine(AuditFilter filter) =>
        SeesAll ? filter : filter.Account is null || filter.Account == AccountId ? filter with { Account = AccountId } : null;
}
