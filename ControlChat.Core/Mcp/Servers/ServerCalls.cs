using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Mcp.Servers;

/// <summary>
/// Carries approved calls out: after the commit that approved them, never twice. One that was under way when its process ended may have been done,
/// so it is not sent again; what is known is told.
/// </summary>
internal sealed partial class ServerCalls(HubDatabase database, ServerCaller caller, OutsideAnswers answers, ILogger<ServerCalls> logger) : IOutboxHandler
{
    /// <summary>The announcement of an order; the id is that of the action.</summary>
    public const string Order = "mcp.call";

    // Longer than a look and a call may take together.
    private static readonly TimeSpan Claim = (2 * ServerLimits.Call) + TimeSpan.FromSeconds(30);
    private readonly ConcurrentDictionary<string, Lazy<Task>> _running = new(StringComparer.Ordinal);

    string IOutboxHandler.Topic => Order;

    public Task HandleAsync(string id, CancellationToken cancellationToken) => CarryOutAsync(id).WaitAsync(cancellationToken);

    /// <summary>Once in this process however many ask. Nobody's leaving stops it.</summary>
    /// <exception cref="InvalidOperationException">Another process is at it.</exception>
    public async Task CarryOutAsync(string actionId)
    {
        var work = _running.GetOrAdd(actionId, id => new Lazy<Task>(() => Task.Run(() => RunAsync(id))));
        try
        {
            await work.Value;
        }
        finally
        {
            _running.TryRemove(actionId, out _);
        }
    }

    private async Task RunAsync(string id)
    {
        CallRow call;
        await using (var transaction = await database.BeginAsync(CancellationToken.None))
        {
            call = await ServerCallStore.FindAsync(transaction, id, CancellationToken.None) ?? throw new InvalidOperationException($"No call {id}.");
            if (call.State == "done") return;
            if (call.State == "running")
            {
                if (!database.IsOneProcess && call.Until > transaction.Now) throw new InvalidOperationException($"The call {id} is under way in another process.");
                await EndAsync(transaction, id, null, Unknown("The hub stopped while the call was under way."));
                return;
            }
            if (await FrozenAsync(transaction, call) is { } frozen)
            {
                await EndAsync(transaction, id, null, new OutcomeError("frozen", frozen));
                return;
            }
            if (!await ServerCallStore.TakeAsync(transaction, id, transaction.Now + Claim, CancellationToken.None)) return;
            await transaction.CommitAsync(CancellationToken.None);
        }
        var (result, error) = await SendAsync(call);
        await using var end = await database.BeginAsync(CancellationToken.None);
        await EndAsync(end, id, result, error);
    }

    private async Task<(JsonObject? Result, OutcomeError? Error)> SendAsync(CallRow call)
    {
        try
        {
            var tool = new ServerToolDefinition(call.Server, call.Name, "", call.Hash);
            var result = await caller.CallAsync(tool, JsonNode.Parse(call.Arguments)!.AsObject(), again: false, CancellationToken.None);
            return (result.Value, result.IsError ? new OutcomeError("server_error", $"The server '{call.Server}' says that the call failed. What it says stands in the result.") : null);
        }
        catch (ServerFaultException e)
        {
            return (null, e.WasSent ? Unknown(e.Message) : new OutcomeError("server_unavailable", $"{e.Message} The call was not sent."));
        }
        catch (ToolRefusedException e)
        {
            return (null, new OutcomeError(e.Code, e.Message + " The call was not sent."));
        }
        catch (Exception e)
        {
            var reference = Ids.New("ref")[^8..];
            LogBroken(logger, e, call.Server, call.Name, reference);
            return (null, Unknown($"The call broke (ref {reference}).") with { Ref = reference });
        }
    }

    private static OutcomeError Unknown(string why) => new("outcome_unknown", $"{why} Whether it was done is not known: look there before you ask again.");

    private static async Task<string?> FrozenAsync(IHubReader reader, CallRow call) =>
        (await FreezeStore.StoppingAsync(reader, [ServerTool.NameOf(call.Server, call.Name)], [], null, CancellationToken.None))?.Words;

    private async Task EndAsync(IHubTransaction transaction, string id, JsonObject? result, OutcomeError? error)
    {
        if (!await ServerCallStore.EndAsync(transaction, id, CancellationToken.None)) return;
        await answers.WriteAsync(transaction, id, result, error, CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
    }

    [LoggerMessage(1, LogLevel.Error, "The call of {Tool} of the tool server {Server} broke (ref {Reference})")]
    private static partial void LogBroken(ILogger logger, Exception fault, string server, string tool, string reference);
}
