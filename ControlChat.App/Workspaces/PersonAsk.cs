using ControlChat.Core.Workspaces;

namespace ControlChat.App.Workspaces;

/// <summary>A person is to be let in, or to get another role.</summary>
/// <param name="Member">Who; null for somebody new.</param>
public sealed record PersonAsk(Member? Member);

/// <summary>What was chosen.</summary>
/// <param name="Account">An e-mail address or an account's id.</param>
public sealed record PersonSent(string Account, string Role);
