using System.Text;

namespace ControlChat.Core.Sessions.Codex;

/// <summary>A message that is being written: how far it was shown, and what is held back because it may be a repetition.</summary>
internal sealed class MessageStream(string itemId, string? turnId, Repeats repeats)
{
    /// <summary>Of a message that never ends the rest is not kept for <see cref="Partial"/>.</summary>
    private const int MostKept = 4 * 1024 * 1024;
    private readonly StringBuilder _text = new();
    private int _shown;
    private bool _released = !repeats.MayBecome("");

    public string ItemId => itemId;

    public string? TurnId => turnId;

    public bool WasShown => _shown > 0;

    /// <summary>What there is of it.</summary>
    public string Partial => _text.ToString();

    public AgentEvent? Add(string piece)
    {
        if (piece.Length == 0) return null;
        if (_text.Length < MostKept) _text.Append(piece);
        if (!_released)
        {
            var held = Partial;
            if (repeats.MayBecome(held)) return null;
            _released = true;
            piece = held;
        }
        var offset = _shown;
        _shown += piece.Length;
        return new AgentEvent.MessageDelta(itemId, offset, piece) { TurnId = turnId };
    }

    /// <summary>It broke off: what is left of it, unless there is nothing or it only repeats.</summary>
    public AgentEvent? BreakOff() =>
        _text.Length > 0 && _released ? new AgentEvent.Message(itemId, Partial, Whole: false) { TurnId = turnId } : null;
}
