using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using ControlChat.Core.Bus;
using ControlChat.Core.Conversations;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Runner;

/// <summary>
/// The answer while it grows, on the bus only: the stored message replaces it. Pieces that arrive together leave together: the caller
/// flushes when it is about to wait. After a loss the next piece is all of the answer so far, so that nobody looks at a text that stands still.
/// </summary>
internal sealed class DeltaStream(IBus bus, string conversationId, string messageId)
{
    private readonly string _topic = Topics.Stream(conversationId);
    private readonly Part _text = new(ConversationEvents.TextDelta);
    private readonly Part _reasoning = new(ConversationEvents.ReasoningDelta);
    private long _losses = bus.Losses;
    private int _attempt = 1;
    private bool _shown;

    public void Text(string piece) => _text.Said.Append(piece);

    public void Reasoning(string piece) => _reasoning.Said.Append(piece);

    public ValueTask FlushAsync(CancellationToken cancellationToken) => _text.IsSent && _reasoning.IsSent ? default : SendAllAsync(cancellationToken);

    /// <summary>The next attempt starts at 0; what was shown of this one is dropped.</summary>
    public async Task RestartAsync(CancellationToken cancellationToken)
    {
        _text.Restart();
        _reasoning.Restart();
        _attempt++;
        if (!_shown) return;
        _shown = false;
        await bus.PostAsync(_topic, BusMessage.New($$$"""{"type":"reset","data":{"message_id":"{{{messageId}}}"}}"""), cancellationToken);
    }

    /// <summary>There will be no message: what was shown of it is dropped.</summary>
    public Task DropAsync() => RestartAsync(CancellationToken.None);

    private async ValueTask SendAllAsync(CancellationToken cancellationToken)
    {
        if (bus.Losses is var losses && losses != _losses) (_losses, _text.Sent, _reasoning.Sent) = (losses, 0, 0);
        await SendAsync(_reasoning, cancellationToken);
        await SendAsync(_text, cancellationToken);
    }

    private async ValueTask SendAsync(Part part, CancellationToken cancellationToken)
    {
        var offset = part.Sent;
        if (part.Take() is not { Length: > 0 } piece) return;
        // By hand: a serializer costs more than everything else on this path.
        var text = JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(piece);
        var payload = string.Create(CultureInfo.InvariantCulture,
            $$$"""{"type":"{{{part.Type}}}","data":{"message_id":"{{{messageId}}}","attempt":{{{_attempt}}},"offset":{{{offset}}},"text":"{{{text}}}"}}""");
        _shown = true;
        await bus.PostAsync(_topic, BusMessage.New(payload), cancellationToken);
    }

    private sealed class Part(string type)
    {
        public string Type { get; } = type;

        /// <summary>All of it, in this attempt.</summary>
        public StringBuilder Said { get; } = new();

        /// <summary>How much of it has left, in UTF-16 units.</summary>
        public int Sent { get; set; }

        public bool IsSent => Sent == Said.Length;

        // A pair that was cut between two pieces waits for its second half.
        public string Take()
        {
            var end = !IsSent && char.IsHighSurrogate(Said[^1]) ? Said.Length - 1 : Said.Length;
            var piece = Said.ToString(Sent, end - Sent);
            Sent = end;
            return piece;
        }

        public void Restart()
        {
            Sent = 0;
            Said.Clear();
        }
    }
}
