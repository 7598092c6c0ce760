using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions;
using ControlChat.Core.Settings;
using ControlChat.Core.Tools.Sync;
using ControlChat.Core.Workspaces;

namespace ControlChat.Core.Tools.Sessions;

/// <summary>Puts an agent session into the queue. A session command: no model is offered it.</summary>
internal sealed class StartSession(SessionQueueing queueing, AgentProfiles profiles, SyncTargets targets, IHubSettings settings) : WriteTool<StartSession.Arguments>
{
    public sealed record Arguments(
        [Description(SyncTargets.About)] string? WorkspaceId = null,
        [Description("'chat' or 'terminal'.")] string Mode = SessionMode.Chat,
        [Description("The agent's profile.")] string? Profile = null,
        [Description("What a terminal runs.")] IReadOnlyList<string>? Command = null,
        [Description("What the agent is told first.")] string? InitialMessage = null);

    public override ToolDefinition Definition { get; } = Define(SessionActions.Start, ToolScope.Write, "Starts an agent session in a workspace.") with { IsCommand = true };

    protected override async Task<PlanDraft> PlanAsync(PlanningContext context, Arguments arguments, CancellationToken cancellationToken)
    {
        if (arguments.Mode == SessionMode.Terminal) throw new ToolRefusedException("not_supported", "not_supported", "This hub has no terminal sessions. Use mode 'chat'.");
        if (arguments.Mode != SessionMode.Chat || arguments.Command is not null) throw ToolRefusedException.Invalid("'mode' must be 'chat', and 'command' belongs to terminals.");
        var profile = arguments.Profile ?? AgentProfiles.Default;
        if (profiles.Find(profile) is null) throw ToolRefusedException.Invalid($"There is no such profile. There are: {string.Join(", ", profiles.All.Select(p => p.Name))}.");
        if (arguments.InitialMessage is { } text) SessionText.Check(text, settings.Current.Limits.MessageChars);
        var target = await targets.ResolveAsync(context, arguments.WorkspaceId, WorkspaceRole.Collaborator, cancellationToken);
        if (target.State != WorkspaceState.Active) throw ToolRefusedException.Conflict("The workspace is not in use. Unarchive or restore it first.");
        await queueing.RequireRoomAsync(context.Reader, context.Principal, cancellationToken);
        var id = Ids.New(Session.Prefix);
        var after = new JsonObject { ["workspace_id"] = target.Id, ["mode"] = arguments.Mode, ["profile"] = profile, ["initial_message"] = arguments.InitialMessage };
        return new PlanDraft(after.DeepClone().AsObject(), $"Start an agent in {target.Shown}", [new Effect("create", $"session/{id}", null, null, after)], [], ToolScope.Write)
        {
            Untrusted = target.Foreign,
        };
    }

    public override async Task<JsonObject> ApplyAsync(ApplyContext context, AppliedPlan plan, CancellationToken cancellationToken)
    {
        var effect = plan.Effects.Single();
        var after = effect.After!.AsObject();
        var wish = new SessionWish(effect.Resource["session/".Length..], after["workspace_id"]!.GetValue<string>(), after["profile"]!.GetValue<string>(), after["initial_message"]?.GetValue<string>());
        var view = await queueing.AddAsync(context, wish, cancellationToken);
        return JsonSerializer.SerializeToNode(view, Json.Wire)!.AsObject();
    }
}
