using System.Text.Json.Nodes;
using ControlChat.App.Live;
using ControlChat.App.SignIn;
using ControlChat.App.Ui;
using ControlChat.Core.Accounts;
using ControlChat.Core.Conversations;
using ControlChat.Core.Hub;
using ControlChat.Core.Runner;

namespace ControlChat.App.Ask;

/// <summary>
/// One conversation on one page: loads it, follows it, and records what the person does. The work itself is done by a worker;
/// closing the page loses nothing. Everything runs on the page's dispatcher.
/// </summary>
public sealed partial class AskConversation(
    ConversationService conversations, ConversationFeeds feeds, RunControl runs, CircuitPrincipal person, TimeProvider time, ILogger<AskConversation> logger)
    : IDisposable
{
    /// <summary>How often a page is drawn while much happens.</summary>
    public static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(100);

    /// <summary>Messages a page begins with, and takes in at once when its reader goes back: what a page holds, the hub holds for it.</summary>
    public const int Window = 30;

    private static readonly TimeSpan Again = TimeSpan.FromSeconds(1);
    private readonly AskPast _past = new(conversations, feeds);
    private Lifetime _open = new();

    // One reading back after the other: a second one goes on where the first has got to.
    private Task<bool> _back = Task.FromResult(true);

    // One message is sent after the other: two of them in a new conversation begin one, and keep their order.
    private Task _sent = Task.CompletedTask;
    private bool _disposed;

    /// <summary>Raised on the dispatcher when there is something to draw.</summary>
    public event Action? Changed;

    /// <summary>Raised on the dispatcher for each event that came while the page was open.</summary>
    public event Action<StoredEvent>? Happened;

    public AskState State { get; private set; } = new(time);

    public AskLook Look { get; private set; } = AskLook.New;

    /// <summary>Null for a conversation that begins with the first message.</summary>
    public string? Id { get; private set; }

    public string Reference { get; private set; } = "";

    /// <summary>Shows another conversation. It is not followed yet.</summary>
    /// <param name="id">Null for a new one.</param>
    /// <param name="toSeq">What a link leads to: earlier messages are loaded until it is among them.</param>
    public async Task OpenAsync(string? id, long? toSeq)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Stop();
        Id = id;
        State = new AskState(time);
        Look = id is null ? AskLook.New : AskLook.Loading;
        if (id is null || person.Current is not { } principal) return;
        var (state, stop) = (State, _open.Token);
        try
        {
            var found = await _past.BeginAsync(state, principal, id, stop);
            if (found && toSeq is { } seq) await _past.ReachBackAsync(state, principal, id, seq, stop);
            // The reader may be at another conversation by now, and what was found says nothing about that one.
            stop.ThrowIfCancellationRequested();
            Look = found ? AskLook.Live : AskLook.Missing;
        }
        catch (HubUnavailableException e)
        {
            stop.ThrowIfCancellationRequested();
            Fail(e);
        }
    }

    /// <summary>Tries once more what could not be loaded. It is not followed yet.</summary>
    public async Task ReloadAsync()
    {
        await OpenAsync(Id, null);
        Changed?.Invoke();
    }

    /// <summary>Follows the conversation until another one is opened. One that was not found for this person, or not read, is not followed: the feed asks nobody.</summary>
    public async Task FollowAsync()
    {
        if (Id is not { } id || Look is not AskLook.Live) return;
        var (state, stop) = (State, _open.Token);
        for (var pause = TimeSpan.Zero; person.Current is not null; pause = Again)
        {
            try
            {
                await Task.Delay(pause, time, stop);
                await FollowAsync(id, state, stop);
            }
            catch (OperationCanceledException)
            {
                return;
            }
#pragma warning disable CA1031 // Whatever ended the feed, the page takes it up again from its cursor.
            catch (Exception e)
#pragma warning restore CA1031
            {
                LogFeedEnded(logger, e, id);
            }
        }
    }

    /// <summary>Shows earlier messages too; none are read twice when it is asked again meanwhile.</summary>
    /// <param name="toSeq">The message that has to be among them.</param>
    /// <returns>False when the database did not answer; what is shown stays.</returns>
    public Task<bool> ReachBackAsync(long toSeq)
    {
        if (Id is not { } id || person.Current is not { } principal || Look is not AskLook.Live) return Task.FromResult(true);
        return _back = ReachBackAsync(_back, principal, id, toSeq);
    }

    /// <summary>Shows the message at once and records it.</summary>
    /// <param name="requestId">The same at every try.</param>
    /// <returns>Null when it was taken; else why not.</returns>
    public async Task<string?> SendAsync(string text, string requestId, JsonObject? context)
    {
        if (person.Current is not { } principal) return Texts.TheSessionHasEndedSignIn;
        var state = State;
        state.Send(requestId, text, context);
        Changed?.Invoke();
        var post = PostAsync(_sent, principal, state, text, requestId, context);
        _sent = post;
        var problem = await post;
        if (problem is not null) state.NotSent(requestId, problem);
        Changed?.Invoke();
        return problem;
    }

    /// <summary>Sends a message once more: itself, or the one that an answer answers.</summary>
    public Task AgainAsync(AskItem item) => State.QuestionOf(item) is { } asked ? SendAsync(asked.Text, Ids.New("ask"), asked.Context) : Task.CompletedTask;

    /// <summary>Gives up a message that was not sent.</summary>
    public void Discard(string requestId)
    {
        State.Discard(requestId);
        Changed?.Invoke();
    }

    /// <summary>Stops a run; what it waited for is cancelled.</summary>
    public async Task StopAsync(string runId)
    {
        if (Id is { } id && person.Current is { } principal) await runs.CancelAsync(principal, id, runId, CancellationToken.None);
    }

    /// <summary>Renames or archives a conversation, this one or one that was open before.</summary>
    /// <returns>False when there is no such conversation of this person's.</returns>
    /// <exception cref="ConversationRefusedException">The title is empty or too long.</exception>
    public async Task<bool> ChangeAsync(string id, string? title, bool? archived)
    {
        if (person.Current is not { } principal) return false;
        if (await conversations.ChangeAsync(principal, id, title, archived, CancellationToken.None) is not { } changed) return false;
        if (id == Id) State.Conversation = changed;
        Changed?.Invoke();
        return true;
    }

    /// <summary>Twice is once: the page that had it injected lets go of it, and so does the page's scope.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _open.Dispose();
    }

    private void Stop()
    {
        _open.Dispose();
        _open = new Lifetime();
        _back = Task.FromResult(true);
    }

    private void Fail(Exception e)
    {
        Look = AskLook.Failed;
        Reference = Guid.NewGuid().ToString("n")[..4];
        LogNotLoaded(logger, e, Reference);
    }

    private async Task<bool> ReachBackAsync(Task before, Principal principal, string id, long toSeq)
    {
        var (state, stop) = (State, _open.Token);
        await Task.WhenAny(before);
        try
        {
            if (await _past.ReachBackAsync(state, principal, id, toSeq, stop) && state == State) Changed?.Invoke();
            return true;
        }
        catch (HubUnavailableException e)
        {
            LogNotReachedBack(logger, e, id);
            state.NotReachedBack();
            if (state == State) Changed?.Invoke();
            return false;
        }
    }

    private async Task FollowAsync(string id, AskState state, CancellationToken stop)
    {
        using var subscription = await feeds.SubscribeAsync(id, stop);
        var missed = await _past.EventsAsync(id, state.LastSeq, long.MaxValue, stop);
        await TakeAsync(id, state, missed.Select(stored => new FeedItem.Stored(stored)), stop);
        // Whose session has ended hears nothing more, although their browser may still hold the page.
        while (await subscription.Items.WaitToReadAsync(stop) && person.Current is not null)
        {
            await TakeAsync(id, state, subscription.TakeWaiting(), stop);
            await Task.Delay(Beat, time, stop);
        }
    }

    // What was taken in before something broke is drawn all the same: it does not come again.
    private async Task TakeAsync(string id, AskState state, IEnumerable<FeedItem> items, CancellationToken stop)
    {
        var changed = false;
        try
        {
            foreach (var item in items)
            {
                stop.ThrowIfCancellationRequested();
                changed |= await TakeAsync(id, state, item);
            }
        }
        finally
        {
            if (changed) Changed?.Invoke();
        }
    }

    private async Task<bool> TakeAsync(string id, AskState state, FeedItem item)
    {
        switch (item)
        {
            case FeedItem.Stored stored:
                if (!state.Apply(stored.Event)) return false;
                Happened?.Invoke(stored.Event);
                return true;
            case FeedItem.Delta delta:
                return state.Grow(delta);
            default:
                await RefreshAsync(id, state);
                return true;
        }
    }

    private async Task RefreshAsync(string id, AskState state)
    {
        if (person.Current is { } principal && await conversations.FindHeadAsync(principal, id, CancellationToken.None) is { } head) state.Conversation = head;
    }

    // The reader may be at another conversation by now; what they sent belongs to the one they sent it in.
    private async Task<string?> PostAsync(Task before, Principal principal, AskState state, string text, string requestId, JsonObject? context)
    {
        await Task.WhenAny(before);
        try
        {
            var id = state == State ? Id : state.Conversation?.Id;
            if (id is null)
            {
                state.Conversation = await conversations.CreateAsync(principal, null, CancellationToken.None);
                id = state.Conversation.Id;
                if (state == State) (Id, Look) = (id, AskLook.Live);
            }
            switch (await conversations.PostAsync(principal, id, new PostedMessage(text, requestId, "ui", context), CancellationToken.None))
            {
                case PostResult.Accepted accepted:
                    state.Accepted(requestId, accepted.MessageId);
                    if (state == State) await RefreshAsync(id, state);
                    return null;
                case PostResult.Refused refused:
                    return refused.Message;
                default:
                    return Texts.ThisConversationIsNotThereAny;
            }
        }
        catch (HubUnavailableException e)
        {
            LogNotSent(logger, e);
            return Texts.TheDatabaseDidNotAnswer;
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The feed of {ConversationId} ended; the page goes on from its cursor")]
    private static partial void LogFeedEnded(ILogger logger, Exception fault, string conversationId);

    [LoggerMessage(2, LogLevel.Warning, "A conversation could not be loaded (ref {Reference})")]
    private static partial void LogNotLoaded(ILogger logger, Exception fault, string reference);

    [LoggerMessage(3, LogLevel.Warning, "A message could not be stored; its text stays on the page")]
    private static partial void LogNotSent(ILogger logger, Exception fault);

    [LoggerMessage(4, LogLevel.Warning, "Earlier messages of {ConversationId} could not be read; what is shown stays")]
    private static partial void LogNotReachedBack(ILogger logger, Exception fault, string conversationId);
}
