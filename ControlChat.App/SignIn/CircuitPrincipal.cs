using ControlChat.Core.Accounts;

namespace ControlChat.App.SignIn;

/// <summary>Whose circuit (or prerender) this is. Scoped. It follows the browser's session: when that ends, there is nobody.</summary>
public sealed class CircuitPrincipal
{
    /// <summary>Raised, on any thread, when the person's rights changed or ended.</summary>
    public event Action? Changed;

    /// <summary>Null before sign-in and after the session ended.</summary>
    public Principal? Current { get; private set; }

    /// <summary>The time zone the browser said when it opened the page; null when it had not said yet.</summary>
    public string? Zone { get; internal set; }

    /// <exception cref="UnauthorizedAccessException">The session has ended; the page leads to sign-in.</exception>
    public Principal Required => Current ?? throw new UnauthorizedAccessException("The session has ended. Sign in again.");

    internal void Set(Principal? principal)
    {
        if (Current == principal) return;
        Current = principal;
        Changed?.Invoke();
    }
}
