using ControlChat.Core.Gate;
using Microsoft.AspNetCore.WebUtilities;

namespace ControlChat.App.Approvals;

/// <summary>What the page shows, as its address says it.</summary>
/// <param name="Status">Null: what is open; <c>decided</c>: all that is closed; else one status of the contract.</param>
/// <param name="Mine">True: asked by the reader; false: by others; null: by anybody.</param>
/// <param name="Cursor">Of the page before, on the closed ones.</param>
/// <param name="Id">The approval that is shown, or null.</param>
public sealed record InboxQuery(string? Status, bool? Mine, string? Cursor, string? Id)
{
    public const string Decided = ApprovalFilter.Decided;

    /// <summary>As <c>for=you</c>: only what the reader may decide.</summary>
    public const string You = "you";

    public bool ForYou { get; init; }

    private static Dictionary<string, string> Words => new() { ["consumed"] = Texts.StatusApproved, ["declined"] = Texts.StatusDeclined, ["expired"] = Texts.StatusExpired, ["superseded"] = Texts.StatusOutOfDate, ["cancelled"] = Texts.StatusCancelled };

    public bool IsOpen => Status is null;

    public static IReadOnlyDictionary<string, string> Statuses => Words;

    /// <summary>An unknown status shows what is open.</summary>
    public static InboxQuery Of(string? status, string? mine, string? cursor, string? id, string? whose = null) =>
        new(status == Decided || (status is not null && Words.ContainsKey(status)) ? status : null, mine switch { "true" => true, "false" => false, _ => null }, cursor, id) { ForYou = status is null && whose == You };

    public string Href => QueryHelpers.AddQueryString(Id is null ? "/approvals" : $"/approvals/{Uri.EscapeDataString(Id)}", Parts());

    /// <summary>The same view from its beginning, with nothing open.</summary>
    public InboxQuery List => this with { Id = null };

    private Dictionary<string, string?> Parts()
    {
        var parts = new Dictionary<string, string?>();
        if (Status is not null) parts["status"] = Status;
        if (Mine is { } mine) parts["mine"] = mine ? "true" : "false";
        if (ForYou) parts["for"] = You;
        if (Cursor is not null) parts["cursor"] = Cursor;
        return parts;
    }
}
