using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;
using ControlChat.Core.Telemetry;

namespace ControlChat.Core.Gate;

/// <summary>
/// Rows of the record about an agent's approvals. They hold the hash of what was asked for and its beginning; the whole stands in the
/// approval. What a person filled in stands in no row.
/// </summary>
internal static class AgentRecord
{
    public const string Via = "workspace_agent";

    private const int Beginning = 500;
    private const int Searched = 8 * Beginning;
    private const int MostNames = 20;

    public static AuditEntry Requested(ApprovalRow row, AgentSubject subject)
    {
        var entry = Of(row, AuditEvents.ApprovalRequested, "pending", new AuditActor(row.AccountId, row.TokenId, row.AuthSessionId, Via));
        entry.Data["summary"] = $"The agent {subject.Asks}";
        entry.Data["subject"] = Shown(subject);
        row.Describe(entry.Data);
        return entry;
    }

    /// <param name="answer"><c>accept|decline|cancel</c>.</param>
    public static AuditEntry Answered(ApprovalRow row, string answer, string? reason, Principal by)
    {
        var outcome = answer switch { AgentAnswers.Accept => "accepted", AgentAnswers.Cancel => "cancelled", _ => "declined" };
        var entry = Of(row, AuditEvents.AgentApprovalAnswered, outcome, ApprovalClosing.ActorOf(by)) with { Approver = by.AccountId };
        entry.Data["answer"] = answer;
        if (reason is not null) entry.Data["reason"] = reason;
        return entry;
    }

    /// <summary>Ended without an answer.</summary>
    public static AuditEntry Closed(ApprovalRow row, Closing closing)
    {
        var entry = Of(row, $"approval.{closing.Status}", closing.Status, closing.Actor);
        entry.Data["reason"] = closing.Reason;
        return entry;
    }

    private static AuditEntry Of(ApprovalRow row, string happened, string outcome, AuditActor actor) => new(happened, outcome, actor)
    {
        PlanHash = row.PlanHash,
        ApprovalId = row.Id,
        ConversationId = row.ConversationId,
        WorkspaceId = row.WorkspaceId,
        TraceId = row.TraceId,
        Data = new JsonObject { ["kind"] = row.Kind, ["session_id"] = row.SessionId },
    };

    private static JsonObject Shown(AgentSubject subject) => subject switch
    {
        AgentSubject.Command command => new JsonObject { ["command"] = Short(command.Text), ["cwd"] = Short(command.Directory ?? "") },
        AgentSubject.FileChange change => new JsonObject
        {
            ["files"] = new JsonArray([.. change.Files.Take(MostNames).Select(f => (JsonNode)$"{f.Kind} {Short(f.Path)}")]),
            ["count"] = change.Files.Count,
            ["root"] = change.Root is null ? null : Short(change.Root),
        },
        AgentSubject.Tool tool => new JsonObject { ["server"] = Short(tool.Server), ["tool"] = Short(tool.Name) },
        AgentSubject.Question question => new JsonObject { ["server"] = Short(question.Server ?? ""), ["question"] = Short(question.Text) },
        _ => [],
    };

    private static string Short(string text)
    {
        var safe = Redacted(StoredText.Of(text.Length <= Searched ? text : text[..Searched]));
        if (safe.Length <= Beginning) return safe;
        return safe[..(char.IsHighSurrogate(safe[Beginning - 1]) ? Beginning - 1 : Beginning)] + "…";
    }

    private static string Redacted(string text)
    {
        try
        {
            return Redactor.RedactForms(text);
        }
        catch (RegexMatchTimeoutException)
        {
            return Redactor.Removed;
        }
    }
}
