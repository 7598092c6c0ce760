namespace ControlChat.Core.Accounts;

/// <summary>What of the hub's settings the accounts have to know. The room asks for it here; the composition reads it from the settings in force.</summary>
public interface ISignInPolicy
{
    /// <summary>The operator's one-time links are a way in for everybody, not only for the very first admin.</summary>
    bool ByLink { get; }

    /// <summary>The passwords of hub accounts are a way in.</summary>
    bool ByPassword { get; }

    /// <summary>Whose word is a way in: the issuers of the providers, without a slash at the end, or <c>proxy</c>. A password or an identity from before, whose way is closed now, opens nothing.</summary>
    IReadOnlyList<string> Issuers { get; }

    /// <summary>How fresh a sign-in must be where one is asked for.</summary>
    TimeSpan RecentSignIn { get; }
}
