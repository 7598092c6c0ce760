using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Gate;

/// <inheritdoc cref="IAgentApprovals"/>
internal sealed class AgentApprovals(IPrincipals principals, ApprovalLimits limits, ApprovalClosing closing, IAuditTrail audit) : IAgentApprovals
{
    private const int IdMost = 200;

    /// <summary>It is shown inside of other JSON, which has a bound too.</summary>
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 32, AllowDuplicateProperties = false };

    public async Task<string> OpenAsync(IHubTransaction transaction, AgentAsk ask, CancellationToken cancellationToken)
    {
        if (ask.Id.Length is 0 or > IdMost) throw ToolRefusedException.Invalid($"An ask's id has 1 to {IdMost} characters.");
        var (subject, hash) = Written(ask.Subject);
        if (await ApprovalStore.FindAskAsync(transaction, ask.Session.Id, ask.Id, cancellationToken) is { } same) return Same(same, ask, hash);
        var owner = await principals.FindAsync(transaction, ask.Session.OwnerId, ask.Session.TokenId, ask.Session.AuthSessionId, cancellationToken)
            ?? throw ToolRefusedException.Denied("The one who started this session has no rights here any more.");
        await limits.CheckAsync(transaction, owner.Key, agents: true, cancellationToken);
        var row = RowOf(ask, subject, hash, owner, transaction.Now);
        await ApprovalStore.InsertAsync(transaction, row, cancellationToken);
        await audit.AppendAsync(transaction, AgentRecord.Requested(row, ask.Subject), cancellationToken);
        transaction.Hint(Approvals.ChangedTopic, row.Id);
        return row.Id;
    }

    public async Task<AgentDecision?> FindAnswerAsync(IHubReader reader, string approvalId, CancellationToken cancellationToken) =>
        await ApprovalStore.FindAsync(reader, approvalId, cancellationToken) is not { IsAgents: true } row ? null : row.Status switch
        {
            "pending" => row.ExpiresAt <= reader.Now ? new AgentDecision.Expired() : new AgentDecision.Pending(),
            "consumed" => new AgentDecision.Accepted(row.Content is null ? null : JsonNode.Parse(row.Content)!.AsObject()),
            "declined" when row.Answer == AgentAnswers.Cancel => new AgentDecision.Cancelled(ByPerson: true),
            "declined" => new AgentDecision.Declined(row.Reason),
            "expired" => new AgentDecision.Expired(),
            _ => new AgentDecision.Cancelled(ByPerson: false),
        };

    public async Task<bool> CancelAsync(IHubTransaction transaction, string approvalId, string reason, AuditActor by, CancellationToken cancellationToken) =>
        await ApprovalStore.FindAsync(transaction, approvalId, cancellationToken) is { IsAgents: true, Status: "pending" } row
        && await closing.CloseAsync(transaction, row, new Closing("cancelled", by) { Reason = reason }, cancellationToken);

    public async Task<int> CancelForSessionAsync(IHubTransaction transaction, string sessionId, string reason, AuditActor by, CancellationToken cancellationToken)
    {
        var cancelled = 0;
        foreach (var row in await ApprovalStore.PendingOfSessionAsync(transaction, sessionId, cancellationToken))
        {
            if (await closing.CloseAsync(transaction, row, new Closing("cancelled", by) { Reason = reason }, cancellationToken)) cancelled++;
        }
        await ApprovalStore.ForgetContentAsync(transaction, sessionId, cancellationToken);
        return cancelled;
    }

    private static string Same(ApprovalRow row, AgentAsk ask, string hash) => row.Kind == ask.Subject.Kind && row.PlanHash == hash
        ? row.Id
        : throw ToolRefusedException.Conflict("This session asked for something else under the same id.");

    // Kept as it was asked, for the eye; the hash is of its canonical form.
    private static (string Text, string Hash) Written(AgentSubject subject)
    {
        if (subject is AgentSubject.FileChange { Files.Count: 0 }) throw ToolRefusedException.Invalid("The agent does not say which files it would change.");
        try
        {
            var text = subject.ToJson();
            if (Encoding.UTF8.GetByteCount(text) > AgentAsk.MostBytes)
                throw new ToolRefusedException("invalid", "too_long", $"What is asked for takes more than {AgentAsk.MostBytes / 1024} KiB: nobody would read all of it before they decide.");
            return (text, CanonicalJson.Hash(JsonNode.Parse(text, documentOptions: Strict)));
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or ArgumentException)
        {
            throw ToolRefusedException.Invalid("What is asked for cannot be shown as it is: it names a field twice, is nested too deeply, or holds half a character.");
        }
    }

    private static ApprovalRow RowOf(AgentAsk ask, string subject, string hash, Principal owner, DateTimeOffset now)
    {
        if (ask.Session.EndsAt <= now) throw ToolRefusedException.Conflict("The session is over.");
        var until = now + Policy.Patience(ToolScope.Write, "confirm");
        return new ApprovalRow
        {
            Id = Ids.New("apr"),
            Kind = ask.Subject.Kind,
            PlanHash = hash,
            Subject = subject,
            PrincipalKey = owner.Key,
            AccountId = owner.AccountId,
            AccountName = owner.Name,
            TokenId = owner.TokenId,
            TokenName = owner.TokenName,
            AuthSessionId = ask.Session.AuthSessionId,
            Via = AgentRecord.Via,
            ConversationId = ask.Session.ConversationId,
            CallId = ask.Id,
            SessionId = ask.Session.Id,
            WorkspaceId = ask.Session.WorkspaceId,
            Tainted = true,
            CreatedAt = now,
            ExpiresAt = until < ask.Session.EndsAt ? until : ask.Session.EndsAt,
        };
    }
}
