using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using ControlChat.Core.Conversations;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Handoffs;
using ControlChat.Core.Sessions.Work;
using ControlChat.Core.Settings;
using ControlChat.Core.Tools.Sync;
using ControlChat.Core.Workspaces;

namespace ControlChat.Core.Tools.Handoff;

/// <summary>Hands a task over to an agent inside a workspace: a session of its own, or one of this conversation that has nothing to do.</summary>
internal sealed class HandOver(HandoffStore handoffs, SessionStore sessions, SessionQueueing queueing, SyncTargets targets, IConversationLog log, IHubSettings settings) : WriteTool<HandOver.Arguments>
{
    public const string Name = "handoff_to_workspace_agent";

    // Less is not worth an agent's start.
    private static readonly TimeSpan Left = TimeSpan.FromMinutes(5);
    private const string Kind = "session/";
    private const int ShownGoal = 80;

    public sealed record Arguments(
        [Description("The task, in full: what to do, and what must be true at the end. The agent knows nothing else of the conversation.")][MaxLength(CapsuleRules.MostGoal)] string Goal,
        [Description(SyncTargets.About + " When it is not clear which one is meant, ask the person.")] string? WorkspaceId = null,
        [Description("Facts for the task by name, such as an address to fetch from. Whole numbers or text.")] JsonObject? Parameters = null,
        [Description("The only files and directories the agent may change, relative to the workspace. Left out: all of it.")][MaxLength(CapsuleRules.MostPaths)] IReadOnlyList<string>? AllowedPaths = null,
        [Description("When the agent is stopped at the latest, RFC 3339.")] string? Deadline = null,
        [Description("Tokens of the model the agent may use, 1000 or more.")][Range(CapsuleRules.LeastBudget, CapsuleRules.MostBudget)] long? BudgetTokens = null,
        [Description("Files and directories that must be there at the end, relative to the workspace. The report is checked against them.")][MaxLength(CapsuleRules.MostPaths)] IReadOnlyList<string>? Artefacts = null);

    public override ToolDefinition Definition { get; } = Define(Name, ToolScope.Write,
        "Hands a task over to an agent that works inside one workspace: it reads, writes and runs things there, and reports back into this conversation by itself. Use it for everything that needs the files of a workspace; you cannot see or change them. "
        + "It answers at once with the session; the report comes later as a card, so say that the agent is at work and stop.");

    protected override async Task<PlanDraft> PlanAsync(PlanningContext context, Arguments arguments, CancellationToken cancellationToken)
    {
        var target = await targets.ResolveAsync(context, arguments.WorkspaceId, WorkspaceRole.Collaborator, cancellationToken);
        if (target.State != WorkspaceState.Active) throw new ToolRefusedException("conflict", "conflict", $"{target.Shown} is not in use. Unarchive or restore it first.") { Untrusted = target.Foreign };
        var capsule = CapsuleRules.Read(arguments, target.Id, context.Now, settings.Current);
        var wanted = capsule.ToJson();
        var known = await ReusableAsync(context.Reader, context.Principal, capsule, context.Origin.ConversationId, cancellationToken);
        if (known is null) await queueing.RequireRoomAsync(context.Reader, context.Principal, cancellationToken);
        var effect = known is null
            ? new Effect("create", Kind + Ids.New(Session.Prefix), null, null, Shown(wanted, new JsonObject { ["mode"] = SessionMode.Chat, ["profile"] = AgentProfiles.Default }))
            : new Effect("update", Kind + known.Id, "capsule", null, Shown(wanted, []));
        return new PlanDraft(
            wanted, $"Hand a task to the agent of {target.Shown}: {Short(capsule.Goal)}", [effect],
            known is null ? [] : [new ReadVersion(Kind + known.Id, known.LastSeq + 1)], ToolScope.Write)
        {
            // What comes back was written by an agent.
            Untrusted = true,
        };
    }

    public override async Task<JsonObject> ApplyAsync(ApplyContext context, AppliedPlan plan, CancellationToken cancellationToken)
    {
        var effect = plan.Effects.Single();
        var capsule = Capsule.Read(plan.Arguments.ToJsonString());
        if (capsule.Deadline is { } deadline && deadline <= context.Now) throw ToolRefusedException.Conflict("The deadline has passed meanwhile. Nothing was done; ask again with another one.");
        var id = effect.Resource[Kind.Length..];
        var seq = effect.Op == "create" ? await BeginAsync(context, id, capsule, cancellationToken) : await GoOnAsync(context, id, capsule, cancellationToken);
        var row = new HandoffRow
        {
            Id = Ids.New(HandoffRow.Prefix),
            SessionId = id,
            WorkspaceId = capsule.WorkspaceId,
            ConversationId = context.Origin.ConversationId,
            RunId = context.Origin.RunId,
            Capsule = Json.Write(capsule),
            MessageSeq = seq,
            FollowedSeq = seq,
        };
        await handoffs.InsertAsync(context.Transaction, row, cancellationToken);
        var told = new JsonObject { ["handoff_id"] = row.Id, ["session_id"] = id, ["capsule"] = capsule.ToJson() };
        if (row.ConversationId is { } conversation) await log.AppendAsync(context.Transaction, conversation, row.RunId, ConversationEvents.HandoffStarted, told, cancellationToken);
        return told.DeepClone().AsObject();
    }

    private async Task<long> BeginAsync(ApplyContext context, string id, Capsule capsule, CancellationToken cancellationToken)
    {
        var wish = new SessionWish(id, capsule.WorkspaceId, AgentProfiles.Default, capsule.ToMessage()) { Capsule = Json.Write(capsule), BudgetTokens = capsule.BudgetTokens, Deadline = capsule.Deadline };
        return (await queueing.AddAsync(context, wish, cancellationToken)).LastSeq;
    }

    // That it still has nothing to do is in the plan's read set; only its time goes on by itself.
    private async Task<long> GoOnAsync(ApplyContext context, string id, Capsule capsule, CancellationToken cancellationToken)
    {
        var transaction = context.Transaction;
        await SessionQueueing.StopIfFrozenAsync(transaction, capsule.WorkspaceId, cancellationToken);
        if ((await ReusableAsync(transaction, context.Principal, capsule, context.Origin.ConversationId, cancellationToken))?.Id != id)
            throw ToolRefusedException.Conflict("The agent that was to go on has ended or has something else to do by now. Nothing was done; ask again.");
        var seq = await sessions.AppendAsync(transaction, id, null, [SessionText.Said(context.Principal, capsule.ToMessage())], cancellationToken);
        await handoffs.KeepCapsuleAsync(transaction, id, Json.Write(capsule), cancellationToken);
        await SessionClaims.TouchAsync(transaction, id, context.Now + settings.Current.Sessions.IdleChat, cancellationToken);
        transaction.Hint(Topics.Stream(SessionEnding.Changes), id);
        return seq;
    }

    private async Task<ReusableSession?> ReusableAsync(IHubReader reader, Accounts.Principal principal, Capsule capsule, string? conversation, CancellationToken cancellationToken) =>
        capsule.IsBound || conversation is null ? null
        : await handoffs.FindReusableAsync(reader, principal, capsule.WorkspaceId, conversation, AgentProfiles.Default, reader.Now + Left, cancellationToken);

    // The whole capsule, each part by itself; what was not said is not shown.
    private static JsonObject Shown(JsonObject capsule, JsonObject shown)
    {
        foreach (var (name, value) in capsule.Where(p => p.Value is not (null or JsonArray { Count: 0 })).ToList()) shown[name] = value!.DeepClone();
        return shown;
    }

    private static string Short(string goal)
    {
        var line = goal.ReplaceLineEndings(" ");
        return NameWarnings.Marked(line.EnumerateRunes().Count() <= ShownGoal ? line : string.Concat(line.EnumerateRunes().Take(ShownGoal)) + "…");
    }
}
