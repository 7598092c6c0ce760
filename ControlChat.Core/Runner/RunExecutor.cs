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
    HubDatabase database, RunJournal journal, ModelStep model, ToolStep tools, IModelSource models, IPrincipals principals, IHubSettings settings,
    ILogger<RunExecutor> logger)
{
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
        string? provider;
        IReadOnlyList<CallRow> open;
        await using (var reader = await database.ReadAsync(cancellationToken))
        {
            open = run.Turns == 0 ? [] : await StepStore.UnfinishedAsync(reader, run.Id, cancellationToken);
            provider = run.Turns == 0 ? null : await StepStore.ProviderAsync(reader, run.Id, cancellationToken);
        }
        ModelChoice? choice = provider is null ? null : models.Named(provider);
        while (true)
        {
            if (open.Count > 0 && await CallAsync(run, open, done, cancellationToken)) return true;
            var (principal, messages, asked) = await ReadAsync(run, cancellationToken);
            if (Refuse(run, principal) is { } refusal)
            {
                await journal.FailAsync(run, refusal, cancellationToken);
                return false;
            }
            if (choice is null) choice = await ChooseAsync(run, asked, cancellationToken);
            var answer = await model.AskAsync(choice.Client, run.ConversationId, Ids.New("msg"), messages, Options(principal!), cancellationToken);
            if (Refuse(answer) is { } wrong)
            {
                await journal.FailAsync(run, wrong, cancellationToken);
                return false;
            }
            open = await journal.AnsweredAsync(run, answer, choice, at => tools.Prepare(run, run.Turns, answer.Calls, at), cancellationToken);
            if (open.Count == 0) return false;
        }
    }

    /// <returns>True when people are waited for.</returns>
    private async Task<bool> CallAsync(RunRow run, IReadOnlyList<CallRow> open, List<CallResult> done, CancellationToken cancellationToken)
    {
        var waits = false;
        var groups = tools.Groups([.. open.Where(c => c.Status == "started")]).ToList();
        for (var i = 0; i < groups.Count; i++)
        {
            done.Clear();
            var principal = await PrincipalAsync(run, cancellationToken);
            var results = await Task.WhenAll(groups[i].Select(async call =>
            {
                var result = await InvokeAsync(run, principal, call, cancellationToken);
                lock (done) done.Add(result);
                return result;
            }));
            run.Tainted |= results.Any(r => r.Outcome.Untrusted);
            waits = await journal.CalledAsync(run, results, last: i == groups.Count - 1, cancellationToken);
        }
        done.Clear();
        // Only waiting calls were left: taken up by mistake, or the last answer came this moment.
        return groups.Count == 0 ? await journal.CalledAsync(run, [], last: true, cancellationToken) : waits;
    }

    private Task<CallResult> InvokeAsync(RunRow run, Principal? principal, CallRow call, CancellationToken cancellationToken) => principal is null
        ? Task.FromResult(new CallResult(call, ToolResult.Refusal(call, "denied", RightsGone), 0))
        : tools.InvokeAsync(run, principal, call, cancellationToken);

    private async Task<(Principal? Principal, List<ChatMessage> Messages, string Asked)> ReadAsync(RunRow run, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        var principal = await principals.FindAsync(reader, run.AccountId, run.TokenId, run.AuthSessionId, cancellationToken);
        var messages = await RunHistory.LoadAsync(reader, run, settings.Current.Model.ContextTokens, cancellationToken);
        var asked = messages.LastOrDefault(m => m.Role == ChatRole.User)?.Text ?? "";
        return (principal, messages, asked);
    }

    private async Task<Principal?> PrincipalAsync(RunRow run, CancellationToken cancellationToken)
    {
        await using var reader = await database.ReadAsync(cancellationToken);
        return await principals.FindAsync(reader, run.AccountId, run.TokenId, run.AuthSessionId, cancellationToken);
    }

    private async Task<ModelChoice> ChooseAsync(RunRow run, string asked, CancellationToken cancellationToken)
    {
        var choice = models.Choose(asked);
        if (choice.Note is { } note) await journal.TellAsync(run, note, cancellationToken);
        return choice;
    }

    private ChatOptions Options(Principal principal) => new()
    {
        Instructions = Prompt.Instructions(settings.Current, principal),
        Tools = tools.Tools,
        AllowMultipleToolCalls = true,
    };

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
