using System.Globalization;
using ControlChat.App.Api;
using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;
using ControlChat.Core.Usage;

namespace ControlChat.App.Usage;

/// <summary>What was used, over HTTP.</summary>
internal static class UsageEndpoints
{
    private const int UsualDays = 30;

    // Ten years, before and after: behind that is nobody's question.
    private const int MostDaysAway = 3_650;

    public static void MapUsage(this IEndpointRouteBuilder routes)
    {
        var usage = routes.MapGroup("/api/v1/usage").WithTags("Usage");
        usage.MapGet("", ListAsync).WithSummary("Runs, calls, errors, times, tokens and sessions by UTC day, person, token or tool; others' for admins only").Produces<UsageBody>().ProducesProblem(403).ProducesProblem(422);
        usage.MapGet("export", ExportAsync).WithSummary("The same rows, all of them, as CSV or JSONL").ProducesProblem(403).ProducesProblem(422);
    }

    private static async Task<IResult> ListAsync(HttpContext context, UsageDesk desk, TimeProvider time, int? limit, string? cursor, CancellationToken cancellationToken)
    {
        var principal = context.RequirePrincipal();
        var query = Read(context.Request.Query, principal, time) with { Limit = Pages.Limit(limit), Cursor = cursor };
        try
        {
            var report = Found(await desk.ReadAsync(principal, query, cancellationToken));
            return Results.Json(new UsageBody(query.From, query.To, Word(query.By), query.Account, report.Total, report.Items, report.Next), Json.Wire);
        }
        catch (FormatException e)
        {
            throw ApiException.Invalid(e.Message);
        }
    }

    private static async Task<IResult> ExportAsync(HttpContext context, UsageExport export, TimeProvider time, string? format, CancellationToken cancellationToken)
    {
        if (format is null || !UsageExport.Formats.Contains(format)) throw ApiException.Invalid($"format is '{format}'; use csv or jsonl.");
        var principal = context.RequirePrincipal();
        var query = Read(context.Request.Query, principal, time);
        var report = Found(await export.ReadAsync(principal, query, format, cancellationToken));
        return Results.Stream(
            output => UsageExport.WriteAsync(output, report, format, context.RequestAborted),
            format == "csv" ? "text/csv; charset=utf-8" : "application/jsonl", string.Create(CultureInfo.InvariantCulture, $"usage-{query.From:yyyy-MM-dd}-{query.To:yyyy-MM-dd}.{format}"));
    }

    private static UsageQuery Read(IQueryCollection query, Principal principal, TimeProvider time)
    {
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        var to = Day(query, "to", today) ?? today;
        var from = Day(query, "from", today) ?? to.AddDays(1 - UsualDays);
        if (from > to) throw ApiException.Invalid("from is after to.");
        var by = One(query, "by", UsageBy.Day);
        var asked = new UsageQuery(from, to, by, Account(query["account"].FirstOrDefault(), principal));
        if (asked.Days > UsageQuery.MostDays) throw ApiException.Invalid($"These are {asked.Days} days; ask for at most {UsageQuery.MostDays}.");
        return asked with { Sort = One(query, "sort", asked.Sort) };
    }

    private static string? Account(string? account, Principal principal) => account switch
    {
        null or "" => null,
        "me" => principal.AccountId,
        { Length: > 200 } => throw new ApiException(422, "too_long", "account is longer than 200 characters."),
        _ => account,
    };

    private static T One<T>(IQueryCollection query, string name, T usual) where T : struct, Enum => query[name].FirstOrDefault() is not { Length: > 0 } text ? usual
        : Enum.GetValues<T>().Where(v => Word(v) == text).Select(v => (T?)v).FirstOrDefault()
            ?? throw ApiException.Invalid($"{name} is none of {string.Join(", ", Enum.GetValues<T>().Select(Word))}.");

    private static DateOnly? Day(IQueryCollection query, string name, DateOnly today)
    {
        if (query[name].FirstOrDefault() is not { Length: > 0 } text) return null;
        if (!DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)) throw ApiException.Invalid($"{name} is not a day. Use a UTC day such as 2026-11-27.");
        return Math.Abs(day.DayNumber - today.DayNumber) <= MostDaysAway ? day : throw ApiException.Invalid($"{name} is more than {MostDaysAway} days away. Use is kept for {UsageQuery.MostDays} days.");
    }

    private static string Word<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();

    private static UsageReport Found(UsageAnswer answer) => answer switch
    {
        UsageAnswer.Found found => found.Report,
        UsageAnswer.Refused refused => throw ApiException.Denied(refused.Words),
        _ => throw new ArgumentException($"{answer} is no answer."),
    };
}

/// <param name="Total">Of all rows, not of the page.</param>
public sealed record UsageBody(DateOnly From, DateOnly To, string By, string? Account, UsageFigures Total, IReadOnlyList<UsageRow> Items, string? NextCursor);
