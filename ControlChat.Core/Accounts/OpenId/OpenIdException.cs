namespace ControlChat.Core.Accounts.OpenId;

/// <summary>A provider that cannot be used now, or said something that is not to be believed.</summary>
/// <param name="reason">A word for the record and for the words on the page: <c>provider_unreachable|provider_refused|id_token</c>.</param>
/// <param name="detail">For the operator's log; no secret, no token.</param>
public sealed class OpenIdException(string reason, string detail, Exception? inner = null) : Exception(detail, inner)
{
    public string Reason { get; } = reason;
}
