using System.Globalization;
using ControlChat.App.Api;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;

namespace ControlChat.App.Audit;

/// <summary>A filter in an address: the same words for REST and for the page.</summary>
internal static class AuditQueryString
{
    private const int MaxLength = 200;

    /// <exception cref="ApiException">422: a time is none, or a value is too long.</exception>
    public static AuditFilter Read(IQueryCollection query) => new()
    {
        From = Time(query, "from"),
        To = Time(query, "to"),
        Event = Text(query, "event"),
        Tool = Text(query, "tool"),
        Account = Text(query, "account"),
        WorkspaceId = Text(query, "workspace_id"),
        RunId = Text(query, "run_id"),
        ActionId = Text(query, "action_id"),
        Outcome = Text(query, "outcome"),
        Text = Text(query, "text"),
    };

    /// <summary>The same for a page: what makes no sense counts as not there.</summary>
    public static AuditFilter Lenient(IQueryCollection query)
    {
        try
        {
            return Read(query);
        }
        catch (ApiException)
        {
            return AuditFilter.None;
        }
    }

    /// <exception cref="ApiException">422: not a row's number.</exception>
    public static long? Seq(IQueryCollection query, string name) => Text(query, name) is not { } text ? null
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seq) && seq > 0 ? seq : throw ApiException.Invalid($"{name} is not a row's number.");

    private static string? Text(IQueryCollection query, string name) => query[name].FirstOrDefault() is not { Length: > 0 } text ? null
        : text.Length <= MaxLength ? text : throw new ApiException(422, "too_long", $"{name} is longer than {MaxLength} characters.");

    private static DateTimeOffset? Time(IQueryCollection query, string name) => Text(query, name) is not { } text ? null
        : Timestamps.TryParse(text, out var time) ? time : throw ApiException.Invalid($"{name} is not a time. Use RFC 3339, such as 2026-11-21T08:00:00Z.");
}
