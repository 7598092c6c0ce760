using System.Text.Json.Nodes;
using ControlChat.App.Approvals.Cards;
using ControlChat.App.Ui;
using ControlChat.Core.Gate.Trail;

namespace ControlChat.App.History;

/// <summary>The words of a trail.</summary>
internal static class TrailWords
{
    /// <summary>What was done: "Renamed", "Role of Mara changed".</summary>
    public static string What(TrailEntry entry)
    {
        var what = KindOf(entry.Resource) switch
        {
            "workspace" => Workspace(entry),
            "member" => Member(entry),
            "host" => entry.Field == "size" ? Texts.HostSize : entry.Actor.Person is null ? Texts.HostBecame : Texts.HostOrdered,
            "sync" => entry.Op == "external" ? Texts.Synced : Sync(entry.Field),
            "setting" => Texts.Set,
            _ => entry.Field is { } field ? Field(field) : entry.Op,
        };
        return entry.Tool == "undo" ? Texts.ByUndo.With(what) : what;
    }

    /// <summary>A value in one line; of a thing that was made or removed, what it is called by.</summary>
    public static string? Value(TrailEntry entry, JsonNode? value) => (entry.Field, value) switch
    {
        (null, JsonObject whole) when KindOf(entry.Resource) == "member" => ValueText.Of(whole["role"]),
        (null, JsonObject whole) when KindOf(entry.Resource) == "workspace" => ValueText.Of(whole["title"]),
        _ => ValueText.Of(value),
    };

    public static bool IsTime(string? field) => field?.EndsWith("_at", StringComparison.Ordinal) == true;

    /// <summary>Who, and through what: "Ana, asked in the chat".</summary>
    public static string By(TrailEntry entry, string readerId)
    {
        if (entry.Actor.Person is not { } person) return Texts.TheHub;
        var name = person.AccountId == readerId ? Texts.You : person.Name;
        if (entry.Actor.TokenId is not null || entry.Actor is { OnBehalf: not null, Agent: null }) return Texts.ByToken.With(name);
        return entry.Actor.Via switch
        {
            "ask" => Texts.ByChat.With(name),
            "mcp" => Texts.ByOwnAgent.With(name),
            "workspace_agent" => Texts.ByWorkspaceAgent.With(name),
            "cli" => Texts.ByCommand.With(name),
            _ => name,
        };
    }

    /// <summary>What stands in the way of an undo, where that is known.</summary>
    public static string Moved(TrailMove move, string readerId) =>
        Texts.MovedSince.With(Subject(move.Resource, move.Field), move.By is not { } by ? Texts.TheHub : by.AccountId == readerId ? Texts.You : by.Name);

    /// <summary>A field of a thing, as it stands in a sentence.</summary>
    public static string Subject(string resource, string? field) => (KindOf(resource), field) switch
    {
        ("workspace", "title") => Texts.OfTitle,
        ("workspace", "tags") => Texts.OfTags,
        ("workspace", "state") => Texts.OfState,
        ("workspace", null) => Texts.OfWorkspace,
        ("member", _) => Texts.OfPeople,
        ("host", _) => Texts.OfHost,
        ("sync", _) => Texts.OfSync,
        ("setting", _) => resource["setting/".Length..],
        (_, null) => resource,
        _ => Field(field!),
    };

    public static string Field(string field) => field switch
    {
        "title" => Texts.Title,
        "tags" => Texts.Tags,
        "state" => Texts.State,
        "role" => Texts.Role,
        "size" => Texts.Size,
        "value" => Texts.Value,
        "remote" => Texts.Remote,
        "direction" => Texts.Direction,
        "exclude" => Texts.Exclude,
        "host_key" => Texts.HostKey,
        "purge_at" => Texts.PurgeAt,
        _ => char.ToUpperInvariant(field[0]) + field[1..].Replace('_', ' '),
    };

    private static string Workspace(TrailEntry entry) => (entry.Op, entry.Field) switch
    {
        ("create", _) => Texts.Made,
        ("delete", _) => Texts.Purged,
        (_, "title") => Texts.Renamed,
        (_, "tags") => Texts.TagsChanged,
        (_, "state") => (Plain(entry.Before), Plain(entry.After)) switch
        {
            (_, "archived") => Texts.Archived,
            (_, "trashed") => Texts.Trashed,
            ("trashed", _) => Texts.Restored,
            _ => Texts.Unarchived,
        },
        (_, { } field) => Field(field),
        _ => entry.Op,
    };

    private static string Member(TrailEntry entry)
    {
        var name = entry.About?.Name ?? "";
        return entry.Op switch { "create" => Texts.LetIn.With(name), "delete" => Texts.Removed.With(name), _ => Texts.RoleChanged.With(name) };
    }

    private static string Sync(string? field) => field is null ? Texts.Synced : Field(field);

    private static string KindOf(string resource) => resource.Split('/')[0];

    private static string? Plain(JsonNode? value) => value is JsonValue one && one.TryGetValue(out string? text) ? text : null;
}
