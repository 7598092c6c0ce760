using System.Text.Json.Serialization;

namespace ControlChat.Core.Workspaces;

/// <summary>A workspace as one account sees it; also its wire form (contracts, section 7).</summary>
/// <param name="Id"><c>ws_…</c>, never reused.</param>
/// <param name="Title">1 to <c>Limits:TitleChars</c> code points, NFC.</param>
/// <param name="State">One of <see cref="WorkspaceState"/>.</param>
/// <param name="Tags">Sorted by code unit.</param>
/// <param name="Pinned">By this account.</param>
/// <param name="Role">This account's: one of <see cref="WorkspaceRole"/>.</param>
/// <param name="Version">From 1, one more at every change; pins do not count.</param>
/// <param name="CreatedBy">The account.</param>
/// <param name="PurgeAt">When a trashed workspace goes for good.</param>
public sealed record Workspace(
    string Id, string Title, string State, IReadOnlyList<string> Tags, bool Pinned, string Role, long Version,
    DateTimeOffset CreatedAt, string CreatedBy, DateTimeOffset UpdatedAt,
    DateTimeOffset? ArchivedAt, DateTimeOffset? TrashedAt, DateTimeOffset? PurgeAt, WorkspaceHost Host)
{
    /// <summary>The account that typed the title itself, or null.</summary>
    [JsonIgnore]
    public string? TitleTrustedFor { get; init; }

    /// <summary>The account that typed all of the tags itself, or null.</summary>
    [JsonIgnore]
    public string? TagsTrustedFor { get; init; }

    /// <summary>The one who looks did not type all of its text: what quotes it taints a run.</summary>
    [JsonIgnore]
    public bool Foreign { get; init; }

    [JsonIgnore]
    public bool IsTrashed => State == WorkspaceState.Trashed;

    /// <summary>Whether every text in it was typed by this account in the UI.</summary>
    public bool IsTrustedFor(string accountId) =>
        TitleTrustedFor == accountId && (Tags.Count == 0 || TagsTrustedFor == accountId);
}

/// <param name="State">One of <see cref="HostState"/>.</param>
/// <param name="Size">The size ordered last; null when none was.</param>
/// <param name="Reason">Why it failed, for people.</param>
public sealed record WorkspaceHost(string State, string? Size = null, string? Reason = null)
{
    public static WorkspaceHost Off { get; } = new(HostState.Off);

    /// <summary>Something runs, or is about to, or may still.</summary>
    [JsonIgnore]
    public bool IsUp => State is HostState.Starting or HostState.On or HostState.Stopping;

    /// <summary>It is up, and nobody ordered its end.</summary>
    [JsonIgnore]
    public bool IsWanted => State is HostState.Starting or HostState.On;
}

public static class HostState
{
    public const string Off = "off";
    public const string Starting = "starting";
    public const string On = "on";
    public const string Stopping = "stopping";
    public const string Failed = "failed";
}

public static class WorkspaceState
{
    public const string Active = "active";
    public const string Archived = "archived";
    public const string Trashed = "trashed";
}

/// <summary>What a member may do, from least to most.</summary>
public static class WorkspaceRole
{
    public const string Viewer = "viewer";
    public const string Collaborator = "collaborator";
    public const string Owner = "owner";

    /// <summary>Whether a role includes what another may do.</summary>
    public static bool Covers(string role, string needed) => Rank(role) >= Rank(needed);

    private static int Rank(string role) => role switch
    {
        Owner => 3,
        Collaborator => 2,
        Viewer => 1,
        _ => 0,
    };
}
