using ControlChat.Core.Gate;

namespace ControlChat.App.Approvals.Cards;

/// <summary>Our own words about what a workspace agent asks for; nothing of the agent's stands in them but names.</summary>
internal static class AgentWords
{
    /// <param name="workspace">Its title, or its id.</param>
    public static string Title(AgentSubject? subject, string workspace) => $"The agent in {workspace} {subject?.Asks ?? "asks for a decision"}";

    /// <summary>Of an approval whose workspace has no name here.</summary>
    public static string Title(Approval approval, IReadOnlyDictionary<string, string> workspaces) =>
        Title(AgentSubject.Of(approval.Kind, approval.Subject), workspaces.GetValueOrDefault(approval.WorkspaceId ?? "", approval.WorkspaceId ?? "a workspace"));

    public static (string Icon, string Word) Tag(string kind) => kind switch
    {
        ApprovalKinds.AgentCommand => ("session", "Command"),
        ApprovalKinds.AgentFileChange => ("edit", "Files"),
        ApprovalKinds.AgentTool => ("hand", "Tool"),
        _ => ("ask", "Question"),
    };

    /// <summary>The four facts of every agent's card.</summary>
    public static IReadOnlyList<PlanFact> Facts(AgentSubject subject, Requester by, string readerId) => [Reach(subject), Length(subject), WayBack(subject), Who(by, readerId)];

    private static PlanFact Reach(AgentSubject subject) => subject switch
    {
        { Uncontained: true } => new("warn", "warn", "What it can reach", "This session runs without the hub's namespace. What you accept can reach everything that the worker's user can."),
        AgentSubject.Question { Server: { } server } => new("people", "", "Who reads the answer", $"The tool server {server}, and the agent. Write nothing that they must not know."),
        AgentSubject.Question => new("people", "", "Who reads the answer", "The agent and its model. Write nothing that they must not know."),
        AgentSubject.Tool => new("lock", "", "What it can reach", "What the tool server can. The call leaves the agent's own sandbox; the agent itself stays in the hub's namespace."),
        _ => new("lock", "", "What it can reach", "Accepting leaves the agent's own sandbox, not the hub's namespace: it can change this workspace and use the network, and sees no file of the hub, of other workspaces or of other sessions."),
    };

    private static PlanFact Length(AgentSubject subject) => subject switch
    {
        AgentSubject.FileChange { Root: not null } => new("warn", "warn", "For how long", "Longer than this change: it also asks to write in a whole folder until it ends."),
        AgentSubject.Command { More.Count: > 0 } => new("warn", "warn", "For how long", "Once, with more reach than its sandbox gives, as it says above."),
        AgentSubject.Question => new("clock", "", "For how long", "Once. The next question asks again."),
        _ => new("clock", "", "For how long", "Once, for exactly this. The next one asks again."),
    };

    private static PlanFact WayBack(AgentSubject subject) => subject is AgentSubject.Question
        ? new("undo", "", "Reversible: no", "What was told cannot be taken back.")
        : new("warn", "warn", "Reversible: no", "The hub has no undo for what an agent does.");

    private static PlanFact Who(Requester by, string readerId) => new("shield", "", "Who may decide",
        by.AccountId == readerId ? "You, who started this session, or an admin of this hub." : $"{by.Name}, who started this session, or an admin of this hub.");
}
