using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;

namespace ControlChat.Core.Gate;

/// <summary>A person's yes to an agent. Nothing is applied here: the session's worker reads the answer and tells the agent, once.</summary>
internal sealed class AgentAnswers(IPrincipals principals, IAuditTrail audit, HubAddress address)
{
    public const string Accept = "accept";
    public const string Decline = "decline";
    public const string Cancel = "cancel";

    /// <summary>After the person and their confirm token were checked, in the same transaction; commits it.</summary>
    public async Task<ApprovalDecision> AcceptAsync(IHubTransaction transaction, Principal person, ApprovalRow row, ApproveRequest request, CancellationToken cancellationToken)
    {
        if (CheckForm(row, request) is { } unfit) return unfit;
        if (await CheckWorldAsync(transaction, row, cancellationToken) is { } refusal) return ApprovalClosing.RefusedAs(row, row.Kind, refusal);
        // What is stored must still be what was asked, to the hash that the confirm token is bound to.
        if (CanonicalJson.Hash(JsonNode.Parse(row.Subject!)) != row.PlanHash)
            return new ApprovalDecision.Refused(409, "conflict", "What is stored is not what was asked. Nothing was accepted. Decline it, and let the agent ask again.");
        if (!await ApprovalStore.ConsumeAsync(transaction, row.Id, row.PlanHash, person.AccountId, cancellationToken))
            return ApprovalClosing.AlreadyDecided((await ApprovalStore.FindAsync(transaction, row.Id, cancellationToken))!);
        await ConfirmTokens.DieAsync(transaction, row.Id, cancellationToken);
        await ApprovalStore.KeepAnswerAsync(transaction, row.Id, Accept, ContentOf(row, request)?.ToJsonString(Json.Wire), cancellationToken);
        await audit.AppendAsync(transaction, AgentRecord.Answered(row, Accept, null, person), cancellationToken);
        var outcome = new Outcome
        {
            RequestId = null,
            Tool = row.Kind,
            Status = "completed",
            RequiresConfirmation = true,
            Result = new JsonObject { ["answer"] = Accept },
            ApprovalId = row.Id,
            ApprovalUrl = address.Approval(row.Id),
        };
        await ApprovalStore.AnswerAsync(transaction, row.Id, outcome, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new ApprovalDecision.Done(outcome);
    }

    private static ApprovalDecision.Refused? CheckForm(ApprovalRow row, ApproveRequest request)
    {
        if (request.Answer != Accept) return Invalid("An agent's approval takes 'answer': accept, decline or cancel.");
        if (request.Veto is not null || request.Typed is not null) return Invalid("'veto' and 'typed' belong to plans.");
        if (AgentSubject.Of(row.Kind, JsonNode.Parse(row.Subject!)!.AsObject()) is not AgentSubject.Question question)
            return request.Content is null ? null : Invalid("'content' belongs to the answer to a question.");
        if (request.Content?.ToJsonString(Json.Wire) is { } text && System.Text.Encoding.UTF8.GetByteCount(text) > QuestionForm.MostBytes)
            return new ApprovalDecision.Refused(422, "too_long", $"'content' takes more than {QuestionForm.MostBytes / 1024} KiB.");
        return QuestionForm.Of(question.Schema).Check(request.Content ?? []) is { } fault ? Invalid(fault) : null;
    }

    private static JsonObject? ContentOf(ApprovalRow row, ApproveRequest request) =>
        row.Kind == ApprovalKinds.AgentQuestion ? request.Content ?? [] : null;

    private async Task<ToolRefusedException?> CheckWorldAsync(IHubTransaction transaction, ApprovalRow row, CancellationToken cancellationToken)
    {
        if (await principals.FindAsync(transaction, row.AccountId, row.TokenId, row.AuthSessionId, cancellationToken) is null)
            return ToolRefusedException.Denied("The one who started this session has no rights here any more. Nothing was accepted.");
        return await FreezeStore.StoppingAsync(transaction, [], [row.WorkspaceId!], row.Origin.Agent, cancellationToken) is { } freeze
            ? new ToolRefusedException("frozen", "frozen", $"{freeze.Stopped} Nothing was accepted; the request is kept until its time is over.") : null;
    }

    private static ApprovalDecision.Refused Invalid(string message) => new(422, "invalid", message);
}
