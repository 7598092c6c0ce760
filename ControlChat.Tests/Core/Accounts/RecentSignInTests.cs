using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.Core.Accounts;

/// <summary>A browser whose person signed in long ago makes no key and changes nobody, until they prove once more who they are.</summary>
public sealed class RecentSignInTests : IAsyncLifetime
{
    private readonly FakeTime _time = new();
    private TestHub _hub = null!;
    private Account _ben = null!;

    public async ValueTask InitializeAsync()
    {
        _hub = await TestHub.StartAsync(_time, ["--Policy:RecentSignIn=00:10:00"]);
        _ben = Assert.IsType<PersonChange.Done>(await People.CreateAsync(null, "ben@halden.example", "Ben", "member", false, default)).Account;
    }

    public ValueTask DisposeAsync() => _hub.DisposeAsync();

    private People People => _hub.Services.GetRequiredService<People>();

    private OwnKeys Keys => _hub.Services.GetRequiredService<OwnKeys>();

    [Fact]
    public async Task Ten_minutes_are_recent_and_a_moment_more_is_not()
    {
        var recent = _hub.Services.GetRequiredService<RecentSignIn>();
        _time.Sleep(TimeSpan.FromMinutes(10));
        Assert.True(await recent.HoldsAsync(_hub.Person, default));
        await Keys.CreateTokenAsync(_hub.Person, new ApiTokenRequest("ci"), default);
        _time.Sleep(TimeSpan.FromMilliseconds(1));
        Assert.False(await recent.HoldsAsync(_hub.Person, default));
        await Assert.ThrowsAsync<StaleSignInException>(() => Keys.CreateTokenAsync(_hub.Person, new ApiTokenRequest("ci"), default));
    }

    [Fact]
    public async Task What_has_power_is_refused_without_a_trace_and_done_after_signing_in_again()
    {
        var power = new Func<Task>[]
        {
            () => Keys.CreateTokenAsync(_hub.Person, new ApiTokenRequest("ci"), default),
            () => People.CreateAsync(_hub.Person, "mara@halden.example", "Mara", "admin", true, default),
            () => People.CreateLinkAsync(_hub.Person, _ben.Id, true, default),
            () => People.SetEmailAsync(_hub.Person, _ben.Id, "benedict@halden.example", default),
            () => People.ChangeRoleAsync(_hub.Person, _ben.Id, "admin", default),
            () => People.CloseAsync(_hub.Person, _ben.Id, default),
            () => People.ReopenAsync(_hub.Person, _ben.Id, default),
        };
        _time.Sleep(TimeSpan.FromMinutes(11));
        var before = await RowsAsync();
        foreach (var act in power) await Assert.ThrowsAsync<StaleSignInException>(act);
        Assert.Equal(before, await RowsAsync());
        Assert.Equal(_ben, (await People.ListAsync(_hub.Person, default)).Single(a => a.Id == _ben.Id));

        // The same session, proven once more: the page that is open goes on.
        using var link = await _hub.Browser.GetAsync(new Uri(await _hub.App.CreateSignInLinkAsync()));
        Assert.Equal(303, (int)link.StatusCode);
        before = await RowsAsync();
        foreach (var act in power) await act();
        Assert.True(await RowsAsync() >= before + power.Length);
    }

    [Fact]
    public async Task Taking_a_key_back_never_waits_for_a_fresh_sign_in()
    {
        var (token, _) = await Keys.CreateTokenAsync(_hub.Person, new ApiTokenRequest("ci"), default);
        using var other = await _hub.SignInAsync();
        _time.Sleep(TimeSpan.FromMinutes(11));
        Assert.True(await Keys.RevokeTokenAsync(_hub.Person, token.Id, default));
        var browser = (await Keys.ListBrowsersAsync(_hub.Person, default)).Single(b => b.Id != _hub.Person.AuthSessionId);
        Assert.True(await Keys.EndBrowserAsync(_hub.Person, browser.Id, default));
        Assert.Equal(1, await Keys.EndAllBrowsersAsync(_hub.Person, default));
    }

    [Fact]
    public async Task The_operator_and_the_routes_are_asked_for_nothing_more()
    {
        _time.Sleep(TimeSpan.FromMinutes(11));
        Assert.IsType<PersonChange.Done>(await People.ChangeRoleAsync(null, _ben.Id, "admin", default));
        var (status, body) = await TestHub.PostAsync(_hub.Browser, "/api/v1/tools/config.set", new { request_id = "req-limits-1", arguments = new { key = $"Limits:Workspaces@{_ben.Id}", value = "7" } });
        Assert.Equal((202, "confirmation_required"), (status, body["status"]!.ToString()));
    }

    private async Task<long> RowsAsync()
    {
        await using var reader = await _hub.Services.GetRequiredService<HubDatabase>().ReadAsync(default);
        return await reader.FindAsync<long>("select count(*) from audit", null, default);
    }
}
