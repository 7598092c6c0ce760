using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using ControlChat.Core.Bus;
using ControlChat.Core.Conversations;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Runner;

/// <summary>
/// The answer while it grows, on the bus only: lost deltas cost nothing, the stored message replaces them.
/// Pieces that arrive together leave together: the caller flushes when it is about to wait.
/// </summary>
internal sealed class DeltaStream(IBus bus, string conversationId, string messageId)
{
    private readonly string _topic = Topics.Stream(conversationId);
    private readonly Part _text = new(ConversationEvents.TextDelta);
    private readonly Part _reasoning = new(ConversationEvents.ReasoningDelta);
    private int _attempt = 1;
    private bool _shown;

    public void Text(string piece) => _text.Pending.Append(piece);

    public void Reasoning(string piece) => _reasoning.Pending.Append(piece);

    public ValueTask FlushAsync(CancellationToken cancellationToken) =>
        _text.Pending.Length == 0 && _reasoning.Pending.Length == 0 ? default : SendAllAsync(cancellationToken);

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
        await SendAsync(_reasoning, cancellationToken);
        await SendAsync(_text, cancellationToken);
    }

    private async ValueTask SendAsync(Part part, CancellationToken cancellationToken)
    {
        if (part.Take() is not { Length: > 0 } piece) return;
        // By hand: a serializer costs more than everything else on this path.
        var text = JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(piece);
        var payload = string.Create(CultureInfo.InvariantCulture,
            $$$"""{"type":"{{{part.Type}}}","data":{"message_id":"{{{messageId}}}","attempt":{{{_attempt}}},"offset":{{{part.Offset}}},"text":"{{{text}}}"}}""");
        part.Offset += piece.Length;
        _shown = true;
        await bus.PostAsync(_topic, BusMessage.New(payload), cancellationToken);
    }

    private sealed class Part(string type)
    {
        public string Type { get; } = type;

        public StringBuilder Pending { get; } = new();

        /// <summary>In UTF-16 units.</summary>
        public int Offset { get; set; }

        // A pair that was cut between two pieces waits for its second half.
        public string Take()
        {
            var length = Pending.Length > 0 && char.IsHighSurrogate(Pending[^1]) ? Pending.Length - 1 : Pending.Length;
            var piece = Pending.ToString(0, length);
            Pending.Remove(0, length);
            return piece;
        }

        public void Restart()
        {
            Offset = 0;
            Pending.Clear();
        }
    }
}
