using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions;
using ControlChat.Core.Sessions.Terminals;

namespace ControlChat.App.Sessions.Streams;

/// <summary>The frames that say how a terminal and this window stand.</summary>
internal static class StreamWords
{
    public static JsonObject Hello(StreamWindow window)
    {
        var now = window.Now;
        return new JsonObject
        {
            ["session"] = JsonSerializer.SerializeToNode(now is null ? window.Sight.View : window.Sight.View with { Viewers = now.Viewers.Count }, Json.Wire),
            ["seq"] = now?.LastSeq ?? window.Last,
            ["run"] = Run(window),
            ["resume_token"] = window.Token,
            ["controller"] = now?.Controller?.AccountId,
            ["you_control"] = now?.IsController ?? false,
            ["may_control"] = window.MayControl,
            ["size"] = Size(now?.Size),
            ["oldest"] = now?.OldestSeq ?? 0,
            ["viewers"] = Viewers(now),
            ["recorded_to"] = Timestamps.Format(now?.RecordedTo),
        };
    }

    /// <param name="seq">Of the frame this stands for, which moves the client's cursor; null: something outside of the sequence changed.</param>
    /// <param name="size">As it is from that frame on; null: that frame changes nothing of it, or without one it is told as it is now.</param>
    /// <param name="notice">Something to be told; null: nothing.</param>
    public static JsonObject State(StreamWindow window, long? seq = null, TerminalSize? size = null, JsonNode? notice = null)
    {
        var (view, now) = (window.Sight.View, window.Now);
        return new JsonObject
        {
            ["seq"] = seq,
            ["run"] = Run(window),
            ["state"] = view.State,
            ["end_reason"] = view.EndReason,
            ["queue_position"] = view.QueuePosition,
            ["at_work"] = now is not null,
            ["size"] = Size(size ?? (seq is null ? now?.Size : null)),
            ["controller"] = now?.Controller?.AccountId,
            ["controller_name"] = now?.Controller?.Name,
            ["you_control"] = now?.IsController ?? false,
            ["may_control"] = window.MayControl,
            ["wish"] = now?.Wants is { } wish ? new JsonObject { ["account_id"] = wish.Who.AccountId, ["name"] = wish.Who.Name, ["until"] = Timestamps.Format(wish.Until) } : null,
            ["viewers"] = Viewers(now),
            ["recorded_to"] = Timestamps.Format(now?.RecordedTo),
            ["record_fault"] = now?.RecordFault,
            ["expires_at"] = Timestamps.Format(view.ExpiresAt),
            ["idle_at"] = Timestamps.Format(view.IdleAt),
            ["notice"] = notice,
        };
    }

    /// <summary>The last one.</summary>
    /// <param name="seq">Null: no frame of the transcript says so.</param>
    public static JsonObject Ended(StreamWindow window, long? seq, string? reason, int? code) => new() { ["reason"] = reason, ["exit_code"] = code, ["seq"] = seq, ["run"] = Run(window) };

    /// <summary>Whether a window's people would see a difference: not how far it is recorded and how much was printed, which the figures tell.</summary>
    public static bool Differ(TerminalNow one, TerminalNow other) =>
        one.Size != other.Size || one.RecordFault != other.RecordFault || one.Controller != other.Controller || one.IsController != other.IsController
        || one.Wants != other.Wants || !one.Viewers.SequenceEqual(other.Viewers);

    public static bool Differ(SessionView one, SessionView other) =>
        one.State != other.State || one.EndReason != other.EndReason || one.ExpiresAt != other.ExpiresAt || one.IdleAt != other.IdleAt || one.QueuePosition != other.QueuePosition;

    // By which a client knows that the frames it shows are not those that are counted now. Null: it is not known yet.
    private static JsonObject? Run(StreamWindow window) => window switch
    {
        { Now.Run: { } run } => new JsonObject { ["n"] = run.N, ["after"] = run.After },
        { Now: null, Sight: { HasEnded: true } sight } => new JsonObject { ["n"] = sight.Fence, ["after"] = null },
        _ => null,
    };

    private static JsonObject? Size(TerminalSize? size) => size is { } known ? new JsonObject { ["cols"] = known.Columns, ["rows"] = known.Rows } : null;

    private static JsonArray Viewers(TerminalNow? now) =>
        [.. (now?.Viewers ?? []).Select(v => (JsonNode)new JsonObject { ["account_id"] = v.AccountId, ["name"] = v.Name })];
}
