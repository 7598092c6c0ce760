using System.Text.Json.Nodes;
using ControlChat.App.Live;
using ControlChat.Core.Conversations;
using ControlChat.Core.Hub;

namespace ControlChat.App.Ask;

/// <summary>
/// A conversation as the page shows it: what the stored events came to, each counted exactly once by its sequence, what is growing
/// right now, and what this browser sent that is not stored yet. The events themselves are not kept: a page that is open for hours
/// holds what it shows. Not safe for threads: the page's dispatcher owns it.
/// </summary>
public sealed class AskState
{
    private readonly List<AskItem.Written> _unsent = [];
    private readonly TimeProvider _time;
    private AskProjection _shown;
    private IReadOnlyList<Run> _known = [];

    public AskState(TimeProvider time)
    {
        _time = time;
        _shown = new AskProjection(time);
    }

    /// <summary>Null while it is loading, and for a conversation that does not exist yet.</summary>
    public Conversation? Conversation { get; set; }

    /// <summary>What is shown, in the order of reading; what is not stored yet comes last.</summary>
    public IEnumerable<AskItem> Items => _shown.Items.Concat(_unsent);

    public bool IsEmpty => _shown.Items.Count == 0 && _unsent.Count == 0;

    /// <summary>The newest event seen.</summary>
    public long LastSeq { get; private set; }

    /// <summary>The oldest event seen; 0 while there is none.</summary>
    public long FirstSeq { get; private set; }

    /// <summary>There is more before what is shown.</summary>
    public bool HasEarlier { get; private set; }

    /// <summary>And it could not be read when it was asked for last.</summary>
    public bool EarlierFailed { get; private set; }

    /// <summary>Plans of this conversation that wait for a decision, in the order they came.</summary>
    public IReadOnlyList<AskPart.Plan> Waiting => [.. Parts<AskPart.Plan>().Where(plan => plan.Waits)];

    /// <summary>The run that works now or next; what Stop stops.</summary>
    public AskRun? Active => _shown.Runs.FirstOrDefault(run => run.IsActive);

    public bool IsTainted => Conversation?.Tainted == true || _shown.HasWarned;

    public IEnumerable<T> Parts<T>() where T : AskPart => _shown.Items.OfType<AskItem.Answer>().SelectMany(answer => answer.Parts).OfType<T>();

    /// <summary>What somebody wrote: the item itself, or the question that it answers. Null when that is not among what is shown.</summary>
    public AskItem.Written? QuestionOf(AskItem item) => item switch
    {
        AskItem.Written written => written,
        AskItem.Answer answer => Items.OfType<AskItem.Written>().FirstOrDefault(written => written.Run == answer.Run),
        _ => null,
    };

    public AskRun? Run(string id) => _shown.Runs.FirstOrDefault(run => run.Id == id);

    /// <summary>What the store knows of the runs: their states, for those whose beginning is not among the events.</summary>
    public void Know(IReadOnlyList<Run> runs)
    {
        // Of most, the events say the same; the others are said again when more is shown.
        _known = [.. _known.Where(old => runs.All(run => run.Id != old.Id)), .. runs.Where(run => Run(run.Id) is not { IsOpen: false })];
        _shown.Know(runs);
    }

    /// <summary>Events come in their order; after a loss some come again.</summary>
    /// <returns>False when the event was shown before.</returns>
    public bool Apply(StoredEvent stored)
    {
        if (stored.Seq <= LastSeq) return false;
        if (FirstSeq == 0) FirstSeq = stored.Seq;
        LastSeq = stored.Seq;
        if (stored.Type == ConversationEvents.Message && Json.Read<Message>(stored.Data) is { Role: "user" } message && Adopt(message)) return true;
        _shown.Apply(stored);
        return true;
    }

    /// <summary>Shows more of the conversation: what is growing, and what is not stored, stays.</summary>
    /// <param name="events">From an older one to the newest that is shown.</param>
    /// <param name="more">There are still older ones.</param>
    public void ReachBack(IReadOnlyList<StoredEvent> events, bool more)
    {
        (HasEarlier, EarlierFailed) = (more, false);
        if (events.Count > 0) (FirstSeq, LastSeq) = (events[0].Seq, Math.Max(LastSeq, events[^1].Seq));
        var growing = Parts<AskPart.Text>().Where(text => text.Growing).ToList();
        _shown = new AskProjection(_time);
        foreach (var stored in events) _shown.Apply(stored);
        _shown.Know(_known);
        foreach (var text in growing)
        {
            _shown.Grow(new FeedItem.Delta(ConversationEvents.ReasoningDelta, text.MessageId, text.Attempt, 0, text.Thoughts));
            _shown.Grow(new FeedItem.Delta(ConversationEvents.TextDelta, text.MessageId, text.Attempt, 0, text.Shown));
        }
    }

    public void Begin(bool hasEarlier) => HasEarlier = hasEarlier;

    public void NotReachedBack() => EarlierFailed = true;

    /// <returns>False when nothing changed by it.</returns>
    public bool Grow(FeedItem.Delta delta) => _shown.Grow(delta);

    /// <summary>Shows what is being sent at once.</summary>
    public AskItem.Written Send(string requestId, string text, JsonObject? context = null)
    {
        if (_unsent.Find(item => item.RequestId == requestId) is { } again)
        {
            again.Fail(null);
            return again;
        }
        var item = new AskItem.Written(requestId, text, context, _time.GetUtcNow());
        _unsent.Add(item);
        return item;
    }

    /// <summary>It was taken; the record follows, or came before.</summary>
    public void Accepted(string requestId, string messageId)
    {
        if (_unsent.Find(item => item.RequestId == requestId) is not { } item) return;
        item.MessageId = messageId;
        if (_shown.HasMessage(messageId)) _unsent.Remove(item);
    }

    public void NotSent(string requestId, string problem) => _unsent.Find(item => item.RequestId == requestId)?.Fail(problem);

    public void Discard(string requestId) => _unsent.RemoveAll(item => item.RequestId == requestId);

    // The record may come before the answer to sending does: then the text tells which one it is.
    private bool Adopt(Message message)
    {
        var item = _unsent.Find(sent => sent.MessageId == message.Id)
            ?? _unsent.Find(sent => sent is { MessageId: null, Problem: null } && sent.Text == message.Text && message.Author.Via == "ui");
        if (item is null) return false;
        _unsent.Remove(item);
        item.Store(message);
        _shown.Add(item, message);
        return true;
    }
}
