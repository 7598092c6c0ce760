namespace ControlChat.Core.Accounts;

/// <summary>What came of a sign-in.</summary>
public abstract record SignInResult
{
    private SignInResult()
    {
    }

    /// <param name="Cookie">The secret for the browser; shown nowhere else.</param>
    public sealed record SignedIn(string Cookie, BrowserSession Session) : SignInResult
    {
        /// <summary>For the browser to bring along to its next sign-in; it opens nothing. Null: nothing new.</summary>
        public string? Mark { get; init; }
    }

    /// <summary>An outside identity was added to the account of the person who is signed in.</summary>
    public sealed record Linked : SignInResult;

    /// <param name="Reason">A word for the record, such as <c>used</c>, <c>expired</c>, <c>unknown</c>, <c>wrong</c>, <c>no_rule</c>.</param>
    public sealed record Refused(string Reason) : SignInResult;

    /// <summary>Too many failures before this; it was not looked at.</summary>
    public sealed record Paused(TimeSpan Wait) : SignInResult;

    /// <summary>Too many passwords are being checked right now; it was not looked at and counts as nothing.</summary>
    /// <param name="Wait">When to come again.</param>
    public sealed record Busy(TimeSpan Wait) : SignInResult;

    /// <summary>What was sent has a fault that its person can mend.</summary>
    /// <param name="Fault">A sentence for them.</param>
    public sealed record Invalid(string Fault) : SignInResult;
}
