using System.Text.Json.Nodes;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;

namespace ControlChat.Bench.Record;

/// <summary>A record as a busy team leaves it: a row every 26 seconds, seven people, a thousand workspaces.</summary>
internal static class RecordRows
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(26);

    public static readonly string[] Columns = ["seq", "body", "prev_hash", "body_hash", "hash"];

    /// <summary>Chained from the first row on, the last one written about now.</summary>
    public static IEnumerable<object?[]> Of(int rows)
    {
        var (hash, start) = (AuditChain.Start, TimeProvider.System.GetUtcNow() - rows * Step);
        for (var seq = 1L; seq <= rows; seq++)
        {
            var body = AuditBody.Write(Entry(seq, rows), Ids.New("aud"), start + seq * Step, policyVersion: 1);
            var (before, bodyHash) = (hash, CanonicalJson.Hash(body));
            hash = AuditChain.Hash(before, seq, bodyHash);
            yield return [seq, body, before, bodyHash, hash];
        }
    }

    /// <summary>"needle" is in a row of ten thousand; "early" in every one of the older half and nowhere else, the worst case of a search that starts with the newest.</summary>
    public static AuditEntry Entry(long number, long of = 0) => new(number % 50 == 0 ? "tool.denied" : "tool.applied", number % 50 == 0 ? "denied" : "completed", new AuditActor($"acc_{number % 7}", null, null, "rest"))
    {
        Tool = number % 3 == 0 ? "workspace.rename" : "workspace.tag",
        WorkspaceId = $"ws_{number % 1000}",
        RunId = $"run_{number / 5}",
        Data = new JsonObject
        {
            ["arguments"] = new JsonObject { ["title"] = number % 10_000 == 9_999 ? "needle" : $"Title {number}", ["reason"] = number < of / 2 ? "early" : "late" },
        },
    };
}
