using System.Text.Json.Nodes;
using ControlChat.Core.Audit;
using ControlChat.Core.Gate;
using ControlChat.Core.Gate.Policies;
using ControlChat.Core.Hub;

namespace ControlChat.Bench.Record;

/// <summary>A record of decisions as a very busy hub leaves it within the last 29 days.</summary>
internal static class PolicyRows
{
    private static readonly TimeSpan Within = TimeSpan.FromDays(29);

    /// <summary>Chained; two thirds ran at once, one third was asked for.</summary>
    public static IEnumerable<object?[]> Of(int rows)
    {
        var (hash, start, step) = (AuditChain.Start, TimeProvider.System.GetUtcNow() - Within, Within / rows);
        for (var seq = 1L; seq <= rows; seq++)
        {
            var body = AuditBody.Write(Entry(seq), Ids.New("aud"), start + seq * step, policyVersion: 1);
            var (before, bodyHash) = (hash, CanonicalJson.Hash(body));
            hash = AuditChain.Hash(before, seq, bodyHash);
            yield return [seq, body, before, bodyHash, hash];
        }
    }

    private static AuditEntry Entry(long number)
    {
        var asked = number % 3 == 0;
        var (tool, scope) = asked ? ("workspace.archive", ToolScope.Destructive) : ("workspace.rename", ToolScope.Write);
        var arguments = new JsonObject { ["workspace_id"] = $"ws_{number % 1000}", ["title"] = $"Title {number}" };
        var facts = new PolicyFacts(new PlanPart(tool, scope, arguments), [], Access: false, Asks: false, Tainted: false, number % 7 == 0 ? "admin" : "member", number % 11 == 0);
        var decision = new PolicyDecision(asked ? "confirm" : "none", asked ? "least:destructive" : "default");
        return new AuditEntry(asked ? "approval.requested" : "tool.applied", asked ? "pending" : "completed", new AuditActor($"acc_{number % 40}", null, null, "rest"))
        {
            Tool = tool,
            PlanId = $"pln_{number}",
            ApprovalId = asked ? $"apr_{number}" : null,
            WorkspaceId = $"ws_{number % 1000}",
            Data = new JsonObject
            {
                ["arguments"] = arguments,
                ["effects"] = new JsonArray(new JsonObject { ["op"] = "update", ["resource"] = $"workspace/ws_{number % 1000}", ["field"] = "title", ["before"] = "Before", ["after"] = $"Title {number}" }),
                ["summary"] = $"Change {number}",
                ["tainted"] = false,
                ["policy"] = PolicyRecord.Write(facts, decision, 1),
            },
        };
    }
}
