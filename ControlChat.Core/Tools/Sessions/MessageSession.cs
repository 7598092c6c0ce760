using System.ComponentModel;
using System.Text.Json.Nodes;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Work;
using ControlChat.Core.Settings;

namespace ControlChat.Core.Tools.Sessions;

/// <summary>Says something to the agent of a session; into a terminal it is typed, with Enter. A session command: no model is offered it.</summary>
internal sealed class MessageSession(SessionStore sessions, SessionAccess access, IHubSettings settings) : WriteTool<MessageSession.Arguments>
{
    public sealed record Arguments([Description("The session's id.")] string SessionId, [Description("What to say.")] string Text);

    public override ToolDefinition Definition { get; } = Define(SessionActions.Message, ToolScope.Write, "Says something to the agent of a session.") with { IsCommand = true };

    protected override async Task<PlanDraft> PlanAsync(PlanningContext context, Arguments arguments, CancellationToken cancellationToken)
    {
        SessionText.Check(arguments.Text, settings.Current.Limits.MessageChars);
        var session = await RequireAsync(context.Reader, context.Principal, arguments.SessionId, cancellationToken);
        return new PlanDraft(
            new JsonObject { ["session_id"] = arguments.SessionId, ["text"] = arguments.Text }, "Say something to an agent",
            [new Effect("update", $"session/{arguments.SessionId}", "messages", null, new JsonObject { ["workspace_id"] = session.WorkspaceId, ["text"] = arguments.Text })], [], ToolScope.Write);
    }

    public override async Task<JsonObject> ApplyAsync(ApplyContext context, AppliedPlan plan, CancellationToken cancellationToken)
    {
        var id = plan.Arguments["session_id"]!.GetValue<string>();
        var session = await RequireAsync(context.Transaction, context.Principal, id, cancellationToken);
        var seq = await sessions.AppendAsync(context.Transaction, id, null, [SessionText.Said(context.Principal, plan.Arguments["text"]!.GetValue<string>())], cancellationToken);
        if (seq == 0) throw ToolRefusedException.Conflict("The session has ended. Start a new one.");
        await SessionClaims.TouchAsync(context.Transaction, id, context.Now + (session.Mode == SessionMode.Terminal ? settings.Current.Sessions.IdleTerminal : settings.Current.Sessions.IdleChat), cancellationToken);
        context.Transaction.Hint(Topics.Stream(SessionEnding.Changes), id);
        return new JsonObject { ["session_id"] = id, ["seq"] = seq };
    }

    private async Task<Session> RequireAsync(IHubReader reader, Accounts.Principal principal, string id, CancellationToken cancellationToken)
    {
        var session = await access.SeeAsync(reader, principal, id, cancellationToken) ?? throw ToolRefusedException.NotFound("There is no such session.");
        if (!await access.MaySteerAsync(reader, principal, session, cancellationToken)) throw ToolRefusedException.Denied("Only who may work in the workspace may talk to its agent.");
        if (TerminalTyping.IsHeldByAnother(principal, session)) throw ToolRefusedException.Conflict("Somebody else types into this terminal. Ask for control in it first.");
        await SessionQueueing.StopIfFrozenAsync(reader, session.WorkspaceId, cancellationToken);
        return session.HasEnded ? throw ToolRefusedException.Conflict("The session has ended. Start a new one.") : session;
    }
}
