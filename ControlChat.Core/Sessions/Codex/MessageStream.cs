using System.Text;

namespace ControlChat.Core.Sessions.Codex;

/// <summary>A message that is being written: how far it was shown, and what is held back because it may be a repetition.</summary>
internal sealed class MessageStream(string itemId, string? turnId, Repeats repeats)
{
    /// <summary>Of a message that never ends the rest is not kept for <see cref="Partial"/>.</summary>
    private const int MostKept = 4 * 1024 * 1024;
    private readonly StringBuilder _text = new();
    private int _shown;
    private readonly Repeats.Beginning _beginning = repeats.Begin();
    private bool _released;

    public string ItemId => itemId;

    public string? TurnId => turnId;

    public bool WasShown => _shown > 0;

    /// <summary>What there is of it.</summary>
    public string Partial => _text.ToString();

    public AgentEvent? Add(string piece)
    {
        if (piece.Length == 0) return null;
        var before = _text.Length;
        _text.Append(piece.AsSpan(0, Math.Min(piece.Length, MostKept - _text.Length)));
        if (!_released)
        {
            _beginning.Add(piece);
            if (_beginning.MayRepeat) return null;
            _released = true;
            // What was held back is the beginning of one that is remembered, and so none of it is missing.
            piece = _text.ToString(0, before) + piece;
        }
        var offset = _shown;
        _shown += piece.Length;
        return new AgentEvent.MessageDelta(itemId, offset, piece) { TurnId = turnId };
    }

    /// <summary>It broke off: what is left of it, unless there is nothing or it only repeats.</summary>
    public AgentEvent? BreakOff() =>
        _text.Length > 0 && _released ? new AgentEvent.Message(itemId, Partial, Whole: false) { TurnId = turnId } : null;
}
