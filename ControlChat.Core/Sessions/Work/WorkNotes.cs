using System.Text.Json.Nodes;

namespace ControlChat.Core.Sessions.Work;

/// <summary>What a worker itself says in a session.</summary>
internal static class WorkNotes
{
    /// <summary>R66, word for word.</summary>
    public const string Ready = "Agent session initialized. You can start chatting.";

    public static SessionEvent Of(string text) => new(SessionEvents.System, new JsonObject { ["text"] = text });

    /// <param name="why">No namespace can be made.</param>
    public static SessionEvent Uncontained(string why) => new(SessionEvents.System, new JsonObject
    {
        ["text"] = $"This agent runs without a namespace around it (Sessions:AllowUncontained): what it runs has the rights of the hub's own user. {why}",
        ["code"] = SessionEvents.Uncontained,
    });

    /// <param name="delivered">The last message that had reached the agent by then: what came later is said to the new one.</param>
    public static SessionEvent TakenOver(long delivered) => new(SessionEvents.System, new JsonObject
    {
        ["text"] = "Another worker has taken this session over. What the agent was doing was broken off; say how to go on.",
        ["code"] = SessionEvents.TakenOver,
        ["delivered"] = delivered,
    });
}
