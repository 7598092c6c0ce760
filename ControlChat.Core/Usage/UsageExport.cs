using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Usage;

/// <summary>What was used as a file. That somebody took along what others used stands on the record first.</summary>
public sealed class UsageExport
{
    private static readonly string[] Fields =
        ["key", "name", "runs", "runs_failed", "run_p50_ms", "run_p95_ms", "calls", "errors", "p50_ms", "p95_ms", "tokens_in", "tokens_out", "sessions", "sessions_failed", "session_seconds"];

    private readonly UsageDesk _desk;
    private readonly IAuditTrail _trail;

    internal UsageExport(UsageDesk desk, IAuditTrail trail) => (_desk, _trail) = (desk, trail);

    public static IReadOnlyList<string> Formats { get; } = ["csv", "jsonl"];

    /// <summary>All rows of a question, once the export is on the record where it has to be.</summary>
    /// <exception cref="HubUnavailableException">Without a row there is no export.</exception>
    public async Task<UsageAnswer> ReadAsync(Principal principal, UsageQuery query, string format, CancellationToken cancellationToken)
    {
        var answer = await _desk.ReadAsync(principal, query with { Limit = int.MaxValue, Cursor = null }, cancellationToken);
        if (answer is not UsageAnswer.Found || !query.NamesPeople || query.Account == principal.AccountId) return answer;
        await _trail.AppendAsync(new AuditEntry(AuditEvents.UsageExported, "completed", new AuditActor(principal.AccountId, principal.TokenId, principal.AuthSessionId, principal.IsToken ? "rest" : "ui"))
        {
            Data = new JsonObject { ["format"] = format, ["from"] = Day(query.From), ["to"] = Day(query.To), ["by"] = query.By.ToString().ToLowerInvariant(), ["account"] = query.Account },
        }, cancellationToken);
        return answer;
    }

    /// <param name="format">One of <see cref="Formats"/>.</param>
    public static async Task WriteAsync(Stream output, UsageReport report, string format, CancellationToken cancellationToken)
    {
        await using var writer = new StreamWriter(output, new UTF8Encoding(false), leaveOpen: true);
        var csv = format == "csv";
        writer.NewLine = csv ? "\r\n" : "\n";
        var query = report.Query;
        var header = new { Format = "controlchat-usage/1", From = Day(query.From), To = Day(query.To), By = query.By.ToString().ToLowerInvariant(), query.Account };
        await writer.WriteLineAsync((csv ? string.Join(',', Fields) : Json.Write(header)).AsMemory(), cancellationToken);
        foreach (var row in report.Items)
        {
            var fields = FieldsOf(row);
            await writer.WriteLineAsync((csv ? string.Join(',', Fields.Select(f => AuditCsv.Cell(Convert.ToString(fields[f], CultureInfo.InvariantCulture) ?? ""))) : Json.Write(fields)).AsMemory(), cancellationToken);
        }
        if (!csv) await writer.WriteLineAsync(Json.Write(new { End = new { Rows = report.Items.Count } }).AsMemory(), cancellationToken);
    }

    private static Dictionary<string, object?> FieldsOf(UsageRow row) => new()
    {
        ["key"] = row.Key,
        ["name"] = row.Name,
        ["runs"] = row.Runs,
        ["runs_failed"] = row.RunsFailed,
        ["run_p50_ms"] = Rounded(row.RunP50Ms),
        ["run_p95_ms"] = Rounded(row.RunP95Ms),
        ["calls"] = row.Calls,
        ["errors"] = row.Errors,
        ["p50_ms"] = Rounded(row.P50Ms),
        ["p95_ms"] = Rounded(row.P95Ms),
        ["tokens_in"] = row.TokensIn,
        ["tokens_out"] = row.TokensOut,
        ["sessions"] = row.Sessions,
        ["sessions_failed"] = row.SessionsFailed,
        ["session_seconds"] = row.SessionSeconds,
    };

    private static double? Rounded(double? ms) => ms is { } value ? Math.Round(value, 2) : null;

    private static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
