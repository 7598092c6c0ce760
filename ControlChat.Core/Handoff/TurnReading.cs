using System.Text.Json.Nodes;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Handoffs;

namespace ControlChat.Core.Handoff;

/// <summary>How far a handed-over task is, read from the events of its session one after the other.</summary>
/// <param name="Phase">See <see cref="HandoffRow.Phase"/>.</param>
/// <param name="Seq">Of the last event that was read.</param>
/// <param name="Over">The task is over with that event.</param>
internal sealed record TurnReading(string Phase, long Seq, bool Over)
{
    /// <param name="delivered">The last message that reached the agent, as the session's row has it.</param>
    /// <param name="message">The task's own.</param>
    public TurnReading Next(StoredSessionEvent happened, long delivered, long message)
    {
        var read = this with { Seq = happened.Seq };
        switch (happened.Type)
        {
            case SessionEvents.Ended:
                return read with { Over = true };
            case SessionEvents.State when Text(happened, "state") == SessionState.Running:
                return read with { Phase = HandoffRow.Running };
            case SessionEvents.State when Phase == HandoffRow.Running && Text(happened, "state") == SessionState.Idle:
                return read with { Over = true };
            // Said before the worker of it was lost, the message is said again, and its turn begins anew.
            case SessionEvents.System when Text(happened, "code") == SessionEvents.TakenOver:
                return (Whole(happened, "delivered") ?? delivered) >= message ? read with { Over = true } : read with { Phase = HandoffRow.Waiting };
            default:
                return read;
        }
    }

    private static long? Whole(StoredSessionEvent happened, string name) =>
        JsonNode.Parse(happened.Data) is JsonObject data && data[name] is JsonValue value && value.TryGetValue<long>(out var whole) ? whole : null;

    internal static string? Text(StoredSessionEvent happened, string name) =>
        JsonNode.Parse(happened.Data) is JsonObject data && data[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}
