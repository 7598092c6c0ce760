namespace ControlChat.Core.Accounts;

/// <summary>Who is asking, by which key. Rights are never taken from here alone: the gate reads account and token again at every call.</summary>
/// <param name="AccountId">The account, <c>acc_…</c>.</param>
/// <param name="Name">Its name, for people.</param>
/// <param name="Role"><c>member</c> or <c>admin</c>.</param>
/// <param name="AuthSessionId">The signed-in browser session, or null for a token.</param>
/// <param name="TokenId">The API token, or null for a cookie.</param>
/// <param name="TokenName">The token's name, or null.</param>
/// <param name="Scopes">What the token may do; a cookie session has all.</param>
/// <param name="AuthTime">When the person last proved who they are.</param>
public sealed record Principal(
    string AccountId, string Name, string Role, string? AuthSessionId, string? TokenId, string? TokenName, TokenScopes Scopes, DateTimeOffset AuthTime)
{
    public bool IsAdmin => Role == "admin";

    public bool IsToken => TokenId is not null;

    /// <summary>The principal of limits and idempotency: the token where there is one, else the account.</summary>
    public string Key => TokenId ?? AccountId;
}

/// <summary>What an API token may do: <c>read</c> reads, <c>write</c> may ask for every other tool.</summary>
[Flags]
public enum TokenScopes
{
    None = 0,
    Read = 1,
    Write = 2,
    All = Read | Write,
}
