using Bunit;
using ControlChat.App.Settings;
using ControlChat.Core.Accounts;
using ControlChat.Core.Accounts.Passwords;
using ControlChat.Core.Hub;
using ControlChat.Tests.App.Layout;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.Settings;

/// <summary>One account's limits, when what is asked before each change cannot be answered: the dialog stays and says why nothing was done.</summary>
public sealed class LimitsDialogTests : IAsyncLifetime
{
    private HubShell _shell = null!;
    private BlockedDatabase _database = null!;

    public async ValueTask InitializeAsync()
    {
        _shell = await HubShell.StartAsync();
        _database = new BlockedDatabase { Real = Of<HubDatabase>() };
        var recent = new RecentSignIn(_database, Of<BrowserSessionStore>(), Of<IPrincipals>(), Of<ISignInPolicy>());
        _shell.Services.AddSingleton(new People(_database, Of<AccountStore>(), Of<PasswordStore>(), Of<BrowserSessionStore>(), Of<ApiTokenStore>(), Of<IPrincipals>(), recent, Of<IAccountRecord>(), Of<ISignInPolicy>()));
    }

    public async ValueTask DisposeAsync()
    {
        await _shell.DisposeAsync();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task While_the_database_is_away_nothing_is_changed_and_the_dialog_says_so()
    {
        var (dialog, key) = await ShowAsync();
        var real = _database.Real;
        _database.Real = null;
        Save(dialog, key, "7");
        dialog.WaitForAssertion(() => Assert.Equal("busy", dialog.Find("[role=alert]").TextContent), TimeSpan.FromSeconds(10));
        Assert.Empty(dialog.FindAll("[data-outcome], [data-sign-in-again]"));
        _database.Real = real;
        Save(dialog, key, "7");
        dialog.WaitForElement($"[data-setting='{key}'] [data-outcome]", TimeSpan.FromSeconds(10));
        Assert.DoesNotContain("busy", dialog.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_that_ended_a_moment_ago_is_a_refusal()
    {
        var (dialog, key) = await ShowAsync();
        await Of<BrowserSessions>().EndAsync(_shell.Hub.Person, _shell.Hub.Person.AuthSessionId!, default);
        Save(dialog, key, "7");
        dialog.WaitForAssertion(() => Assert.Contains("The session has ended.", dialog.Find("[role=alert]").TextContent, StringComparison.Ordinal), TimeSpan.FromSeconds(10));
        Assert.Empty(dialog.FindAll("[data-outcome], [data-sign-in-again]"));
    }

    private async Task<(IRenderedComponent<LimitsDialog> Dialog, string Key)> ShowAsync()
    {
        var ben = Assert.IsType<PersonChange.Done>(await Of<People>().CreateAsync(null, "ben@halden.example", "Ben", "member", false, default)).Account;
        var dialog = _shell.Render<LimitsDialog>(p => p.Add(d => d.Of, ben));
        var key = "Limits:Workspaces@" + ben.Id;
        dialog.WaitForElement($"[data-setting='{key}'] input", TimeSpan.FromSeconds(10));
        return (dialog, key);
    }

    private static void Save(IRenderedComponent<LimitsDialog> dialog, string key, string value)
    {
        dialog.Find($"[data-setting='{key}'] input").Input(value);
        dialog.Find($"[data-setting='{key}']").Submit();
    }

    private T Of<T>() where T : notnull => _shell.Of<T>();
}
