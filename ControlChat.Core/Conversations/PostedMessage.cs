using System.Text.Json.Nodes;

namespace ControlChat.Core.Conversations;

/// <summary>A message as a person or a token sends it.</summary>
/// <param name="Text">1 to <c>Limits:MessageChars</c> code points.</param>
/// <param name="RequestId">8-128 characters of <c>[A-Za-z0-9_.:-]</c>; the same id twice is one message.</param>
/// <param name="Via"><c>ui</c> for what a signed-in person typed, else <c>rest</c>.</param>
/// <param name="Context">What the page had selected, given to the model as quoted data; any text in it taints the run.</param>
public sealed record PostedMessage(string Text, string RequestId, string Via, JsonObject? Context = null);

/// <summary>What came of posting: exactly the cases a face answers differently.</summary>
public abstract record PostResult
{
    private PostResult()
    {
    }

    /// <param name="Replayed">The same request came before.</param>
    public sealed record Accepted(string MessageId, string RunId, bool Replayed) : PostResult;

    /// <summary>There is no such conversation for this principal.</summary>
    public sealed record NotFound : PostResult;

    /// <param name="Code"><c>invalid|too_long|request_id_reused|rate_limited</c>.</param>
    public sealed record Refused(string Code, string Message) : PostResult;
}
