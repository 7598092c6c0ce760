using System.Text.Json;

namespace ControlChat.Core.Sessions.Codex;

/// <summary>What was found in a stream of JSON lines.</summary>
/// <param name="Bytes">How many bytes of the stream it took.</param>
internal abstract record JsonLine(long Bytes)
{
    /// <summary>An object.</summary>
    public sealed record Value(JsonElement Root, long Bytes) : JsonLine(Bytes);

    /// <summary>Something that is none, and was skipped.</summary>
    /// <param name="Why">In words that follow "The agent wrote".</param>
    /// <param name="Head">How it begins, at most 200 characters.</param>
    public sealed record Fault(string Why, string Head, long Bytes) : JsonLine(Bytes);
}
