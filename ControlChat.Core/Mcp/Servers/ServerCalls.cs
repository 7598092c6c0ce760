using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Mcp.Servers;

/// <summary>
/// Carries approved calls out: after the commit that approved them, never twice. One that was under way when its process ended may have been done,
/// so it is not sent again; what is known is told. Whatever was left behind, this or another process finds by looking.
/// </summary>
internal sealed partial class ServerCalls(HubDatabase database, ServerCaller caller, OutsideAnswers answers, TimeProvider time, ILogger<ServerCalls> logger) : BackgroundService, IOutboxHandler
{
    /// <summary>The announcement of an order; the id is that of the action.</summary>
    public const string Order = "mcp.call";

    // Until when the process that sends is believed to live: it sends nothing after <see cref="ServerLimits.Whole"/>.
    private static readonly TimeSpan Claim = ServerLimits.Whole + TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AgainAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(3);
    private readonly ConcurrentDictionary<string, Lazy<Task>> _running = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();

    string IOutboxHandler.Topic => Order;

    public Task HandleAsync(string id, CancellationToken cancellationToken) => CarryOutAsync(id).WaitAsync(cancellationToken);

    /// <summary>Once in this process however many ask; another process's stays with that one. Nobody's leaving stops it.</summary>
    public async Task CarryOutAsync(string actionId)
    {
        var work = _running.GetOrAdd(actionId, id => new Lazy<Task>(() => Task.Run(() => RunAsync(id))));
        try
        {
            await work.Value;
        }
        finally
        {
            _running.TryRemove(KeyValuePair.Create(actionId, work));
        }
    }

    /// <summary>Takes up what was left: ordered and not begun, or begun by a process that is gone.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<string> left;
        await using (var reader = await database.ReadAsync(cancellationToken)) left = await ServerCallStore.LeftAsync(reader, database.IsOneProcess, cancellationToken);
        await Task.WhenAll(left.Where(id => !_running.ContainsKey(id)).Select(CarryOutAsync));
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await _stop.CancelAsync();
        // What they say of their end is written down, if that can be done at once.
        await Task.WhenAny(Task.WhenAll(_running.Values.Select(work => work.Value)), Task.Delay(LastWords, time, cancellationToken));
    }

    public override void Dispose()
    {
        _stop.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LookEvery, time);
        try
        {
            do
            {
                try
                {
                    await LookAsync(stoppingToken).WaitAsync(stoppingToken);
                }
                catch (Exception e) when (!stoppingToken.IsCancellationRequested)
                {
                    LogNotLooked(logger, e);
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The next start looks again.
        }
    }

    private async Task RunAsync(string id)
    {
        CallRow call;
        await using (var transaction = await database.BeginAsync(CancellationToken.None))
        {
            // One that is not there has its end.
            if (await ServerCallStore.FindAsync(transaction, id, CancellationToken.None) is not { } found) return;
            call = found;
            if (call.State == "running")
            {
                if (database.IsOneProcess || call.Until <= transaction.Now) await EndAsync(transaction, id, null, Unknown("The hub stopped while the call was under way."));
                return;
            }
            if (await FrozenAsync(transaction, call) is { } frozen)
            {
                await EndAsync(transaction, id, null, new OutcomeError("frozen", $"{frozen} The call was not sent."));
                return;
            }
            if (!await ServerCallStore.TakeAsync(transaction, id, transaction.Now + Claim, CancellationToken.None)) return;
            await transaction.CommitAsync(CancellationToken.None);
        }
        var (result, error) = await SendAsync(call);
        await KeepAsync(id, result, error);
    }

    private async Task<(JsonObject? Result, OutcomeError? Error)> SendAsync(CallRow call)
    {
        var sent = false;
        using var whole = new CancellationTokenSource(ServerLimits.Whole, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(whole.Token, _stop.Token);
        try
        {
            var tool = new ServerToolDefinition(call.Server, call.Name, "", call.Hash);
            var result = await caller.CallAsync(tool, JsonNode.Parse(call.Arguments)!.AsObject(), () => sent = true, either.Token);
            return (result.Value, result.IsError ? new OutcomeError("server_error", $"The server '{call.Server}' says that the call failed. What it says stands in the result.") : null);
        }
        catch (Exception e)
        {
            var (code, why) = Words(e, call);
            return (null, sent ? Unknown(why) : new OutcomeError(code, $"{why} The call was not sent."));
        }
    }

    private (string Code, string Why) Words(Exception fault, CallRow call)
    {
        switch (fault)
        {
            case ServerFaultException:
                return ("server_unavailable", fault.Message);
            case ToolRefusedException refusal:
                return (refusal.Code, refusal.Message);
            case HubUnavailableException:
                return ("unavailable", "The hub's database did not answer.");
            case OperationCanceledException:
                return ("server_unavailable", _stop.IsCancellationRequested ? "The hub stopped." : $"The server '{call.Server}' did not answer in time.");
            default:
                var reference = Ids.New("ref")[^8..];
                LogBroken(logger, fault, call.Server, call.Name, reference);
                return ("failed", $"The call broke (ref {reference}).");
        }
    }

    private static OutcomeError Unknown(string why) => new("outcome_unknown", $"{why} Whether it was done is not known: look there before you ask again.");

    private static async Task<string?> FrozenAsync(IHubReader reader, CallRow call) =>
        (await FreezeStore.StoppingAsync(reader, [ServerTool.NameOf(call.Server, call.Name)], [], null, CancellationToken.None))?.Words;

    // What came back is nowhere else: while the database is away, it is held here.
    private async Task KeepAsync(string id, JsonObject? result, OutcomeError? error)
    {
        while (true)
        {
            try
            {
                await using var transaction = await database.BeginAsync(CancellationToken.None);
                await EndAsync(transaction, id, result?.DeepClone().AsObject(), error);
                return;
            }
            catch (HubUnavailableException e) when (!_stop.IsCancellationRequested)
            {
                LogNotKept(logger, e, id);
                await Task.WhenAny(Task.Delay(AgainAfter, time, _stop.Token));
            }
        }
    }

    private async Task EndAsync(IHubTransaction transaction, string id, JsonObject? result, OutcomeError? error)
    {
        if (!await ServerCallStore.EndAsync(transaction, id, CancellationToken.None)) return;
        await answers.WriteAsync(transaction, id, result, error, CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
    }

    [LoggerMessage(1, LogLevel.Error, "The call of {Tool} of the tool server {Server} broke (ref {Reference})")]
    private static partial void LogBroken(ILogger logger, Exception fault, string server, string tool, string reference);

    [LoggerMessage(2, LogLevel.Warning, "What came of the call {ActionId} could not be written down yet")]
    private static partial void LogNotKept(ILogger logger, Exception fault, string actionId);

    [LoggerMessage(3, LogLevel.Warning, "Calls of tool servers were not looked after; trying again")]
    private static partial void LogNotLooked(ILogger logger, Exception fault);
}
