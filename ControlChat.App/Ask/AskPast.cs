using ControlChat.App.Live;
using ControlChat.Core.Accounts;
using ControlChat.Core.Conversations;
using ControlChat.Core.Hub;

namespace ControlChat.App.Ask;

/// <summary>Reads a conversation from the record into what a page shows: its newest messages, and on demand the earlier ones.</summary>
internal sealed class AskPast(ConversationService conversations, ConversationFeeds feeds)
{
    /// <summary>Begins with the newest messages.</summary>
    /// <returns>False when there is no such conversation for this principal: nothing of it was read then, and nothing of it may be followed.</returns>
    /// <exception cref="HubUnavailableException">The database did not answer.</exception>
    public async Task<bool> BeginAsync(AskState state, Principal principal, string id, CancellationToken stop)
    {
        if (await conversations.FindAsync(principal, id, null, AskConversation.Window, stop) is not { } view) return false;
        state.Conversation = view.Conversation;
        var more = view.Messages.Count == AskConversation.Window;
        state.Begin(more);
        foreach (var stored in await EventsAsync(id, more ? view.Messages[0].Seq - 1 : 0, long.MaxValue, stop)) state.Apply(stored);
        state.Know(view.Runs);
        return true;
    }

    /// <summary>
    /// Shows earlier messages too, until one is among them. What is shown is read again with it: every event of every page, kept for
    /// this alone, would cost more than what is shown.
    /// </summary>
    /// <returns>False when nothing came by it.</returns>
    /// <exception cref="HubUnavailableException">The database did not answer; what is shown stays.</exception>
    public async Task<bool> ReachBackAsync(AskState state, Principal principal, string id, long toSeq, CancellationToken stop)
    {
        if (!state.HasEarlier || toSeq >= state.FirstSeq) return false;
        var (first, more) = (state.FirstSeq, true);
        while (more && toSeq < first)
        {
            if (await conversations.FindAsync(principal, id, first, AskConversation.Window, stop) is not { } view) return false;
            more = view.Messages.Count == AskConversation.Window;
            first = more ? view.Messages[0].Seq : 0;
            state.Know(view.Runs);
        }
        var events = new List<StoredEvent>();
        do events.AddRange(await EventsAsync(id, events.Count > 0 ? events[^1].Seq : first - 1, state.LastSeq + 1, stop));
        while (events.Count > 0 && events[^1].Seq < state.LastSeq);
        state.ReachBack(events, more);
        return true;
    }

    /// <summary>What was stored between two events, without them. Whether it may be read is asked before, by the caller.</summary>
    public async Task<List<StoredEvent>> EventsAsync(string id, long after, long before, CancellationToken stop)
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
}
