using ControlChat.Core.Accounts;
using ControlChat.Core.Conversations;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace ControlChat.Core.Runner;

/// <summary>
/// Carries one claimed run on from where its step log ends: open calls first, then the model, until it ends or waits for people.
/// Nothing is ever done over: a step that is in the log is read from there, a call that was sent is sent again under the same request id.
/// </summary>
internal sealed partial class RunExecutor(
    HubDatabase database, RunJournal journal, ModelStep model, ToolStep tools, Briefing briefing, IModelSource models, IPrincipals principals, IHubSettings settings,
    TimeProvider time, ILogger<RunExecutor> logger)
{
    /// <summary>How long an answer waits for the reads it asked for before both are shown apart.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(25);

    /// <param name="cancelled">Fires when the run was cancelled or the process ends.</param>
    /// <returns>True when the run waits for people now.</returns>
    /// <exception cref="HubUnavailableException">The database is away; the run stays as it is and is taken up again.</exception>
    public async Task<bool> ExecuteAsync(RunRow run, CancellationToken cancelled)
    {
        var done = new List<CallResult>();
        try
        {
            return await DriveAsync(run, done, cancelled);
        }
        catch (Exception e) when (e is RunLostException || (e is OperationCanceledException && cancelled.IsCancellationRequested))
        {
            await journal.CancelledAsync(run, done, CancellationToken.None);
            return false;
        }
        catch (ModelException e)
        {
            LogModelFailed(logger, e, e.Kind);
            await FailAsync(run, new EventError(e.Kind, AfterTries(e), null));
        }
        catch (Exception e) when (e is not HubUnavailableException)
        {
            var reference = Ids.New("ref")[^8..];
            LogBroken(logger, e, reference);
            await FailAsync(run, new EventError("failed", $"The run broke (ref {reference}). Nothing more was started. Ask again; the log has the reference.", reference));
        }
        return false;
    }

    private async Task<bool> DriveAsync(RunRow run, List<CallResult> done, CancellationToken cancellationToken)
    {
        var (open, provider) = await ResumeAsync(run, cancellationToken);
        if (open.Count > 0 && await CallAsync(run, open, done, cancellationToken)) return true;
        ModelChoice? choice = provider is null ? null : models.Named(provider);
        Transcript? transcript = null;
        while (true)
        {
            Principal? principal;
            Brief? brief;
            (principal, brief, transcript) = await ReadAsync(run, transcript, cancellationToken);
            if (Refuse(run, principal) is { } refusal) return await RefuseAsync(run, refusal, cancellationToken);
            choice ??= await ChooseAsync(run, transcript.Asked, cancellationToken);
            if (brief!.Limits.Refuse(choice.Provider) is { } over) return await RefuseAsync(run, over, cancellationToken);
            var answer = await model.AskAsync(choice, run.ConversationId, Ids.New("msg"), transcript.Messages, brief.Options, cancellationToken);
            if (Refuse(answer) is { } wrong) return await RefuseAsync(run, wrong, cancellationToken);
            var calls = tools.Prepare(run, answer.Calls);
            transcript.Answered(answer.Text, calls);
            if (calls.Count == 0)
            {
                await journal.AnsweredAsync(run, answer, choice, calls, [], cancellationToken);
                return false;
            }
            var early = await ReadEarlyAsync(run, principal!, calls, cancellationToken);
            await journal.AnsweredAsync(run, answer, choice, calls, early.Done, cancellationToken);
            if (early.Done.Count > 0)
            {
                transcript.Called(early.Done);
                continue;
            }
            if (await CallAsync(run, principal!, calls, early.Begun, done, transcript, cancellationToken)) return true;
        }
    }

    /// <summary>
    /// Reads that end at once are written down together with the answer that asked for them: one commit instead of two, and nothing that
    /// must not be repeated has happened before it. Slower ones are shown as begun first, and go on meanwhile.
    /// </summary>
    private async Task<(IReadOnlyList<CallResult> Done, Task<CallResult[]>? Begun)> ReadEarlyAsync(
        RunRow run, Principal principal, IReadOnlyList<CallRow> calls, CancellationToken cancellationToken)
    {
        if (!tools.AreReads(calls)) return ([], null);
        var begun = Task.WhenAll(calls.Select(call => tools.InvokeAsync(run, principal, call, cancellationToken)));
        if (!begun.IsCompleted)
        {
            using var grace = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(begun, Task.Delay(Grace, time, grace.Token));
            await grace.CancelAsync();
        }
        if (!begun.IsCompleted) return ([], begun);
        var results = await begun;
        run.Tainted |= results.Any(r => r.Outcome.Untrusted);
        return (results, null);
    }

    /// <returns>True when people are waited for.</returns>
    private async Task<bool> CallAsync(
        RunRow run, Principal principal, IReadOnlyList<CallRow> calls, Task<CallResult[]>? begun, List<CallResult> done, Transcript transcript, CancellationToken cancellationToken)
    {
        var waits = false;
        var all = new List<CallResult>();
        var groups = tools.Groups(calls).ToList();
        for (var i = 0; i < groups.Count; i++)
        {
            done.Clear();
            var results = await (begun ?? InvokeAsync(run, principal, groups[i], done, cancellationToken));
            run.Tainted |= results.Any(r => r.Outcome.Untrusted);
            all.AddRange(results);
            waits = await journal.CalledAsync(run, results, last: i == groups.Count - 1, cancellationToken);
        }
        done.Clear();
        transcript.Called(all);
        return waits;
    }

    /// <summary>Calls that an earlier worker left open, under the request ids they had.</summary>
    private async Task<bool> CallAsync(RunRow run, IReadOnlyList<CallRow> open, List<CallResult> done, CancellationToken cancellationToken)
    {
        Principal? principal;
        await using (var reader = await database.ReadAsync(cancellationToken))
            principal = await principals.FindAsync(reader, run.AccountId, run.TokenId, run.AuthSessionId, cancellationToken);
        var started = open.Where(c => c.Status == "started").ToList();
        if (principal is not null && started.Count > 0)
            return await CallAsync(run, principal, started, null, done, new Transcript([]), cancellationToken);
        var refused = started.Select(c => new CallResult(c, ToolResult.Refusal(c, "denied", RightsGone), 0)).ToList();
        return await journal.CalledAsync(run, refused, last: true, cancellationToken);
    }

    private Task<CallResult[]> InvokeAsync(RunRow run, Principal principal, IReadOnlyList<CallRow> calls, List<CallResult> done, CancellationToken cancellationToken) =>
        Task.WhenAll(calls.Select(async call =>
        {
            var result = await tools.InvokeAsync(run, principal, call, cancellationToken);
            // Kept aside: when the run is cancelled this moment, what was done is still told.
            lock (done) done.Add(result);
            return result;
        }));

    private async Task<(IReadOnlyList<CallRow> Open, string? Provider)> ResumeAsync(RunRow run, CancellationToken cancellationToken)
    {
        if (run.Turns == 0) return ([], null);
        await using var reader = await database.ReadAsync(cancellationToken);
        return (await StepStore.UnfinishedAsync(reader, run.Id, cancellationToken), await StepStore.ProviderAsync(reader, run.Id, cancellationToken));
    }

    /// <summary>Rights and what their holder chose are read again before every turn; the conversation only when there is none at hand or it has outgrown its budget.</summary>
    private async Task<(Principal? Principal, Brief? Brief, Transcript Transcript)> ReadAsync(RunRow run, Transcript? transcript, CancellationToken cancellationToken)
    {
        var tokens = settings.Current.Model.ContextTokens;
        await using var reader = await database.ReadAsync(cancellationToken);
        var principal = await principals.FindAsync(reader, run.AccountId, run.TokenId, run.AuthSessionId, cancellationToken);
        // A decision may have brought untrusted text while the run was at work: what is read with it is tainted with it.
        run.Tainted |= await RunStore.IsTaintedAsync(reader, run.Id, cancellationToken);
        if (transcript is null || transcript.Chars > (long)tokens * RunHistory.CharsPerToken)
            transcript = new Transcript(await RunHistory.LoadAsync(reader, run, tokens, cancellationToken));
        return (principal, principal is null ? null : await briefing.ForAsync(reader, principal, cancellationToken), transcript);
    }

    private async Task<bool> RefuseAsync(RunRow run, EventError error, CancellationToken cancellationToken)
    {
        await journal.FailAsync(run, error, cancellationToken);
        return false;
    }

    private async Task<ModelChoice> ChooseAsync(RunRow run, string asked, CancellationToken cancellationToken)
    {
        var choice = models.Choose(asked);
        if (choice.Note is { } note) await journal.TellAsync(run, note, cancellationToken);
        return choice;
    }

    private EventError? Refuse(RunRow run, Principal? principal)
    {
        if (principal is null) return new EventError("denied", RightsGone, null);
        var most = settings.Current.Model.MaxTurns;
        return run.Turns < most
            ? null
            : new EventError("max_turns", $"The run took {most} turns of the model without coming to an end. Nothing more was started. Ask for a smaller part, or raise Model:MaxTurns.", null);
    }

    private static EventError? Refuse(ModelAnswer answer)
    {
        if (answer.Finish == ChatFinishReason.ContentFilter)
            return new EventError("content_filter", "The model's provider held the answer back. Ask in other words.", null);
        if (answer.Finish == ChatFinishReason.Length && answer.Calls.Count == 0)
            return new EventError("too_long", "The answer was longer than the model may give, so it is not complete. Ask for a smaller part.", null);
        return answer.Text.Length == 0 && answer.Calls.Count == 0
            ? new EventError("empty", "The model answered nothing. Ask again.", null)
            : null;
    }

    private async Task FailAsync(RunRow run, EventError error)
    {
        try
        {
            await journal.FailAsync(run, error, CancellationToken.None);
        }
        catch (RunLostException)
        {
            // Cancelled at the same moment: that is what the person sees.
            await journal.CancelledAsync(run, [], CancellationToken.None);
        }
    }

    private static string AfterTries(ModelException fault) => fault.IsTransient
        ? $"{fault.Message} Tried {ModelStep.MaxAttempts} times. Ask again."
        : fault.Message;

    private const string RightsGone = "The rights this message was sent with are gone: the account was closed, or the sign-in or the token was revoked. Sign in and ask again.";

    [LoggerMessage(1, LogLevel.Warning, "The model failed for good ({Kind})")]
    private static partial void LogModelFailed(ILogger logger, Exception fault, string kind);

    [LoggerMessage(2, LogLevel.Error, "A run broke, ref {Reference}")]
    private static partial void LogBroken(ILogger logger, Exception fault, string reference);
}
