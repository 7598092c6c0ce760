using ControlChat.Core.Gate.Grants;
using Microsoft.AspNetCore.WebUtilities;

namespace ControlChat.App.Approvals.Grants;

/// <summary>What the page of grants shows, as its address says it.</summary>
/// <param name="Ended">Those that have ended, else those that are active.</param>
/// <param name="Cursor">Of the page before.</param>
public sealed record GrantsQuery(bool Ended, string? Cursor)
{
    public const string Path = "/approvals/grants";

    public string Status => Ended ? GrantFilter.Ended : GrantFilter.Active;

    public string Href
    {
        get
        {
            var parts = new Dictionary<string, string?>();
            if (Ended) parts["status"] = GrantFilter.Ended;
            if (Cursor is not null) parts["cursor"] = Cursor;
            return QueryHelpers.AddQueryString(Path, parts);
        }
    }

    /// <summary>An unknown status shows what is active.</summary>
    public static GrantsQuery Of(string? status, string? cursor) => new(status == GrantFilter.Ended, cursor);
}
