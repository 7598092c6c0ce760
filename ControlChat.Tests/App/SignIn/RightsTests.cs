using System.Security.Claims;
using System.Text.Json.Nodes;
using ControlChat.App.Api;
using ControlChat.App.SignIn;
using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;
using ControlChat.Tests.Support;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace ControlChat.Tests.App.SignIn;

/// <summary>What is taken away is gone: on an open page within 30 s, at the gate at once.</summary>
public sealed class RightsTests : IAsyncLifetime
{
    private readonly FakeTime _time = new();
    private TestHub _hub = null!;

    public async ValueTask InitializeAsync() => _hub = await TestHub.StartAsync(_time, ["--Policy:Tools:config.set=confirm_recent"]);

    public ValueTask DisposeAsync() => _hub.DisposeAsync();

    [Fact]
    public async Task An_open_page_learns_within_thirty_seconds_that_its_session_was_ended()
    {
        var (state, circuit, watch) = Open();
        using (state)
        {
            using var browser = await _hub.SignInAsync();
            var keys = _hub.Services.GetRequiredService<OwnKeys>();
            var other = (await keys.ListBrowsersAsync(_hub.Person, default))[0];
            Assert.True(await keys.EndBrowserAsync(_hub.Person with { AuthSessionId = other.Id }, _hub.Person.AuthSessionId!, default));
            Assert.NotNull(circuit.Current);
            _time.Advance(HubAuthenticationState.CheckEvery);
            await Waiting.UntilAsync(() => circuit.Current is null);
            Assert.False((await state.GetAuthenticationStateAsync()).User.Identity!.IsAuthenticated);
            await watch;
        }
    }

    [Fact]
    public async Task An_open_page_learns_of_another_role_and_of_a_fresh_sign_in()
    {
        var (state, circuit, _) = Open();
        using (state)
        {
            await SecondAdminAsync();
            Assert.IsType<PersonChange.Done>(await People.ChangeRoleAsync(null, _hub.Person.AccountId, "member", default));
            _time.Advance(HubAuthenticationState.CheckEvery);
            await Waiting.UntilAsync(() => circuit.Current?.Role == "member");
        }
    }

    [Theory]
    [InlineData(typeof(InvalidOperationException))]
    [InlineData(typeof(OperationCanceledException))]
    public async Task A_page_whose_rights_cannot_be_looked_up_shows_nothing_more(Type fault)
    {
        var (state, circuit, watch) = Open(new BrokenPrincipals((Exception)Activator.CreateInstance(fault)!));
        using (state)
        {
            _time.Advance(HubAuthenticationState.CheckEvery);
            await Waiting.UntilAsync(() => circuit.Current is null);
            Assert.False((await state.GetAuthenticationStateAsync()).User.Identity!.IsAuthenticated);
            await watch;
        }
    }

    [Fact]
    public async Task A_page_outlives_a_database_that_is_away_for_a_moment()
    {
        var (state, circuit, _) = Open(new BrokenPrincipals(new HubUnavailableException("away", new IOException()), 2));
        using (state)
        {
            await SecondAdminAsync();
            Assert.IsType<PersonChange.Done>(await People.ChangeRoleAsync(null, _hub.Person.AccountId, "member", default));
            await Waiting.UntilAsync(() =>
            {
                _time.Advance(HubAuthenticationState.CheckEvery);
                return Task.FromResult(circuit.Current?.Role != "admin");
            });
            Assert.Equal("member", circuit.Current?.Role);
        }
    }

    [Fact]
    public async Task A_token_is_nobody_on_a_circuit()
    {
        var (state, circuit, watch) = Open(person: _hub.Person with { AuthSessionId = null, TokenId = "tok_1", TokenName = "ci" });
        using (state)
        {
            Assert.Null(circuit.Current);
            Assert.False((await state.GetAuthenticationStateAsync()).User.Identity!.IsAuthenticated);
            await watch;
        }
    }

    [Fact]
    public async Task A_role_taken_away_between_plan_and_apply_stops_the_plan()
    {
        var (_, planned) = await CallAsync(dryRun: true);
        Assert.Equal("planned", planned["status"]!.ToString());
        await SecondAdminAsync();
        Assert.IsType<PersonChange.Done>(await People.ChangeRoleAsync(null, _hub.Person.AccountId, "member", default));
        var (status, outcome) = await TestHub.PostAsync(_hub.Browser, $"/api/v1/plans/{planned["plan"]!["id"]}/apply", new { request_id = "request-apply-1" });
        Assert.Equal((403, "denied"), (status, outcome["code"]!.ToString()));
    }

    [Fact]
    public async Task A_role_taken_away_between_request_and_approval_stops_the_approval()
    {
        var approval = await AskAsync();
        var open = await TestHub.JsonAsync(_hub.Browser, $"/api/v1/approvals/{approval}");
        await SecondAdminAsync();
        Assert.IsType<PersonChange.Done>(await People.ChangeRoleAsync(null, _hub.Person.AccountId, "member", default));
        var (status, _) = await TestHub.PostAsync(_hub.Browser, $"/api/v1/approvals/{approval}/approve", new { confirm_token = open["confirm_token"]!.ToString() });
        Assert.Equal(403, status);
        Assert.Equal(14, _hub.Services.GetRequiredService<ControlChat.Core.Settings.IHubSettings>().Current.Logs.Days);
    }

    [Fact]
    public async Task An_approval_that_asks_for_it_is_refused_until_the_person_has_signed_in_again()
    {
        _time.Sleep(TimeSpan.FromMinutes(11));
        var approval = await AskAsync();
        var open = await TestHub.JsonAsync(_hub.Browser, $"/api/v1/approvals/{approval}");
        var token = new { confirm_token = open["confirm_token"]!.ToString() };
        var (status, refused) = await TestHub.PostAsync(_hub.Browser, $"/api/v1/approvals/{approval}/approve", token);
        Assert.Equal((401, "step_up_required"), (status, refused["code"]!.ToString()));

        using var again = new HttpRequestMessage(HttpMethod.Get, new Uri(await _hub.App.CreateSignInLinkAsync()));
        using var link = await _hub.Browser.SendAsync(again);
        Assert.Equal(303, (int)link.StatusCode);
        var cookie = TestHub.SessionCookieOf(link).Split(';')[0];
        using var fresh = _hub.CreateClient();
        fresh.DefaultRequestHeaders.Add("Cookie", cookie);
        fresh.DefaultRequestHeaders.Add("Origin", _hub.Url);
        fresh.DefaultRequestHeaders.Add("X-CSRF-Token", (await TestHub.JsonAsync(fresh, "/api/v1/me"))["csrf_token"]!.ToString());
        // The session is the same, so the confirmation that the page holds still counts.
        var (done, outcome) = await TestHub.PostAsync(fresh, $"/api/v1/approvals/{approval}/approve", token);
        Assert.Equal((200, "completed"), (done, outcome["status"]!.ToString()));
    }

    private People People => _hub.Services.GetRequiredService<People>();

    private async Task SecondAdminAsync() => Assert.IsType<PersonChange.Done>(await People.CreateAsync(_hub.Person, "ben@halden.example", "Ben", "admin", false, default));

    private (HubAuthenticationState State, CircuitPrincipal Circuit, Task Watch) Open(BrokenPrincipals? broken = null, Principal? person = null)
    {
        if (broken is not null) broken.Healed = _hub.Services.GetRequiredService<IPrincipals>();
        var circuit = new CircuitPrincipal();
        var state = new HubAuthenticationState(
            circuit, _hub.Services.GetRequiredService<HubDatabase>(), broken ?? _hub.Services.GetRequiredService<IPrincipals>(), _hub.Services.GetRequiredService<BrowserSessions>(), _time, NullLogger<HubAuthenticationState>.Instance);
        state.SetAuthenticationState(Task.FromResult(new AuthenticationState(new ClaimsPrincipal(new PrincipalIdentity(person ?? _hub.Person)))));
        return (state, circuit, state.WatchAsync());
    }

    private Task<(int Status, JsonObject Body)> CallAsync(bool dryRun) =>
        TestHub.PostAsync(_hub.Browser, "/api/v1/tools/config.set", new { request_id = $"request-{Guid.NewGuid():n}", arguments = new { key = "Logs:Days", value = "30" }, dry_run = dryRun });

    private async Task<string> AskAsync() => (await CallAsync(dryRun: false)).Body["approval_id"]!.ToString();

    /// <summary>Fails so many times, then looks.</summary>
    private sealed class BrokenPrincipals(Exception fault, int times = int.MaxValue) : IPrincipals
    {
        private int _left = times;

        public IPrincipals Healed { get; set; } = null!;

        public Task<Principal?> ReloadAsync(IHubReader reader, Principal principal, CancellationToken cancellationToken) =>
            Interlocked.Decrement(ref _left) >= 0 ? Task.FromException<Principal?>(fault) : Healed.ReloadAsync(reader, principal, cancellationToken);

        public Task<Principal?> FindAsync(IHubReader reader, string accountId, string? tokenId, string? authSessionId, CancellationToken cancellationToken) => throw fault;
    }
}
