namespace ControlChat.App.SignIn;

/// <summary>What the sign-in page shows.</summary>
/// <param name="Providers">Name and address of each, in the operator's order.</param>
/// <param name="ByPassword">Hub accounts have passwords here.</param>
/// <param name="ByLink">The operator's link works here.</param>
/// <param name="FormToken">For the form.</param>
/// <param name="ReturnPath">Where to go afterwards.</param>
public sealed record SignInView(IReadOnlyList<(string Name, string Href)> Providers, bool ByPassword, bool ByLink, string FormToken, string ReturnPath)
{
    /// <summary>The hub is behind a proxy, which is the way in.</summary>
    public bool ByProxy { get; init; }

    public string Email { get; init; } = "";

    /// <summary>Why the last try signed nobody in.</summary>
    public string? Fault { get; init; }

    /// <summary>The name of who is signed in and is to prove it once more.</summary>
    public string? Again { get; init; }

    /// <summary>"Forgotten?" was clicked.</summary>
    public bool Forgotten { get; init; }

    public string ForgottenHref => $"/signin?forgotten=1{(ReturnPath == SignIn.ReturnPath.Home ? "" : "&returnUrl=" + Uri.EscapeDataString(ReturnPath))}";
}
