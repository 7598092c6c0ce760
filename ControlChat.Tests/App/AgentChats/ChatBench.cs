using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Work;
using ControlChat.Core.Workspaces;
using ControlChat.Tests.Core.Sessions;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace ControlChat.Tests.App.AgentChats;

/// <summary>Workspaces and sessions of a hub in which nobody works but the test.</summary>
internal static class ChatBench
{
    /// <summary>The settings of such a hub.</summary>
    public static readonly string[] Idle = ["--mode", "web", "--Sessions:PerPerson=5"];

    private static readonly SessionStore _sessions = new();

    public static async Task<string> WorkspaceAsync(TestHub hub, string title = "river-gauge")
    {
        var id = Ids.New(WorkspaceId.Prefix);
        await DatabaseOf(hub).WriteAsync(async t =>
        {
            await new WorkspaceStore().InsertAsync(t, id, title, [], hub.Person.AccountId, null, default);
            return true;
        });
        return id;
    }

    /// <summary>A session of the person that is in this state.</summary>
    /// <param name="place">Where it began: in the dock, as a rule; null: elsewhere.</param>
    public static async Task<Session> SessionAsync(TestHub hub, string workspace, string state = SessionState.Idle, string? conversation = null, string? place = SessionActions.Dock)
    {
        var asked = SessionBench.Asked(hub.Person.AccountId, workspace) with { ConversationId = conversation };
        if (state == SessionState.Queued)
        {
            var queued = await SessionBench.QueuedAsync(DatabaseOf(hub), asked);
            await AppendAsync(hub, queued.Id, SessionClosing.Queued(place));
            return queued;
        }
        var (session, _) = await SessionBench.StartedAsync(DatabaseOf(hub), asked);
        await AppendAsync(hub, session.Id, SessionClosing.Queued(place));
        await MoveAsync(hub, session, SessionState.Starting, state);
        return session;
    }

    public static async Task MoveAsync(TestHub hub, Session session, string from, string to)
    {
        if (to == SessionState.Starting) return;
        // The way to a decision leads through a turn.
        var way = to == SessionState.WaitingForApproval && from != SessionState.Running ? SessionState.Running : to;
        await DatabaseOf(hub).WriteAsync(t => _sessions.MoveAsync(t, session.Id, session.Fence, from, way, default));
        if (way != to) await MoveAsync(hub, session, way, to);
    }

    /// <summary>Somebody says something that has not reached the agent.</summary>
    public static Task<long> SayAsync(TestHub hub, string session, string text = "Go on.") =>
        AppendAsync(hub, session, new SessionEvent(SessionEvents.UserMessage, new JsonObject { ["text"] = text, ["name"] = "Mara" }));

    /// <summary>The agent has it; its turn has not begun.</summary>
    public static async Task DeliverAsync(TestHub hub, Session session, string text = "Go on.")
    {
        var seq = await SayAsync(hub, session.Id, text);
        await DatabaseOf(hub).WriteAsync(async t =>
        {
            await SessionClaims.DeliveredAsync(t, session.Id, session.Fence, seq, default);
            return true;
        });
    }

    /// <summary>What a worker notes when it takes the session to a state.</summary>
    public static Task<long> NoteAsync(TestHub hub, string session, string state) => AppendAsync(hub, session, new SessionEvent(SessionEvents.State, new JsonObject { ["state"] = state }));

    /// <summary>Its agent runs without a namespace around it.</summary>
    public static Task<long> UncontainedAsync(TestHub hub, string session) =>
        AppendAsync(hub, session, new SessionEvent(SessionEvents.System, new JsonObject { ["text"] = "No namespace.", ["code"] = SessionEvents.Uncontained }));

    private static Task<long> AppendAsync(TestHub hub, string session, SessionEvent happened) => DatabaseOf(hub).WriteAsync(t => _sessions.AppendAsync(t, session, null, [happened], default));

    public static async Task<string> StateAsync(TestHub hub, string session) => (await SessionBench.ReadAsync(DatabaseOf(hub), session)).State;

    /// <summary>Another account, with a role in the workspace or without one.</summary>
    public static async Task<Principal> OtherAsync(TestHub hub, string workspace, string? role)
    {
        var id = Ids.New("acc");
        await DatabaseOf(hub).WriteAsync(async t =>
        {
            await t.ExecuteAsync("insert into accounts (id, name, email, role, created_at) values (@id, 'Other', @email, 'member', hub_now())", new { id, email = $"{id}@example.org" }, default);
            if (role is not null)
                await t.ExecuteAsync("insert into workspace_members (workspace_id, account_id, role, state, updated_at) values (@workspace, @id, @role, 'active', hub_now())", new { workspace, id, role }, default);
            return true;
        });
        return new Principal(id, "Other", "member", null, null, null, TokenScopes.All, hub.Time.GetUtcNow());
    }

    public static HubDatabase DatabaseOf(TestHub hub) => hub.Services.GetRequiredService<HubDatabase>();
}
