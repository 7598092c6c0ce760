using System.Globalization;

namespace ControlChat.App.Ask;

/// <summary>Where this person was last in Ask, so that the dock beside other pages shows the same conversation. Scoped: one per circuit.</summary>
public sealed class AskPlace
{
    /// <summary>Null for a conversation that has not begun.</summary>
    public string? ConversationId { get; set; }

    /// <summary>The message a link leads to: "#m-12" is 12; null without one.</summary>
    public static long? SeqIn(string address)
    {
        var at = address.IndexOf("#m-", StringComparison.Ordinal);
        return at >= 0 && long.TryParse(address.AsSpan(at + 3), NumberStyles.None, CultureInfo.InvariantCulture, out var seq) ? seq : null;
    }
}
