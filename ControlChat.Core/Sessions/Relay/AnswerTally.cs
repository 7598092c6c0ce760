using System.Text.Json;

namespace ControlChat.Core.Sessions.Relay;

/// <summary>
/// What an answer cost in tokens: as the model's server says at its end, else what can be known without it. An agent that leaves before
/// the end, or a server that breaks off or never says, has cost all the same: a token of input for some four bytes of what was sent, and
/// one of output for each piece that came. What a model thinks makes no pieces, so who leaves before it is said pays for the time.
/// </summary>
/// <param name="sentBytes">The length of the request's body.</param>
/// <param name="mostOutput">The tokens of output the request allowed.</param>
public sealed class AnswerTally(long sentBytes, long mostOutput)
{
    private static readonly string[] Last = ["response.completed", "response.incomplete", "response.failed"];

    private const int BytesOfAToken = 4;

    // Large models write 50 to 200 a second, and finish what is under way when the connection is closed: in doubt against who left.
    private const int TokensOfASecond = 200;
    private const int LeastOfLeaving = 2_000;
    private const long Most = 1_000_000_000;
    private (long Input, long Output)? _said;
    private long _pieces;
    private long _assumed;

    /// <summary>The last event of a streamed answer has come.</summary>
    public bool IsWhole { get; private set; }

    public long Input => _said?.Input ?? (sentBytes / BytesOfAToken);

    public long Output => _said?.Output ?? Math.Max(_pieces, _assumed);

    /// <summary>Nobody waited for the end. Counts only while the server has not said what it cost.</summary>
    /// <param name="after">How long the server could work on it.</param>
    public void Leave(TimeSpan after) => _assumed = Math.Min(mostOutput, Math.Max(LeastOfLeaving, (long)(after.TotalSeconds * TokensOfASecond)));

    /// <param name="happened">One whole event of a streamed answer.</param>
    public void See(ReadOnlyMemory<byte> happened)
    {
        var text = happened.Span;
        if (text.IndexOf(".delta\""u8) >= 0) _pieces++;
        if (text.IndexOf("\"response.completed\""u8) < 0 && text.IndexOf("\"response.incomplete\""u8) < 0 && text.IndexOf("\"response.failed\""u8) < 0) return;
        foreach (var line in text.Split((byte)'\n'))
            if (text[line].StartsWith("data:"u8)) Take(happened[line][5..], inEvent: true);
    }

    /// <param name="body">A whole answer that was not streamed.</param>
    public void SeeWhole(ReadOnlyMemory<byte> body) => Take(body, inEvent: false);

    private void Take(ReadOnlyMemory<byte> json, bool inEvent)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var answer = document.RootElement;
            if (inEvent && !IsLast(ref answer)) return;
            if (answer.ValueKind != JsonValueKind.Object || !answer.TryGetProperty("usage", out var usage) || usage.ValueKind != JsonValueKind.Object) return;
            if (Number(usage, "input_tokens") is { } input && Number(usage, "output_tokens") is { } output) _said = (input, output);
        }
        catch (JsonException)
        {
            // Not an event of this API; it says nothing about the cost.
        }
    }

    // What the model says may hold these words too: only the event's own type counts.
    private bool IsLast(ref JsonElement happened)
    {
        if (happened.ValueKind != JsonValueKind.Object || !happened.TryGetProperty("type", out var type) || type.ValueKind != JsonValueKind.String || !Last.Contains(type.GetString())) return false;
        IsWhole = true;
        return happened.TryGetProperty("response", out happened);
    }

    private static long? Number(JsonElement usage, string name) =>
        usage.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? Math.Clamp(number, 0, Most) : null;
}
