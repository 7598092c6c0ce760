using System.Text.Json;
using ControlChat.App.SignIn;
using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions;

namespace ControlChat.App.Sessions.Screens;

/// <summary>What the pages ask of sessions: beginning one and talking to it pass the gate, stopping never waits for it.</summary>
public sealed class SessionCalls(IToolGate gate, SessionCommands commands, CircuitPrincipal who)
{
    private const string Via = "ui";

    public Principal Reader => who.Required;

    /// <summary>What is null is left out, so that the hub's own defaults stand for it.</summary>
    public Task<Outcome> StartAsync(string workspaceId, string? profile, string? message, CancellationToken cancellationToken)
    {
        var arguments = new Dictionary<string, string> { ["workspace_id"] = workspaceId, ["mode"] = SessionMode.Chat };
        if (profile is not null) arguments["profile"] = profile;
        if (message is not null) arguments["initial_message"] = message;
        return InvokeAsync(SessionActions.Start, Ids.New("req"), arguments, cancellationToken);
    }

    public Task<Outcome> SayAsync(string id, string text, string requestId, CancellationToken cancellationToken) =>
        InvokeAsync(SessionActions.Message, requestId, new Dictionary<string, string> { ["session_id"] = id, ["text"] = text }, cancellationToken);

    public Task<SessionCommandResult> InterruptAsync(string id, CancellationToken cancellationToken) => commands.InterruptAsync(who.Required, id, cancellationToken);

    public Task<SessionCommandResult> StopAsync(string id, CancellationToken cancellationToken) => commands.StopAsync(who.Required, id, Via, cancellationToken);

    /// <returns>How many were ended; null when this person may not.</returns>
    public Task<int?> PanicAsync(bool all, CancellationToken cancellationToken) => commands.PanicAsync(who.Required, all ? "all" : "mine", null, Via, cancellationToken);

    private Task<Outcome> InvokeAsync(string action, string requestId, Dictionary<string, string> arguments, CancellationToken cancellationToken) =>
        gate.InvokeAsync(who.Required, new ToolCall(action, requestId, JsonSerializer.SerializeToElement(arguments, Json.Wire), new CallOrigin(Via)) { IsCommand = true }, cancellationToken);
}
