using ControlChat.Core.Bus;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions.Containment;
using ControlChat.Core.Settings;

namespace ControlChat.Core.Sessions.Work;

/// <summary>What working on sessions takes.</summary>
internal sealed class SessionTools(
    HubDatabase database, IBus bus, SessionStore sessions, SessionEnding ending, SessionJournal journal, AgentLauncher launcher, IAgentKind kind, IAgentApprovals approvals,
    AgentProcesses processes, AgentProfiles profiles, AgentAddress address, IHubSettings settings)
{
    public HubDatabase Database => database;

    public IBus Bus => bus;

    public SessionStore Sessions => sessions;

    public SessionJournal Journal => journal;

    public AgentLauncher Launcher => launcher;

    public IAgentApprovals Approvals => approvals;

    public AgentAddress Address => address;

    public IHubSettings Settings => settings;

    public AgentUser User => processes.User;

    public string Profile => kind.Profile;

    public string WorkspaceOf(Session session) => session.DirectoryIn(settings);

    /// <exception cref="AgentException">Its profile is not there any more.</exception>
    public string InstructionsOf(Session session) =>
        profiles.Find(session.Profile)?.Prompt ?? throw new AgentException($"The profile '{session.Profile}' is not there any more. There are: {string.Join(", ", profiles.All.Select(p => p.Name))}.");

    /// <summary>Ends it in a transaction of its own; nothing when it has ended already or another worker holds it.</summary>
    /// <param name="fence">Null where no worker's word is needed: its time is over.</param>
    public async Task EndAsync(string id, long? fence, string reason, string? error, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        if (await sessions.FindAsync(transaction, id, cancellationToken) is not { } session) return;
        if (await ending.EndAsync(transaction, session, fence, reason, error is null ? null : journal.Clean(error), SessionAsks.Actor(session), cancellationToken)) await transaction.CommitAsync(cancellationToken);
    }
}
