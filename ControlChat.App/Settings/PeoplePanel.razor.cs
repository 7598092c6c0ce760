using ControlChat.App.SignIn;
using ControlChat.App.Start;
using ControlChat.App.Ui;
using ControlChat.Core.Accounts;
using ControlChat.Core.Gate.Policies;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace ControlChat.App.Settings;

/// <summary>Every change asks for a recent sign-in; the page leads there and shows afterwards what was open.</summary>
public sealed partial class PeoplePanel : IDisposable
{
    private const string Keep = "keep";
    private readonly Lifetime _stop = new();
    private PeopleState _state = null!;
    private string _email = "";
    private string _name = "";
    private string _role = "member";
    private string _missing = "";
    private Account? _closing;
    private Account? _resetting;
    private bool _revoke;
    private Account? _limits;
    private (string Key, string Value)? _limit;
    private Unfinished? _unfinished;
    private IReadOnlyList<string> _warnings = [];

    [Inject] private People People { get; set; } = null!;

    [Inject] private PolicyWarnings Policies { get; set; } = null!;

    [Inject] private CircuitPrincipal Who { get; set; } = null!;

    [Inject] private IHubSettings Settings { get; set; } = null!;

    [Inject] private OwnAddresses Own { get; set; } = null!;

    [Inject] private Announcer Announcer { get; set; } = null!;

    [Inject] private NavigationManager Navigation { get; set; } = null!;

    [Inject] private IJSRuntime Js { get; set; } = null!;

    protected override Task OnInitializedAsync()
    {
        _state = new PeopleState(People, () => Who.Required);
        return LoadAsync();
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender || Who.Current?.IsAdmin != true || await Unfinished.TakeAsync(Who.Current, Js, Navigation, _stop.Token) is not { } unfinished) return;
        await LoadAsync();
        TakeUp(unfinished);
        StateHasChanged();
    }

    public void Dispose()
    {
        _stop.Dispose();
    }

    // Shown as it was, for its person to do: nothing that comes from a browser's store is done by itself.
    private void TakeUp(Unfinished unfinished)
    {
        var account = _state.Accounts.FirstOrDefault(a => a.Id == unfinished.About);
        switch (unfinished)
        {
            case { What: "account", Fields: [var email, var name, var role] }:
                (_email, _name, _role) = (email, name, role == "admin" ? role : "member");
                break;
            case { What: "email", Fields: [var address] }:
                _missing = address;
                break;
            case { What: "link", Fields: [var tokens] } when account is not null:
                (_resetting, _revoke) = (account, tokens != Keep);
                break;
            case { What: "limits" } when account is not null:
                (_limits, _limit) = (account, unfinished.Fields is [var key, var value] ? (key, value) : null);
                break;
            case { What: "close" } when account is not null:
                _closing = account;
                break;
            default:
                Announcer.Say(Texts.SignedInAgain);
                break;
        }
    }

    private async Task LoadAsync()
    {
        await _state.LoadAsync(_stop.Token);
        await WarnAsync();
    }

    // Closing an admin is never refused for that; here is where it is seen first.
    private async Task WarnAsync()
    {
        try
        {
            if (Who.Current?.IsAdmin == true) _warnings = await Policies.ReadAsync(_stop.Token);
        }
        catch (HubUnavailableException)
        {
            // The panel says that the database does not answer.
        }
    }

    // Behind '#', which no browser sends.
    private string Href(string token) => $"{Own.PublicUrl}/set-password#t={token}";

    private async Task CreateAsync()
    {
        _unfinished = new Unfinished("account", [_email, _name, _role]);
        if (Tell(await _state.CreateAsync(_email, _name, _role, Settings.Current.SignsInByPassword(), _stop.Token), Texts.AccountMade.With(_name)))
            (_email, _name, _role) = ("", "", "member");
    }

    // Whoever forgot a password and whoever lost it to somebody look the same from here: tokens go unless the admin knows better.
    private void AskReset(Account account) => (_resetting, _revoke) = (account, true);

    private async Task LinkAsync()
    {
        if (_resetting is not { } account) return;
        (_resetting, _unfinished) = (null, new Unfinished("link", [_revoke ? "revoke" : Keep], account.Id));
        Tell(await _state.CreateLinkAsync(account, _revoke, _stop.Token), _revoke ? Texts.LinkMadeTokensRevoked : Texts.LinkMade);
    }

    private async Task OpenLimitsAsync(Account account)
    {
        _unfinished = new Unfinished("limits", [], account.Id);
        if (await _state.IsFreshAsync(_stop.Token)) (_limits, _limit) = (account, null);
    }

    private async Task SetEmailAsync(Account account)
    {
        _unfinished = new Unfinished("email", [_missing], account.Id);
        if (Tell(await _state.SetEmailAsync(account, _missing, _stop.Token), Texts.EmailSet.With(account.Name))) _missing = "";
    }

    private async Task ChangeRoleAsync(Account account, string role)
    {
        _unfinished = new Unfinished("role", [], account.Id);
        Tell(await _state.ChangeRoleAsync(account, role, _stop.Token), Texts.IsNow.With(account.Name, role == "admin" ? Texts.AnAdmin : Texts.AMember));
        await WarnAsync();
    }

    private async Task ReopenAsync(Account account)
    {
        _unfinished = new Unfinished("reopen", [], account.Id);
        Tell(await _state.ReopenAsync(account, _stop.Token), Texts.AccountOpenAgain.With(account.Name));
        await WarnAsync();
    }

    private async Task CloseAsync()
    {
        if (_closing is not { } account) return;
        (_closing, _unfinished) = (null, new Unfinished("close", [], account.Id));
        Tell(await _state.CloseAsync(account, _stop.Token), Texts.AccountClosed.With(account.Name));
        await WarnAsync();
    }

    private bool Tell(bool done, string words)
    {
        if (done) Announcer.Say(words);
        else if (_state.Refusal is { } refusal) Announcer.Alert(Texts.NotDone.With(refusal));
        return done;
    }
}
