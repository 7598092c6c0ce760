using ControlChat.App.Ui;
using ControlChat.Core.Gate;

namespace ControlChat.App.Approvals.Cards;

/// <summary>Our own words about what a workspace agent asks for; nothing of the agent's stands in them but names.</summary>
internal static class AgentWords
{
    /// <param name="workspace">Its title, or its id.</param>
    public static string Title(AgentSubject? subject, string workspace) => Texts.AgentTitle.With(workspace, subject?.Asks ?? Texts.AsksForDecision);

    /// <summary>Of an approval whose workspace has no name here.</summary>
    public static string Title(Approval approval, IReadOnlyDictionary<string, string> workspaces) =>
        Title(AgentSubject.Of(approval.Kind, approval.Subject), workspaces.GetValueOrDefault(approval.WorkspaceId ?? "", approval.WorkspaceId ?? Texts.AWorkspace));

    public static (string Icon, string Word) Tag(string kind) => kind switch
    {
        ApprovalKinds.AgentCommand => ("session", Texts.Command),
        ApprovalKinds.AgentFileChange => ("edit", Texts.Files),
        ApprovalKinds.AgentTool => ("hand", Texts.Tool),
        _ => ("ask", Texts.Question),
    };

    /// <summary>The four facts of every agent's card.</summary>
    public static IReadOnlyList<PlanFact> Facts(AgentSubject subject, Requester by, string readerId) => [Reach(subject), Length(subject), WayBack(subject), Who(by, readerId)];

    private static PlanFact Reach(AgentSubject subject) => subject switch
    {
        { Uncontained: true } => new("warn", "warn", Texts.WhatItCanReach, Texts.ReachUncontained),
        AgentSubject.Question { Server: { } server } => new("people", "", Texts.WhoReads, Texts.WhoReadsServer.With(server)),
        AgentSubject.Question => new("people", "", Texts.WhoReads, Texts.WhoReadsAgent),
        AgentSubject.Tool => new("lock", "", Texts.WhatItCanReach, Texts.ReachTool),
        _ => new("lock", "", Texts.WhatItCanReach, Texts.ReachWorkspace),
    };

    private static PlanFact Length(AgentSubject subject) => subject switch
    {
        AgentSubject.FileChange { Root: not null } => new("warn", "warn", Texts.ForHowLong, Texts.LengthFolder),
        AgentSubject.Command { More.Count: > 0 } => new("warn", "warn", Texts.ForHowLong, Texts.LengthMoreReach),
        AgentSubject.Question => new("clock", "", Texts.ForHowLong, Texts.LengthQuestion),
        _ => new("clock", "", Texts.ForHowLong, Texts.LengthOnce),
    };

    private static PlanFact WayBack(AgentSubject subject) => subject is AgentSubject.Question
        ? new("undo", "", Texts.ReversibleNo, Texts.ToldNotTakenBack)
        : new("warn", "warn", Texts.ReversibleNo, Texts.NoUndoForAgents);

    private static PlanFact Who(Requester by, string readerId) => new("shield", "", Texts.WhoMayDecide,
        by.AccountId == readerId ? Texts.DecideYouStarted : Texts.DecideOtherStarted.With(by.Name));
}
