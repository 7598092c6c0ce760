using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.App.SignIn;
using ControlChat.App.Ui;
using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions;

namespace ControlChat.App.Sessions.Screens;

/// <summary>What the pages ask of sessions: beginning one and talking to it pass the gate, stopping never waits for it.</summary>
public sealed class SessionCalls(IToolGate gate, SessionCommands commands, CircuitPrincipal who, TimeProvider time)
{
    private const string Via = "ui";

    public Principal Reader => who.Required;

    /// <summary>What is null is left out, so that the hub's own defaults stand for it.</summary>
    public Task<Outcome> StartAsync(string workspaceId, string? profile, string? message, CancellationToken cancellationToken) =>
        StartAsync(workspaceId, profile, message, Ids.New("req"), new CallOrigin(Via), cancellationToken);

    /// <param name="command">The program's name, then its arguments.</param>
    public Task<Outcome> StartTerminalAsync(string workspaceId, string? profile, IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        var arguments = new JsonObject { ["workspace_id"] = workspaceId, ["mode"] = SessionMode.Terminal, ["command"] = new JsonArray([.. command.Select(c => (JsonNode?)c)]) };
        if (profile is not null) arguments["profile"] = profile;
        return InvokeAsync(SessionActions.Start, Ids.New("req"), arguments, new CallOrigin(Via), cancellationToken);
    }

    /// <summary>The same for the chat beside a page, which ends what it began when nobody comes back to it.</summary>
    /// <param name="requestId">Of the wish: wished twice, one session begins.</param>
    public Task<Outcome> StartBesideAsync(string workspaceId, string? message, string requestId, CancellationToken cancellationToken) =>
        StartAsync(workspaceId, null, message, requestId, new CallOrigin(Via) { Place = SessionActions.Dock }, cancellationToken);

    public Task<Outcome> SayAsync(string id, string text, string requestId, CancellationToken cancellationToken) =>
        InvokeAsync(SessionActions.Message, requestId, new JsonObject { ["session_id"] = id, ["text"] = text }, new CallOrigin(Via), cancellationToken);

    /// <returns>Why it was not done, in a sentence; null: it was.</returns>
    public Task<string?> InterruptAsync(string id, CancellationToken cancellationToken) =>
        TryAsync(Texts.NotInterrupted, async () => Objection(await commands.InterruptAsync(who.Required, id, cancellationToken), Texts.MayNotInterrupt));

    /// <returns>Why it was not done, in a sentence; null: it was.</returns>
    public Task<string?> StopAsync(string id, CancellationToken cancellationToken) =>
        TryAsync(Texts.NotStopped, async () => Objection(await commands.StopAsync(who.Required, id, Via, cancellationToken), Texts.YouMayNotStopThisSession));

    /// <returns>What came of it, in a sentence, and how long it took.</returns>
    public async Task<(string Text, bool Failed)> PanicAsync(bool all, CancellationToken cancellationToken)
    {
        var (since, stopped) = (time.GetTimestamp(), (int?)null);
        var problem = await TryAsync(Texts.NotStopped, async () =>
        {
            stopped = await commands.PanicAsync(who.Required, all ? "all" : "mine", null, Via, cancellationToken);
            return stopped is null ? Texts.OnlyAnAdminMayStopEverybodys : null;
        });
        if (problem is not null) return (problem, true);
        var took = time.GetElapsedTime(since).TotalSeconds;
        return (stopped == 1 ? Texts.StoppedOne.With(took) : Texts.StoppedMany.With(stopped, took), false);
    }

    /// <summary>Ends one session at once, whatever runs in it.</summary>
    /// <returns>Why it was not done, in a sentence; null: it was.</returns>
    public Task<string?> PanicOneAsync(string id, CancellationToken cancellationToken) =>
        TryAsync(Texts.NotStopped, async () => await commands.PanicAsync(who.Required, "session", id, Via, cancellationToken) is null ? Texts.YouMayNotStopThisSession : null);

    private static string? Objection(SessionCommandResult result, string denied) => result switch
    {
        SessionCommandResult.Done => null,
        SessionCommandResult.Ended => Texts.TheSessionHasEnded,
        _ => denied,
    };

    // A click that could not be kept is said where it was made; what is shown stays.
    private static async Task<string?> TryAsync(string failed, Func<Task<string?>> command)
    {
        try
        {
            return await command() is { } objection ? $"{failed}: {objection}" : null;
        }
        catch (HubUnavailableException)
        {
            return Texts.DatabaseDoesNotAnswerTryAgain.With(failed);
        }
    }

    private Task<Outcome> StartAsync(string workspaceId, string? profile, string? message, string requestId, CallOrigin origin, CancellationToken cancellationToken)
    {
        var arguments = new JsonObject { ["workspace_id"] = workspaceId, ["mode"] = SessionMode.Chat };
        if (profile is not null) arguments["profile"] = profile;
        if (message is not null) arguments["initial_message"] = message;
        return InvokeAsync(SessionActions.Start, requestId, arguments, origin, cancellationToken);
    }

    private Task<Outcome> InvokeAsync(string action, string requestId, JsonObject arguments, CallOrigin origin, CancellationToken cancellationToken) =>
        gate.InvokeAsync(who.Required, new ToolCall(action, requestId, JsonSerializer.SerializeToElement(arguments, Json.Wire), origin) { IsCommand = true }, cancellationToken);
}
