using System.Globalization;
using System.Text.Json.Nodes;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;

namespace ControlChat.Bench.Record;

/// <summary>
/// A record of changes: a thousand workspaces, of which one is changed by every fifth row, its title only three times, and one setting by
/// every two-hundredth. Chained behind what the hub wrote already.
/// </summary>
internal static class TrailRows
{
    public const string Hot = "ws_hot";
    private const int Workspaces = 1_000;
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(26);

    /// <summary>A workspace that is changed now and then.</summary>
    public static string Usual { get; } = Id(77);

    public static IEnumerable<object?[]> Of(long last, string hash, int rows, string account)
    {
        var start = TimeProvider.System.GetUtcNow() - rows * Step;
        for (var number = 1L; number <= rows; number++)
        {
            var body = AuditBody.Write(Entry(number, rows, account), Ids.New("aud"), start + number * Step, policyVersion: 1);
            var (before, bodyHash) = (hash, CanonicalJson.Hash(body));
            hash = AuditChain.Hash(before, last + number, bodyHash);
            yield return [last + number, body, before, bodyHash, hash];
        }
    }

    /// <summary>The actions behind the rows that are looked at, as the gate leaves them.</summary>
    public static IEnumerable<object?[]> Actions(int rows, string account) =>
        from number in Numbers(rows)
        where Of(number) == Usual || (Of(number) == Hot && (number > rows - 1_000 || IsTitle(number, rows)))
        select new object?[]
        {
            Action(number), "workspace.tag", "pln_1", account, "Tag", """{"tool":"workspace.tag","arguments":{}}""", $$"""{"workspace/{{Of(number)}}":{{number}}}""", "2026-01-01T00:00:00.000Z",
        };

    public static AuditEntry Entry(long number, int rows, string account) => new("tool.applied", "completed", new AuditActor(number % 2 == 0 ? account : $"acc_{number % 7}", null, null, "ask"))
    {
        Tool = number % 200 == 0 ? "config.set" : "workspace.tag",
        ActionId = Action(number),
        PlanId = "pln_1",
        RunId = string.Create(CultureInfo.InvariantCulture, $"run_{number / 5}"),
        WorkspaceId = number % 200 == 0 ? null : Of(number),
        Data = new JsonObject
        {
            ["summary"] = string.Create(CultureInfo.InvariantCulture, $"Tag a workspace t{number}"),
            ["effects"] = new JsonArray(new JsonObject
            {
                ["op"] = "update",
                ["resource"] = number % 200 == 0 ? "setting/Logs:Days" : "workspace/" + Of(number),
                ["field"] = number % 200 == 0 ? "value" : IsTitle(number, rows) ? "title" : number % 3 == 0 ? "tags" : "state",
                ["before"] = string.Create(CultureInfo.InvariantCulture, $"t{number - 1}"),
                ["after"] = string.Create(CultureInfo.InvariantCulture, $"t{number}"),
            }),
        },
    };

    private static IEnumerable<long> Numbers(int rows) => Enumerable.Range(1, rows).Select(number => (long)number);

    private static string Of(long number) => number % 5 == 0 ? Hot : Id(number % Workspaces);

    private static bool IsTitle(long number, int rows) => number == 5 || number == rows / 20 * 10 + 5 || number == rows / 10 * 9 + 5;

    private static string Id(long number) => string.Create(CultureInfo.InvariantCulture, $"ws_{number:x32}");

    private static string Action(long number) => string.Create(CultureInfo.InvariantCulture, $"act_{number}");
}
