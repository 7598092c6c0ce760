using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Terminals;
using ControlChat.Core.Settings;
using ControlChat.Core.Tools.Sync;
using ControlChat.Core.Workspaces;

namespace ControlChat.Core.Tools.Sessions;

/// <summary>Puts an agent session into the queue. A session command: no model is offered it.</summary>
internal sealed class StartSession(SessionQueueing queueing, AgentProfiles profiles, ITerminalPrograms programs, SyncTargets targets, IHubSettings settings) : WriteTool<StartSession.Arguments>
{
    private const int MostWords = 64;
    private const int MostCharacters = 4096;

    public sealed record Arguments(
        [Description(SyncTargets.About)] string? WorkspaceId = null,
        [Description("'chat' or 'terminal'.")] string Mode = SessionMode.Chat,
        [Description("The agent's profile.")] string? Profile = null,
        [Description("What a terminal runs: a program's name, then its arguments. Without it the agent's own interface.")] IReadOnlyList<string>? Command = null,
        [Description("What the agent is told first.")] string? InitialMessage = null);

    public override ToolDefinition Definition { get; } = Define(SessionActions.Start, ToolScope.Write, "Starts an agent session in a workspace.") with { IsCommand = true };

    protected override async Task<PlanDraft> PlanAsync(PlanningContext context, Arguments arguments, CancellationToken cancellationToken)
    {
        var command = CommandOf(arguments);
        var profile = arguments.Profile ?? AgentProfiles.Default;
        if (profiles.Find(profile) is null) throw ToolRefusedException.Invalid($"There is no such profile. There are: {string.Join(", ", profiles.All.Select(p => p.Name))}.");
        if (arguments.InitialMessage is { } text) SessionText.Check(text, settings.Current.Limits.MessageChars);
        var target = await targets.ResolveAsync(context, arguments.WorkspaceId, WorkspaceRole.Collaborator, cancellationToken);
        if (target.State != WorkspaceState.Active) throw ToolRefusedException.Conflict("The workspace is not in use. Unarchive or restore it first.");
        await queueing.RequireRoomAsync(context.Reader, context.Principal, cancellationToken);
        var id = Ids.New(Session.Prefix);
        var after = new JsonObject { ["workspace_id"] = target.Id, ["mode"] = arguments.Mode, ["profile"] = profile, ["initial_message"] = arguments.InitialMessage };
        if (command is not null) after["command"] = new JsonArray([.. command.Select(c => (JsonNode?)c)]);
        var title = command is null ? $"Start an agent in {target.Shown}" : $"Start a terminal with {command[0]} in {target.Shown}";
        return new PlanDraft(after.DeepClone().AsObject(), title, [new Effect("create", $"session/{id}", null, null, after)], [], ToolScope.Write)
        {
            Untrusted = target.Foreign,
        };
    }

    public override async Task<JsonObject> ApplyAsync(ApplyContext context, AppliedPlan plan, CancellationToken cancellationToken)
    {
        var effect = plan.Effects.Single();
        var after = effect.After!.AsObject();
        var wish = new SessionWish(effect.Resource["session/".Length..], after["workspace_id"]!.GetValue<string>(), after["profile"]!.GetValue<string>(), after["initial_message"]?.GetValue<string>())
        {
            Mode = after["mode"]!.GetValue<string>(),
            Command = after["command"]?.ToJsonString(Json.Wire),
        };
        var view = await queueing.AddAsync(context, wish, cancellationToken);
        return JsonSerializer.SerializeToNode(view, Json.Wire)!.AsObject();
    }

    /// <returns>What a terminal runs; null for a chat.</returns>
    private IReadOnlyList<string>? CommandOf(Arguments arguments)
    {
        switch (arguments.Mode)
        {
            case SessionMode.Chat:
                return arguments.Command is null ? null : throw ToolRefusedException.Invalid("'command' belongs to terminals. Leave it out, or use mode 'terminal'.");
            case SessionMode.Terminal:
                if (arguments.InitialMessage is not null) throw ToolRefusedException.Invalid("A terminal takes no 'initial_message'. Leave it out and type into the terminal, or use mode 'chat'.");
                var command = arguments.Command ?? [programs.Names[0]];
                if (command.Count is 0 or > MostWords || command.Any(w => w is null) || command.Sum(w => w.Length) > MostCharacters)
                    throw ToolRefusedException.Invalid($"'command' is a program's name and its arguments, at most {MostWords} words of {MostCharacters} characters in all.");
                return programs.Refusal(command) is { } why ? throw ToolRefusedException.Invalid(why) : command;
            default:
                throw ToolRefusedException.Invalid("'mode' must be 'chat' or 'terminal'.");
        }
    }
}
