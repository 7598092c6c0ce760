using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using ControlChat.Core.Sessions;

namespace ControlChat.Tests.Core.Sessions.Codex;

/// <summary>Events as lines a person can read and a diff can show; neighbouring pieces of one item on one line.</summary>
internal static class EventText
{
    private static readonly JsonSerializerOptions _form = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter() },
    };

    public static string Of(IEnumerable<AgentEvent> events)
    {
        List<string> lines = [];
        AgentEvent.MessageDelta? last = null;
        foreach (var happened in events)
        {
            if (happened is AgentEvent.MessageDelta piece)
            {
                if (last?.ItemId == piece.ItemId) lines[^1] += "|" + Escape(piece.Text);
                else lines.Add($"MessageDelta {piece.ItemId}@{piece.Offset} {Escape(piece.Text)}");
                last = piece;
                continue;
            }
            last = null;
            lines.Add(Line(happened));
        }
        return string.Join('\n', lines) + "\n";
    }

    public static string Line(AgentEvent happened)
    {
        var text = JsonSerializer.Serialize(happened, happened.GetType(), _form);
        if (happened is AgentEvent.ApprovalRequested asked) text = $"{asked.Approval.GetType().Name} {JsonSerializer.Serialize(asked.Approval, asked.Approval.GetType(), _form)}";
        return $"{happened.GetType().Name} {text}";
    }

    private static string Escape(string text) => text.Replace("\n", "\\n", StringComparison.Ordinal);
}
