using ControlChat.App.Ui;
using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;

namespace ControlChat.App.Settings;

/// <summary>One's API tokens and signed-in browsers. A token's secret is kept only until the page is left or it is put away.</summary>
public sealed class KeysState(OwnKeys keys, Func<Principal> who, TimeProvider time)
{
    public PanelLook Look { get; private set; } = PanelLook.Loading;

    public string Fault { get; private set; } = "";

    public IReadOnlyList<ApiToken> Tokens { get; private set; } = [];

    public IReadOnlyList<BrowserSession> Browsers { get; private set; } = [];

    /// <summary>The secret of the token that was just made: shown once.</summary>
    public string? Secret { get; private set; }

    /// <summary>What was wrong with the token asked for.</summary>
    public string? FormFault { get; private set; }

    /// <summary>The token asked for was not made because the sign-in is not recent.</summary>
    public bool NeedsFreshSignIn { get; private set; }

    public bool IsOwn(BrowserSession browser) => browser.Id == who().AuthSessionId;

    public bool IsActive(ApiToken token) => token.RevokedAt is null && token.ExpiresAt > time.GetUtcNow();

    /// <summary>In a word: Active, Revoked, Expired.</summary>
    public string StateOf(ApiToken token) => IsActive(token) ? Texts.TokenActive : token.RevokedAt is not null ? Texts.StateRevoked : Texts.StateExpired;

    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        try
        {
            Tokens = await keys.ListTokensAsync(who(), cancellationToken);
            Browsers = await keys.ListBrowsersAsync(who(), cancellationToken);
            Look = PanelLook.Live;
        }
        catch (HubUnavailableException e)
        {
            (Look, Fault) = (PanelLook.Failed, e.Message);
        }
    }

    /// <returns>False when the request has a fault, or the sign-in is not recent.</returns>
    public Task<bool> CreateAsync(string name, bool write, int days, CancellationToken cancellationToken) => TryAsync(async () =>
    {
        var request = new ApiTokenRequest(name, write ? TokenScopes.All : TokenScopes.Read, days);
        FormFault = request.Fault();
        NeedsFreshSignIn = false;
        if (FormFault is not null) return false;
        Secret = (await keys.CreateTokenAsync(who(), request, cancellationToken)).Secret;
        return true;
    }, cancellationToken);

    public Task<bool> RevokeAsync(string tokenId, CancellationToken cancellationToken) => TryAsync(() => keys.RevokeTokenAsync(who(), tokenId, cancellationToken), cancellationToken);

    public Task<bool> EndAsync(string sessionId, CancellationToken cancellationToken) => TryAsync(() => keys.EndBrowserAsync(who(), sessionId, cancellationToken), cancellationToken);

    /// <returns>Whether all of this person's browsers are signed out, this one too.</returns>
    public async Task<bool> EndAllAsync(CancellationToken cancellationToken)
    {
        try
        {
            await keys.EndAllBrowsersAsync(who(), cancellationToken);
            return true;
        }
        catch (HubUnavailableException e)
        {
            FormFault = e.Message;
            return false;
        }
    }

    public void PutAway() => Secret = null;

    private async Task<bool> TryAsync(Func<Task<bool>> work, CancellationToken cancellationToken)
    {
        try
        {
            if (!await work()) return false;
            await LoadAsync(cancellationToken);
            return true;
        }
        catch (StaleSignInException)
        {
            NeedsFreshSignIn = true;
            return false;
        }
        catch (HubUnavailableException e)
        {
            FormFault = e.Message;
            return false;
        }
    }
}
