using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions;
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
    public static async Task<Session> SessionAsync(TestHub hub, string workspace, string state = SessionState.Idle, string? conversation = null)
    {
        var asked = SessionBench.Asked(hub.Person.AccountId, workspace) with { ConversationId = conversation };
        if (state == SessionState.Queued) return await SessionBench.QueuedAsync(DatabaseOf(hub), asked);
        var (session, _) = await SessionBench.StartedAsync(DatabaseOf(hub), asked);
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
    public static Task SayAsync(TestHub hub, string session, string text = "Go on.") =>
        DatabaseOf(hub).WriteAsync(t => _sessions.AppendAsync(t, session, null, [new SessionEvent(SessionEvents.UserMessage, new JsonObject { ["text"] = text, ["name"] = "Mara" })], default));

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
