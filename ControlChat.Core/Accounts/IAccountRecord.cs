using System.Text.Json.Nodes;
using ControlChat.Core.Hub;

namespace ControlChat.Core.Accounts;

/// <summary>Where sign-ins and keys go on the record. The room asks for it here; the composition puts the audit trail behind it.</summary>
public interface IAccountRecord
{
    /// <summary>Appends in the caller's transaction: no row, no sign-in, no token.</summary>
    Task AppendAsync(IHubTransaction transaction, AccountEvent entry, CancellationToken cancellationToken);
}

/// <param name="Event"><c>signin.ok|signin.failed|signin.out|token.created|token.revoked|account.changed</c>.</param>
/// <param name="By">Who did it, by which door.</param>
/// <param name="Data">Never a secret.</param>
public sealed record AccountEvent(string Event, AccountActor By, JsonObject Data)
{
    public bool Refused => Event == "signin.failed";
}

/// <param name="Account">Null when nobody is known.</param>
/// <param name="Session">The browser's session, or null.</param>
/// <param name="Via"><c>ui|cli|system</c>.</param>
public sealed record AccountActor(string? Account, string? Session, string Via)
{
    /// <summary>Whoever may run commands on the hub's own machine: no account of the hub's.</summary>
    public static AccountActor Operator { get; } = new(null, null, "cli");

    /// <summary>The hub itself, as for the link that it prints at its start.</summary>
    public static AccountActor Hub { get; } = new(null, null, "system");

    public static AccountActor Of(Principal principal) => new(principal.AccountId, principal.AuthSessionId, "ui");
}
