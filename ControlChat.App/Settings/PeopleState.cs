using ControlChat.App.Ui;
using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;

namespace ControlChat.App.Settings;

/// <summary>The accounts of this hub, for an admin. A link to choose a password is kept only until it is put away.</summary>
public sealed class PeopleState(People people, Func<Principal> who)
{
    public PanelLook Look { get; private set; } = PanelLook.Loading;

    public string Fault { get; private set; } = "";

    public IReadOnlyList<Account> Accounts { get; private set; } = [];

    /// <summary>Why the last thing asked for was not done.</summary>
    public string? Refusal { get; private set; }

    /// <summary>The last thing asked for was not done because the sign-in is not recent.</summary>
    public bool NeedsFreshSignIn { get; private set; }

    /// <summary>The token of the link that was just made, and whom it is for: shown once.</summary>
    public (string Token, Account For)? Link { get; private set; }

    public bool IsOwn(Account account) => account.Id == who().AccountId;

    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        try
        {
            Accounts = await people.ListAsync(who(), cancellationToken);
            Look = PanelLook.Live;
        }
        catch (HubUnavailableException e)
        {
            (Look, Fault) = (PanelLook.Failed, e.Message);
        }
    }

    public Task<bool> CreateAsync(string email, string name, string role, bool withLink, CancellationToken cancellationToken) => TryAsync(() => people.CreateAsync(who(), email, name, role, withLink, cancellationToken), cancellationToken);

    public Task<bool> CreateLinkAsync(Account account, bool revokeTokens, CancellationToken cancellationToken) => TryAsync(() => people.CreateLinkAsync(who(), account.Id, revokeTokens, cancellationToken), cancellationToken);

    public Task<bool> SetEmailAsync(Account account, string email, CancellationToken cancellationToken) => TryAsync(() => people.SetEmailAsync(who(), account.Id, email, cancellationToken), cancellationToken);

    public Task<bool> ChangeRoleAsync(Account account, string role, CancellationToken cancellationToken) => TryAsync(() => people.ChangeRoleAsync(who(), account.Id, role, cancellationToken), cancellationToken);

    public Task<bool> CloseAsync(Account account, CancellationToken cancellationToken) => TryAsync(() => people.CloseAsync(who(), account.Id, cancellationToken), cancellationToken);

    public Task<bool> ReopenAsync(Account account, CancellationToken cancellationToken) => TryAsync(() => people.ReopenAsync(who(), account.Id, cancellationToken), cancellationToken);

    /// <summary>Whether the sign-in is recent, for what is changed elsewhere than here.</summary>
    public async Task<bool> IsFreshAsync(CancellationToken cancellationToken)
    {
        (Refusal, NeedsFreshSignIn) = (null, false);
        try
        {
            NeedsFreshSignIn = !await people.IsFreshAsync(who(), cancellationToken);
        }
        catch (Exception e) when (e is HubUnavailableException or UnauthorizedAccessException)
        {
            Refusal = e.Message;
        }
        return !NeedsFreshSignIn && Refusal is null;
    }

    public void PutAway() => Link = null;

    private async Task<bool> TryAsync(Func<Task<PersonChange>> work, CancellationToken cancellationToken)
    {
        NeedsFreshSignIn = false;
        try
        {
            var change = await work();
            Refusal = (change as PersonChange.Refused)?.Message;
            if (change is PersonChange.Done { LinkToken: { } token } made) Link = (token, made.Account);
            await LoadAsync(cancellationToken);
        }
        catch (StaleSignInException)
        {
            (Refusal, NeedsFreshSignIn) = (null, true);
        }
        catch (HubUnavailableException e)
        {
            Refusal = e.Message;
        }
        return Refusal is null && !NeedsFreshSignIn;
    }
}
