using System.Text;
using ControlChat.Core.Conversations;

namespace ControlChat.App.Live;

/// <summary>The answers that are growing in one conversation, so that who comes late sees them from their beginning.</summary>
internal sealed class GrowingAnswers
{
    private const int Remembered = 512;
    private readonly Dictionary<(string Message, string Type), Answer> _answers = [];
    private readonly HashSet<string> _stored = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();

    /// <returns>
    /// What is to be passed on: of a piece that begins before the answer's end (said again after a loss), the rest. Null for a piece that
    /// was seen, or that has a hole before it.
    /// </returns>
    public FeedItem.Delta? Take(FeedItem.Delta delta)
    {
        if (_stored.Contains(delta.MessageId)) return null;
        if (delta.Type == ConversationEvents.Reset) return Drop(delta.MessageId) ? delta : null;
        var key = (delta.MessageId, delta.Type);
        if (!_answers.TryGetValue(key, out var answer) || delta.Attempt > answer.Attempt)
            _answers[key] = answer = new Answer(delta.Attempt);
        var known = answer.Text.Length - delta.Offset;
        if (delta.Attempt < answer.Attempt || known < 0 || known >= delta.Text.Length) return null;
        var fresh = known == 0 ? delta : delta with { Offset = answer.Text.Length, Text = delta.Text[known..] };
        answer.Text.Append(fresh.Text);
        return fresh;
    }

    /// <summary>The stored message is there: pieces of it that come late are dropped.</summary>
    public void Store(string messageId)
    {
        Drop(messageId);
        if (!_stored.Add(messageId)) return;
        _order.Enqueue(messageId);
        if (_order.Count > Remembered) _stored.Remove(_order.Dequeue());
    }

    /// <summary>Everything so far, one piece an answer.</summary>
    public IReadOnlyList<FeedItem.Delta> Snapshot() =>
        [.. _answers.Select(a => new FeedItem.Delta(a.Key.Type, a.Key.Message, a.Value.Attempt, 0, a.Value.Text.ToString()))];

    private bool Drop(string messageId)
    {
        var shown = false;
        foreach (var key in _answers.Keys.Where(k => k.Message == messageId).ToList()) shown |= _answers.Remove(key);
        return shown;
    }

    private sealed record Answer(int Attempt)
    {
        public StringBuilder Text { get; } = new();
    }
}
