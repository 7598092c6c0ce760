using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Audit;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Sessions.Work;

/// <summary>What the agent of one session waits for a person to decide: opened as an approval, and answered to the agent once.</summary>
internal sealed class SessionAsks(SessionTools tools, Session session)
{
    // The agent's own id of each ask whose approval waits, by the approval's.
    private readonly Dictionary<string, string> _waiting = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    /// <summary>How many wait for a person, or for the agent to hear.</summary>
    public int Waiting
    {
        get
        {
            lock (_gate) return _waiting.Count;
        }
    }

    /// <returns>The agent's id of an ask that no person can be asked; null: one is.</returns>
    public async Task<string?> OpenAsync(IHubTransaction transaction, AgentApproval asked, Func<IHubTransaction, SessionEvent, CancellationToken, Task> keep, CancellationToken cancellationToken)
    {
        if (Subject(asked) is not { } subject)
        {
            await keep(transaction, Declined("it does not say what it would change"), cancellationToken);
            return asked.Id;
        }
        try
        {
            var from = new AskingSession(session.Id, session.WorkspaceId, session.OwnerId, session.TokenId, session.AuthSessionId, session.ConversationId, session.ExpiresAt!.Value);
            // Each process of the agent counts its asks from the same number.
            var id = await tools.Approvals.OpenAsync(transaction, new AgentAsk($"{session.Fence}:{asked.Id}", subject, from), cancellationToken);
            await keep(transaction, new SessionEvent(SessionEvents.ApprovalRequested, new JsonObject { ["approval_id"] = id, ["kind"] = subject.Kind, ["subject"] = JsonNode.Parse(subject.ToJson()) }), cancellationToken);
            lock (_gate) _waiting[id] = asked.Id;
            return null;
        }
        catch (ToolRefusedException e)
        {
            await keep(transaction, Declined(e.Message), cancellationToken);
            return asked.Id;
        }
    }

    /// <summary>The agent has heard the answer, or does not wait for one any more.</summary>
    public async Task ResolveAsync(IHubTransaction transaction, AgentEvent.ApprovalResolved resolved, Func<IHubTransaction, SessionEvent, CancellationToken, Task> keep, CancellationToken cancellationToken)
    {
        string? id;
        lock (_gate)
        {
            id = _waiting.FirstOrDefault(w => w.Value == resolved.ApprovalId).Key;
            if (id is not null) _waiting.Remove(id);
        }
        if (id is null) return;
        if (resolved.Answer is null) await tools.Approvals.CancelAsync(transaction, id, "The agent does not wait for it any more.", Actor(session), cancellationToken);
        await keep(transaction, new SessionEvent(SessionEvents.ApprovalResolved, new JsonObject { ["approval_id"] = id, ["answer"] = resolved.Answer?.ToString().ToLowerInvariant() }), cancellationToken);
    }

    /// <summary>Tells the agent what was decided since.</summary>
    /// <param name="onlyNo">What was accepted waits.</param>
    public async Task AnswerAsync(IAgentDriver driver, bool onlyNo, CancellationToken cancellationToken)
    {
        KeyValuePair<string, string>[] waiting;
        lock (_gate) waiting = [.. _waiting];
        foreach (var (approval, ask) in waiting)
        {
            AgentDecision? decision;
            await using (var reader = await tools.Database.ReadAsync(cancellationToken)) decision = await tools.Approvals.FindAnswerAsync(reader, approval, cancellationToken);
            if (decision is null or AgentDecision.Pending || (onlyNo && decision is AgentDecision.Accepted)) continue;
            var (answer, content) = Answer(decision);
            // False: it was answered a moment ago; the event that says so is under way.
            await driver.AnswerAsync(ask, answer, content is null ? null : JsonSerializer.SerializeToElement(content), cancellationToken);
        }
    }

    public static AuditActor Actor(Session session) => new(session.OwnerId, session.TokenId, session.AuthSessionId, "workspace_agent");

    private static (AgentAnswer Answer, JsonObject? Content) Answer(AgentDecision decision) => decision switch
    {
        AgentDecision.Accepted accepted => (AgentAnswer.Accept, accepted.Content),
        AgentDecision.Cancelled => (AgentAnswer.Cancel, null),
        _ => (AgentAnswer.Decline, null),
    };

    private static AgentSubject? Subject(AgentApproval asked) => asked switch
    {
        AgentApproval.Command c => new AgentSubject.Command(c.CommandText, c.Directory, c.Reason, c.More),
        AgentApproval.FileChange { Files: { Count: > 0 } files } f => new AgentSubject.FileChange([.. files.Select(x => new AskedFile(x.Path, x.Kind, x.MovedTo, x.Diff))], f.Reason, f.Root),
        AgentApproval.Tool t => new AgentSubject.Tool(t.Server, t.Name, t.Arguments.ValueKind == JsonValueKind.Object ? JsonObject.Create(t.Arguments)! : [], t.Reason, t.Description),
        AgentApproval.Question q => new AgentSubject.Question(q.Text, q.Server, q.Schema is { ValueKind: JsonValueKind.Object } schema ? JsonObject.Create(schema) : null, q.Address),
        _ => null,
    };

    private static SessionEvent Declined(string why) =>
        new(SessionEvents.System, new JsonObject { ["text"] = $"Something the agent asked for was declined for you: {why}" });
}
