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
    private Lifetime _open = new();

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
        var stop = _open.Token;
        try
        {
            if (await conversations.FindAsync(principal, id, null, Window, stop) is not { } view)
            {
                Look = AskLook.Missing;
                return;
            }
            await LoadAsync(view, stop);
            if (toSeq < State.FirstSeq) await ReachBackAsync(toSeq.Value);
            Look = AskLook.Live;
        }
        catch (HubUnavailableException e)
        {
            Fail(e);
        }
    }

    /// <summary>Follows the conversation until another one is opened.</summary>
    public async Task FollowAsync()
    {
        if (Id is not { } id) return;
        var stop = _open.Token;
        while (!stop.IsCancellationRequested && person.Current is not null)
        {
            try
            {
                await FollowAsync(id, stop);
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
            if (!await WaitAsync(Again, stop)) return;
        }
    }

    public Task EarlierAsync() => ReachBackAsync(State.FirstSeq - 1);

    /// <summary>Shows the message at once and records it.</summary>
    /// <param name="requestId">The same at every try.</param>
    /// <returns>Null when it was taken; else why not.</returns>
    public async Task<string?> SendAsync(string text, string requestId, JsonObject? context)
    {
        if (person.Current is not { } principal) return "The session has ended. Sign in again.";
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

    /// <exception cref="ConversationRefusedException">The title is empty or too long.</exception>
    public async Task ChangeAsync(string? title, bool? archived)
    {
        if (Id is not { } id || person.Current is not { } principal) return;
        if (await conversations.ChangeAsync(principal, id, title, archived, CancellationToken.None) is { } changed) State.Conversation = changed;
        Changed?.Invoke();
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
    }

    private void Fail(Exception e)
    {
        Look = AskLook.Failed;
        Reference = Guid.NewGuid().ToString("n")[..4];
        LogNotLoaded(logger, e, Reference);
    }

    private async Task LoadAsync(ConversationView view, CancellationToken stop)
    {
        State.Conversation = view.Conversation;
        var more = view.Messages.Count == Window;
        State.Begin(more);
        foreach (var stored in await EventsAsync(view.Conversation.Id, more ? view.Messages[0].Seq - 1 : 0, long.MaxValue, stop)) State.Apply(stored);
        State.Know(view.Runs);
    }

    // What is shown is read again with it: every event of every page, kept for this alone, would cost more than what is shown.
    private async Task ReachBackAsync(long toSeq)
    {
        if (Id is not { } id || person.Current is not { } principal || !State.HasEarlier) return;
        var (state, stop, first, more) = (State, _open.Token, State.FirstSeq, true);
        while (more && toSeq < first)
        {
            if (await conversations.FindAsync(principal, id, first, Window, stop) is not { } view) return;
            more = view.Messages.Count == Window;
            first = more ? view.Messages[0].Seq : 0;
            state.Know(view.Runs);
        }
        var events = new List<StoredEvent>();
        do events.AddRange(await EventsAsync(id, events.Count > 0 ? events[^1].Seq : first - 1, state.LastSeq + 1, stop));
        while (events.Count > 0 && events[^1].Seq < state.LastSeq);
        state.ReachBack(events, more);
        Changed?.Invoke();
    }

    private async Task<List<StoredEvent>> EventsAsync(string id, long after, long before, CancellationToken stop)
    {
        var events = new List<StoredEvent>();
        while (await feeds.ReadAsync(id, after, stop) is { Count: > 0 } page)
        {
            events.AddRange(page.Where(stored => stored.Seq < before));
            after = page[^1].Seq;
            if (after >= before) break;
        }
        return events;
    }

    private async Task FollowAsync(string id, CancellationToken stop)
    {
        using var subscription = await feeds.SubscribeAsync(id, stop);
        var missed = await EventsAsync(id, State.LastSeq, long.MaxValue, stop);
        if (missed.Aggregate(false, (moved, stored) => Take(stored) | moved)) Changed?.Invoke();
        while (await subscription.Items.WaitToReadAsync(stop))
        {
            var changed = false;
            while (subscription.Items.TryRead(out var item)) changed |= await TakeAsync(item);
            if (changed) Changed?.Invoke();
            await Task.Delay(Beat, time, stop);
        }
    }

    private async Task<bool> TakeAsync(FeedItem item)
    {
        switch (item)
        {
            case FeedItem.Stored stored:
                return Take(stored.Event);
            case FeedItem.Delta delta:
                return State.Grow(delta);
            default:
                await RefreshAsync();
                return true;
        }
    }

    private bool Take(StoredEvent stored)
    {
        if (!State.Apply(stored)) return false;
        Happened?.Invoke(stored);
        return true;
    }

    private async Task RefreshAsync()
    {
        if (Id is { } id && person.Current is { } principal && await conversations.FindHeadAsync(principal, id, CancellationToken.None) is { } head) State.Conversation = head;
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
                    if (state == State) await RefreshAsync();
                    return null;
                case PostResult.Refused refused:
                    return refused.Message;
                default:
                    return "This conversation is not there any more.";
            }
        }
        catch (HubUnavailableException e)
        {
            LogNotSent(logger, e);
            return "The database did not answer.";
        }
    }

    private async Task<bool> WaitAsync(TimeSpan span, CancellationToken stop)
    {
        try
        {
            await Task.Delay(span, time, stop);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "The feed of {ConversationId} ended; the page goes on from its cursor")]
    private static partial void LogFeedEnded(ILogger logger, Exception fault, string conversationId);

    [LoggerMessage(2, LogLevel.Warning, "A conversation could not be loaded (ref {Reference})")]
    private static partial void LogNotLoaded(ILogger logger, Exception fault, string reference);

    [LoggerMessage(3, LogLevel.Warning, "A message could not be stored; its text stays on the page")]
    private static partial void LogNotSent(ILogger logger, Exception fault);
}
