using ControlChat.Core.Accounts;

namespace ControlChat.Core.Sessions;

/// <summary>
/// What an agent's process shows to the hub: <c>cch_</c> and 256 random bits, made when the session starts and dead with it. It is the only
/// secret an agent ever holds, and it opens the hub's two doors for agents and nothing else. Rows keep its SHA-256.
/// </summary>
public sealed class SessionHandle
{
    public const string Prefix = "cch_";

    private SessionHandle(string secret) => Secret = secret;

    /// <summary>For the agent's process, once. Never in a log, a row or an address.</summary>
    public string Secret { get; }

    /// <summary>Lower-case hex SHA-256.</summary>
    public string Hash => Credential.Hash(Secret);

    public static SessionHandle New() => new(Prefix + Credential.New());

    /// <returns>Null for what is no handle by its form.</returns>
    public static SessionHandle? Read(string? text) =>
        text is not null && text.StartsWith(Prefix, StringComparison.Ordinal) && Credential.IsWellFormed(text[Prefix.Length..]) ? new SessionHandle(text) : null;

    public override string ToString() => nameof(SessionHandle);
}
