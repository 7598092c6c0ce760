using System.Text.Json.Nodes;
using ControlChat.Core.Audit;
using ControlChat.Core.Bus;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions.Containment;
using ControlChat.Core.Settings;

namespace ControlChat.Core.Sessions.Work;

/// <summary>What working on sessions takes.</summary>
internal sealed class SessionTools(
    HubDatabase database, IBus bus, SessionStore sessions, SessionEnding ending, SessionJournal journal, AgentLauncher launcher, IAgentKind kind, IAgentApprovals approvals,
    AgentProcesses processes, AgentProfiles profiles, IProfileTools offered, AgentAddress address, IHubSettings settings, TimeProvider time)
{
    public HubDatabase Database => database;

    public IBus Bus => bus;

    public SessionStore Sessions => sessions;

    public SessionJournal Journal => journal;

    public AgentLauncher Launcher => launcher;

    public IAgentApprovals Approvals => approvals;

    public AgentAddress Address => address;

    public IHubSettings Settings => settings;

    public TimeProvider Time => time;

    public AgentUser User => processes.User;

    public string Profile => kind.Profile;

    public string WorkspaceOf(Session session) => session.DirectoryIn(settings);

    /// <exception cref="AgentException">Its profile is not there any more, or has a fault.</exception>
    public string InstructionsOf(Session session)
    {
        var profile = profiles.Find(session.Profile) ?? throw new AgentException($"The profile '{session.Profile}' is not there any more. There are: {string.Join(", ", profiles.All.Select(p => p.Name))}.");
        if (profile.Fault is { } fault) throw new AgentException($"The profile '{session.Profile}' cannot be used: {fault}.");
        var unknown = (profile.Tools ?? []).Except(offered.Words, StringComparer.Ordinal).ToList();
        return unknown.Count == 0 ? profile.Prompt
            : throw new AgentException($"The profile '{session.Profile}' names tools that there are not: {string.Join(", ", unknown)}. Under 'tools' it may name: {string.Join(", ", offered.Words)}.");
    }

    /// <summary>
    /// Why agents run here without a namespace; null: they have one, or are refused without. Found out once, before any agent runs: one that does
    /// could use up what a namespace needs.
    /// </summary>
    public async Task<string?> WhyUncontainedAsync(CancellationToken cancellationToken) =>
        settings.Current.Sessions.AllowUncontained ? await processes.LackAsync(cancellationToken) : null;

    /// <summary>Its first row on the record.</summary>
    public static AuditEntry Started(Session session, string? uncontained) => new("session.started", "started", SessionAsks.Actor(session))
    {
        WorkspaceId = session.WorkspaceId,
        ConversationId = session.ConversationId,
        Data = new JsonObject { ["session"] = session.Id, ["mode"] = session.Mode, ["profile"] = session.Profile, ["uncontained"] = uncontained },
    };

    /// <summary>Whether somebody panicked or another worker holds it.</summary>
    public async Task<bool> IsLostAsync(string id, long fence)
    {
        try
        {
            await using var reader = await database.ReadAsync(CancellationToken.None);
            return await sessions.FindAsync(reader, id, CancellationToken.None) is not { } now || now.EndReason == SessionEnd.Panic || now.Fence != fence;
        }
        catch (HubUnavailableException)
        {
            // Nobody knows who holds it by now.
            return true;
        }
    }

    /// <summary>Ends it if its time is over, or nothing happened in it for too long: asked anew, for it may have been used since somebody looked.</summary>
    public async Task EndDueAsync(string id, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        if (await SessionClaims.HoldDueAsync(transaction, id, cancellationToken) is not { } reason || await sessions.FindAsync(transaction, id, cancellationToken) is not { } session) return;
        if (await ending.EndAsync(transaction, session, null, reason, null, SessionAsks.Actor(session), cancellationToken)) await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>Ends it in a transaction of its own; nothing when it has ended already or another worker holds it.</summary>
    public Task EndAsync(string id, long fence, string reason, string? error, CancellationToken cancellationToken) => EndAsync(id, fence, reason, error, null, cancellationToken);

    /// <param name="exitCode">Of a terminal's program.</param>
    public async Task EndAsync(string id, long fence, string reason, string? error, int? exitCode, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        if (await sessions.FindAsync(transaction, id, cancellationToken) is not { } session) return;
        if (await ending.EndAsync(transaction, session, fence, reason, error is null ? null : journal.Clean(error), exitCode, SessionAsks.Actor(session), cancellationToken)) await transaction.CommitAsync(cancellationToken);
    }
}
