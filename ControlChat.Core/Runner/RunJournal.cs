using System.Diagnostics;
using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Conversations;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Telemetry;
using ControlChat.Core.Usage;

namespace ControlChat.Core.Runner;

/// <summary>Writes what a run did: rows and events of one step in one transaction, behind the fence.</summary>
internal sealed class RunJournal(HubDatabase database, IConversationLog log)
{
    /// <summary>Marks the beginning, once; a run that goes on after a wait began before.</summary>
    public async Task BeginAsync(IHubTransaction transaction, RunRow run, CancellationToken cancellationToken)
    {
        if (run.StartedAt is not null) return;
        await RunStore.BeginAsync(transaction, run, cancellationToken);
        await EventAsync(transaction, run, ConversationEvents.RunStarted, new JsonObject { ["trigger_message_id"] = run.MessageId }, cancellationToken);
        if (run.Tainted)
            await NoticeAsync(transaction, run, "This conversation holds text that was not typed here by you. It could try to steer the answer, so every change in this run asks you first.", cancellationToken);
    }

    /// <summary>The model's answer with its calls, and with their results where they are there already. Without calls the run is over.</summary>
    public async Task AnsweredAsync(
        RunRow run, ModelAnswer answer, ModelChoice by, IReadOnlyList<CallRow> calls, IReadOnlyList<CallResult> results, CancellationToken cancellationToken)
    {
        run.Turns++;
        run.InputTokens += answer.InputTokens;
        run.OutputTokens += answer.OutputTokens;
        await using var transaction = await database.BeginAsync(cancellationToken);
        var spoken = answer.Text.Length > 0;
        if (spoken) await SayAsync(transaction, run, answer.MessageId, answer.Text, by.Name, cancellationToken);
        await StepStore.InsertAsync(transaction, run.Id, run.Turns, spoken ? answer.MessageId : null, by.Provider, cancellationToken);
        foreach (var call in calls) await StartedAsync(transaction, run, call, cancellationToken);
        if (answer.InputTokens + answer.OutputTokens > 0)
        {
            await TokenUsage.AddAsync(transaction, run.AccountId, answer.InputTokens + answer.OutputTokens, cancellationToken);
            await UsageStore.AddAsync(transaction, run.AccountId, run.TokenId, UsageKinds.Run, UsageKinds.Control, new UsageSum(0, 0, answer.InputTokens, answer.OutputTokens), null, cancellationToken);
            await EventAsync(transaction, run, ConversationEvents.Usage, UsageOf(answer.InputTokens, answer.OutputTokens), cancellationToken);
        }
        foreach (var result in results) await RecordAsync(transaction, run, result, cancellationToken);
        await NoticeAsync(transaction, run, results, cancellationToken);
        await RunStore.HoldAsync(transaction, run, cancellationToken);
        if (calls.Count == 0) await FinishAsync(transaction, run, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>Results of one group of calls; the run rests when it is the last group and people are waited for.</summary>
    /// <returns>True when the run waits now.</returns>
    public async Task<bool> CalledAsync(RunRow run, IReadOnlyList<CallResult> results, bool last, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        foreach (var result in results) await RecordAsync(transaction, run, result, cancellationToken);
        await NoticeAsync(transaction, run, results, cancellationToken);
        await RunStore.HoldAsync(transaction, run, cancellationToken);
        var waits = last && await StepStore.CountWaitingAsync(transaction, run.Id, cancellationToken) > 0;
        if (waits) await RunStore.ReleaseAsync(transaction, run, "waiting", cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return waits;
    }

    /// <summary>A failure that the person sees, with what to do next.</summary>
    public async Task FailAsync(RunRow run, EventError error, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        await RunStore.HoldAsync(transaction, run, cancellationToken);
        await RunStore.EndAsync(transaction, run, "failed", error, cancellationToken);
        Meters.RunErrored(error.Code);
        Activity.Current.Fail(error.Code);
        await EventAsync(transaction, run, ConversationEvents.RunFailed, new JsonObject { ["error"] = ErrorOf(error) }, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    public async Task TellAsync(RunRow run, string text, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        await RunStore.HoldAsync(transaction, run, cancellationToken);
        await EventAsync(transaction, run, ConversationEvents.System, new JsonObject { ["text"] = text }, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>
    /// After a cancel: what was done before it took effect is shown as done, the rest as cancelled. Only the worker that had the run may say so.
    /// </summary>
    public async Task CancelledAsync(RunRow run, IReadOnlyList<CallResult> done, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(cancellationToken);
        var now = await RunStore.FindAsync(transaction, run.Id, cancellationToken);
        if (now is not { Status: "cancelled" } || now.Fence != run.Fence) return;
        foreach (var result in done) await RecordAsync(transaction, run, result, cancellationToken);
        foreach (var call in await StepStore.UnfinishedAsync(transaction, run.Id, cancellationToken))
            await RecordAsync(transaction, run, CallResult.Cancelled(call, transaction.Now), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>One result: the call's row and its event, unless the call was answered before.</summary>
    public async Task RecordAsync(IHubTransaction transaction, RunRow run, CallResult result, CancellationToken cancellationToken)
    {
        var (call, outcome) = (result.Call, result.Outcome);
        var waits = outcome is { Status: "confirmation_required", ApprovalId: not null };
        var answered = call with
        {
            Status = waits ? "waiting" : "done",
            ApprovalId = outcome.ApprovalId ?? call.ApprovalId,
            Outcome = waits ? null : Json.Write(outcome),
            Untrusted = outcome.Untrusted,
        };
        if (!await StepStore.UpdateAsync(transaction, answered, call.Status, cancellationToken)) return;
        // Decisions come in while nobody holds the run: the row has to know before it is taken up again.
        if (outcome.Untrusted) await RunStore.TaintAsync(transaction, run.Id, cancellationToken);
        if (waits) await RequestedAsync(transaction, run, call.CallId, outcome.ApprovalId!, outcome.Plan, cancellationToken);
        else await FinishedAsync(transaction, run, result, cancellationToken);
    }

    public Task RequestedAsync(IHubTransaction transaction, RunRow run, string callId, string approvalId, Plan? plan, CancellationToken cancellationToken) =>
        EventAsync(transaction, run, ConversationEvents.ApprovalRequested, new JsonObject
        {
            ["approval_id"] = approvalId,
            ["call_id"] = callId,
            ["plan"] = Node(plan),
        }, cancellationToken);

    public Task ResolvedAsync(IHubTransaction transaction, RunRow run, Approval approval, CancellationToken cancellationToken) =>
        EventAsync(transaction, run, ConversationEvents.ApprovalResolved, new JsonObject
        {
            ["approval_id"] = approval.Id,
            ["status"] = approval.Status,
            ["decided_by"] = approval.DecidedBy,
            ["outcome"] = Node(approval.Outcome),
            ["reason"] = approval.Reason,
            ["superseded_by"] = approval.SupersededBy,
        }, cancellationToken);

    public Task EventAsync(IHubTransaction transaction, RunRow run, string type, JsonObject data, CancellationToken cancellationToken) =>
        log.AppendAsync(transaction, run.ConversationId, run.Id, type, data, cancellationToken);

    private Task FinishedAsync(IHubTransaction transaction, RunRow run, CallResult result, CancellationToken cancellationToken) =>
        EventAsync(transaction, run, ConversationEvents.ToolFinished, new JsonObject
        {
            ["call_id"] = result.Call.CallId,
            ["tool"] = result.Call.Tool,
            ["status"] = result.Outcome.Status,
            ["outcome"] = Node(result.Outcome),
            ["ms"] = result.Milliseconds,
        }, cancellationToken);

    private static async Task SayAsync(IHubTransaction transaction, RunRow run, string messageId, string text, string model, CancellationToken cancellationToken)
    {
        var message = await ConversationLog.AppendAsync(transaction, run.ConversationId, new Message
        {
            Id = messageId,
            Seq = 0,
            RunId = run.Id,
            Role = "assistant",
            Text = text,
            Author = new MessageAuthor(null, "ask"),
            At = transaction.Now,
            Tainted = run.Tainted,
            Model = model,
        }, cancellationToken);
        await ConversationStore.InsertAsync(transaction, run.ConversationId, message, cancellationToken);
    }

    private async Task FinishAsync(IHubTransaction transaction, RunRow run, CancellationToken cancellationToken)
    {
        Meters.RunCompleted();
        await RunStore.EndAsync(transaction, run, "completed", null, cancellationToken);
        await EventAsync(transaction, run, ConversationEvents.RunFinished, new JsonObject { ["usage"] = UsageOf(run.InputTokens, run.OutputTokens) }, cancellationToken);
    }

    private async Task StartedAsync(IHubTransaction transaction, RunRow run, CallRow call, CancellationToken cancellationToken)
    {
        await StepStore.InsertAsync(transaction, call, cancellationToken);
        await EventAsync(transaction, run, ConversationEvents.ToolStarted, new JsonObject
        {
            ["call_id"] = call.CallId,
            ["tool"] = call.Tool,
            ["arguments"] = JsonNode.Parse(CallArguments.ToElement(call.Arguments).GetRawText()),
        }, cancellationToken);
    }

    private Task NoticeAsync(IHubTransaction transaction, RunRow run, IReadOnlyList<CallResult> results, CancellationToken cancellationToken) =>
        results.FirstOrDefault(r => r.Outcome.Untrusted) is { } source
            ? NoticeAsync(transaction, run, $"This run read text from outside ({source.Call.Tool}). Such text could try to steer it, so every change in this run asks you first.", cancellationToken)
            : Task.CompletedTask;

    private async Task NoticeAsync(IHubTransaction transaction, RunRow run, string text, CancellationToken cancellationToken)
    {
        if (run.Noticed) return;
        run.Noticed = true;
        await EventAsync(transaction, run, ConversationEvents.System, new JsonObject { ["text"] = text }, cancellationToken);
    }

    private static JsonObject UsageOf(long input, long output) => new() { ["input_tokens"] = input, ["output_tokens"] = output };

    private static JsonObject ErrorOf(EventError error) => new() { ["code"] = error.Code, ["message"] = error.Message, ["ref"] = error.Ref };

    private static JsonNode? Node<T>(T? value) where T : class => value is null ? null : System.Text.Json.JsonSerializer.SerializeToNode(value, Json.Wire);
}

/// <param name="Milliseconds">From the call to its answer; for a call that waited for a person, the waiting included.</param>
internal sealed record CallResult(CallRow Call, Outcome Outcome, long Milliseconds)
{
    public static CallResult Cancelled(CallRow call, DateTimeOffset now) =>
        new(call, ToolResult.Refusal(call, "cancelled", "The run was cancelled. This was not done."), (long)(now - call.StartedAt).TotalMilliseconds);
}
