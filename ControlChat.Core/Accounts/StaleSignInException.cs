namespace ControlChat.Core.Accounts;

/// <summary>The sign-in of the person who asks is not recent enough for it (<see cref="RecentSignIn"/>). Nothing was changed; their page leads to sign-in and back.</summary>
public sealed class StaleSignInException() : Exception("This asks for a fresh sign-in. Sign in again, then do it once more.");
