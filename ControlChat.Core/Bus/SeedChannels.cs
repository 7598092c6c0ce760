using ControlChat.Core.Hub;

namespace ControlChat.Core.Bus;

/// <summary>
/// The channel names of the first design, in both their forms, and the topics they stand for (R81):
/// <c>agent:chat:{runid}:{session_id}</c> or <c>agent_chat-{session_id}</c>, and the same with <c>response</c>.
/// </summary>
public static class SeedChannels
{
    /// <returns>The topic, or null for what is no such name.</returns>
    public static string? TopicOf(string channel) => channel.Split(':') switch
    {
        ["agent", "chat", { Length: > 0 }, { Length: > 0 } session] => Topics.ChatOf(session),
        ["agent", "response", { Length: > 0 }, { Length: > 0 } session] => Topics.Stream(session),
        [var dashed] => OfDashed(dashed),
        _ => null,
    };

    // A session's id may have dashes of its own.
    private static string? OfDashed(string channel) => channel.Split('-', 2) switch
    {
        ["agent_chat", { Length: > 0 } session] => Topics.ChatOf(session),
        ["agent_response", { Length: > 0 } session] => Topics.Stream(session),
        _ => null,
    };
}
