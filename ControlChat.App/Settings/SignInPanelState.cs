using ControlChat.App.SignIn;
using ControlChat.App.Ui;
using ControlChat.Core.Accounts;
using ControlChat.Core.Accounts.OpenId;
using ControlChat.Core.Accounts.Outside;
using ControlChat.Core.Accounts.Passwords;
using ControlChat.Core.Hub;

namespace ControlChat.App.Settings;

/// <summary>How one signs in: the password and the identities at providers. What is typed is kept nowhere.</summary>
public sealed class SignInPanelState(OwnPassword passwords, OutsideSignIn outside, OpenIdSignIn providers, AccountDirectory accounts, Refusals refusals, Func<Principal> who)
{
    public PanelLook Look { get; private set; } = PanelLook.Loading;

    public string Fault { get; private set; } = "";

    /// <summary>Null until an admin entered one; a password needs it.</summary>
    public string? Email { get; private set; }

    public bool HasPassword { get; private set; }

    public IReadOnlyList<LinkedIdentity> Identities { get; private set; } = [];

    /// <summary>Why the password was not changed.</summary>
    public string? FormFault { get; private set; }

    /// <summary>It was changed a moment ago.</summary>
    public bool Changed { get; private set; }

    /// <summary>And one's API tokens were revoked with it.</summary>
    public bool Revoked { get; private set; }

    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        try
        {
            Email = (await accounts.FindAsync(who().AccountId, cancellationToken))?.Email;
            HasPassword = await passwords.ExistsAsync(who(), cancellationToken);
            Identities = await outside.ListAsync(who(), cancellationToken);
            Look = PanelLook.Live;
        }
        catch (HubUnavailableException e)
        {
            (Look, Fault) = (PanelLook.Failed, e.Message);
        }
    }

    /// <returns>Whether it is changed.</returns>
    public async Task<bool> ChangeAsync(string old, string password, string repeat, bool revokeTokens, CancellationToken cancellationToken)
    {
        Changed = false;
        try
        {
            FormFault = password != repeat ? Texts.NewPasswordsDiffer : await passwords.ChangeAsync(who(), old, password, revokeTokens, cancellationToken);
            if (FormFault is not null) return false;
            await LoadAsync(cancellationToken);
            (Changed, Revoked) = (true, revokeTokens);
            return true;
        }
        catch (HubUnavailableException e)
        {
            FormFault = e.Message;
            return false;
        }
    }

    /// <summary>What was asked for at the providers was not done because the sign-in is not recent.</summary>
    public bool NeedsFreshSignIn { get; private set; }

    /// <summary>Why an identity was not disconnected.</summary>
    public string? DisconnectFault { get; private set; }

    /// <summary>One was, a moment ago.</summary>
    public bool Disconnected { get; private set; }

    /// <returns>Whether the browser may leave for the provider.</returns>
    public Task<bool> ConnectAsync(string slug, CancellationToken cancellationToken) => WhenFreshAsync(() => providers.IntendLinkAsync(who(), slug, cancellationToken));

    /// <returns>Whether it is gone, now or before.</returns>
    public async Task<bool> DisconnectAsync(LinkedIdentity identity, CancellationToken cancellationToken)
    {
        await WhenFreshAsync(async () =>
        {
            DisconnectFault = await outside.UnlinkAsync(who(), identity, cancellationToken, reason => refusals.RowFor(reason, "a signed-in page", $"{reason} {who().AccountId}"));
            Disconnected = DisconnectFault is null;
            await LoadAsync(cancellationToken);
        });
        return Disconnected;
    }

    private async Task<bool> WhenFreshAsync(Func<Task> work)
    {
        (NeedsFreshSignIn, DisconnectFault, Disconnected) = (false, null, false);
        try
        {
            await work();
        }
        catch (StaleSignInException)
        {
            NeedsFreshSignIn = true;
        }
        return !NeedsFreshSignIn;
    }
}
