using System.Net.Http.Json;
using ControlChat.Core.Accounts;
using ControlChat.Core.Accounts.Passwords;
using ControlChat.Core.Hub;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.SignIn;

/// <summary>Hub accounts with passwords: choosing one by link, signing in, guessing, changing.</summary>
public sealed class PasswordSignInTests : IAsyncLifetime
{
    private const string Email = "mara@halden.example";
    private const string Password = "four words in a row";
    private readonly FakeTime _time = new();
    private TestHub _hub = null!;
    private TestBrowser _browser = null!;

    public async ValueTask InitializeAsync()
    {
        _hub = await TestHub.StartAsync(_time, ["--SignIn:Password=true", "--Logging:LogLevel:Default=Trace"]);
        _browser = new TestBrowser(_hub.Url);
    }

    public async ValueTask DisposeAsync()
    {
        _browser.Dispose();
        await _hub.DisposeAsync();
    }

    [Fact]
    public async Task A_person_chooses_a_password_by_the_link_and_signs_in_with_it()
    {
        var link = await LinkAsync();
        Assert.Equal(200, (await _browser.GetAsync(link)).Status);
        var set = await ChooseAsync(link, Password);
        Assert.Equal((303, "/"), (set.Status, set.Location));
        Assert.Equal(Email, (await _browser.MeAsync())!["account"]!["email"]!.ToString());

        using var other = new TestBrowser(_hub.Url);
        Assert.Equal("/audit", (await other.SignInAsync(" MARA@halden.example ", Password, "/signin?returnUrl=/audit")).Location);
        Assert.Equal("member", (await other.MeAsync())!["account"]!["role"]!.ToString());
        Assert.Equal(["hub.started", "signin.ok", "account.changed", "account.changed", "signin.ok", "signin.ok"], await EventsAsync());
    }

    [Fact]
    public async Task A_link_works_once_for_a_day_and_a_newer_one_takes_its_place()
    {
        var link = await LinkAsync();
        await ChooseAsync(link, Password);
        using var thief = new TestBrowser(_hub.Url);
        Assert.Equal(410, (await thief.GetAsync(link)).Status);

        var id = (await PeopleAsync()).Single(a => a.Email == Email).Id;
        var first = await NewLinkAsync(id);
        var second = await NewLinkAsync(id);
        Assert.Equal(410, (await thief.GetAsync(first)).Status);
        Assert.Equal(200, (await thief.GetAsync(second)).Status);
        _time.Sleep(TimeSpan.FromHours(24));
        Assert.Equal(410, (await thief.GetAsync(second)).Status);
        Assert.Equal(410, (await thief.GetAsync("/set-password?t=short")).Status);
    }

    [Fact]
    public async Task A_weak_or_mistyped_password_is_refused_and_the_link_still_works()
    {
        var link = await LinkAsync();
        Assert.Contains("at least 12", (await ChooseAsync(link, "short")).Text, StringComparison.Ordinal);
        var differs = await _browser.SubmitAsync(link, ("password", Password), ("repeat", Password + "x"));
        Assert.Contains("differ", differs.Text, StringComparison.Ordinal);
        Assert.Equal(303, (await ChooseAsync(link, Password)).Status);
    }

    [Fact]
    public async Task A_new_password_by_link_signs_the_other_browsers_out()
    {
        await SetAsync();
        await _browser.SignInAsync(Email, Password);
        using var other = new TestBrowser(_hub.Url);
        var id = (await PeopleAsync()).Single(a => a.Email == Email).Id;
        await ChooseAsync(await NewLinkAsync(id), "five words in a row", other);
        Assert.NotNull(await other.MeAsync());
        Assert.Null(await _browser.MeAsync());
    }

    [Fact]
    public async Task Whoever_cannot_sign_in_is_told_the_same()
    {
        await SetAsync();
        await MakeAsync("none@halden.example", "member");
        await MakeAsync("gone@halden.example", "member");
        await ChooseAsync(await NewLinkAsync((await PeopleAsync()).Single(a => a.Email == "gone@halden.example").Id), Password);
        Assert.IsType<PersonChange.Done>(await People.CloseAsync(null, (await PeopleAsync()).Single(a => a.Email == "gone@halden.example").Id, default));
        using var fresh = new TestBrowser(_hub.Url);
        var answers = new List<Shown>();
        foreach (var (email, password) in new[] { (Email, "wrong"), ("nobody@halden.example", Password), ("none@halden.example", Password), ("gone@halden.example", Password), ("", ""), ("x", "\ud83d"), (Email, new string('x', 5000)), ("' or 1=1 --", "x") })
            answers.Add(await fresh.SignInAsync(email, password));
        Assert.All(answers, a => Assert.Equal(401, a.Status));
        Assert.All(answers, a => Assert.Contains("E-mail or password is wrong.", a.Text, StringComparison.Ordinal));
        // Word for word, but for what was typed and the form's own token.
        static string Plain(string text) => System.Text.RegularExpressions.Regex.Replace(text, " value=\"[^\"]*\"| autofocus(=\"\")?", "");
        Assert.Single(answers.Select(a => Plain(a.Text)).Distinct());
    }

    [Fact]
    public async Task Guessing_waits_longer_and_longer_whether_or_not_there_is_such_an_account()
    {
        await SetAsync();
        foreach (var email in new[] { Email, "nobody@halden.example" })
        {
            for (var i = 0; i < 5; i++) Assert.Equal(401, (await _browser.SignInAsync(email, "wrong")).Status);
            var paused = await _browser.SignInAsync(email, Password);
            Assert.Equal((429, "30"), (paused.Status, paused.RetryAfter));
            Assert.Contains("Too many failed sign-ins. Try again in 30 s.", paused.Text, StringComparison.Ordinal);
            _time.Advance(TimeSpan.FromSeconds(30));
            Assert.Equal(401, (await _browser.SignInAsync(email, "wrong")).Status);
            Assert.Equal("60", (await _browser.SignInAsync(email, Password)).RetryAfter);
            _time.Advance(TimeSpan.FromSeconds(60));
        }
        Assert.Equal(303, (await _browser.SignInAsync(Email, Password)).Status);
        // The right one wipes the slate clean.
        for (var i = 0; i < 4; i++) Assert.Equal(401, (await _browser.SignInAsync(Email, "wrong", "/signin?again=1")).Status);
        Assert.Equal(303, (await _browser.SignInAsync(Email, Password, "/signin?again=1")).Status);
    }

    [Fact]
    public async Task A_hundred_guesses_at_once_are_five()
    {
        await SetAsync();
        var page = await _browser.GetAsync("/signin");
        var token = System.Text.RegularExpressions.Regex.Match(page.Text, "form_token\" value=\"([^\"]+)").Groups[1].Value;
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => _browser.PostAsync("/signin", new Dictionary<string, string> { ["form_token"] = token, ["email"] = Email, ["password"] = $"guess {i}" })));
        Assert.Equal(5, answers.Count(a => a.Status == 401));
        Assert.Equal(35, answers.Count(a => a.Status == 429));
    }

    [Fact]
    public async Task An_address_that_tries_one_account_after_the_other_waits_too()
    {
        await SetAsync();
        for (var i = 0; i < 30; i++) Assert.Equal(401, (await _browser.SignInAsync($"p{i}@halden.example", "wrong")).Status);
        Assert.Equal(429, (await _browser.SignInAsync(Email, Password)).Status);
    }

    [Fact]
    public async Task A_stranger_who_guesses_does_not_keep_the_accounts_person_out()
    {
        await SetAsync();
        Assert.Equal(303, (await _browser.SignInAsync(Email, Password)).Status);
        var person = await PersonAsync(_browser);
        using var stranger = new TestBrowser(_hub.Url);
        for (var i = 0; i < 5; i++) Assert.Equal(401, (await stranger.SignInAsync(Email, "wrong")).Status);
        Assert.Equal(429, (await stranger.SignInAsync(Email, Password)).Status);
        Assert.Equal(303, (await _browser.SignInAsync(Email, Password, "/signin?again=1")).Status);
        // Which lets nobody else in.
        Assert.Equal(429, (await stranger.SignInAsync(Email, Password)).Status);
        Assert.Null(await _hub.Services.GetRequiredService<OwnPassword>().ChangeAsync(person, Password, "five words in a row", default));
    }

    [Fact]
    public async Task A_known_browser_is_no_place_to_guess_from_either()
    {
        await SetAsync();
        Assert.Equal(303, (await _browser.SignInAsync(Email, Password)).Status);
        for (var i = 0; i < 5; i++) Assert.Equal(401, (await _browser.SignInAsync(Email, "wrong", "/signin?again=1")).Status);
        var paused = await _browser.SignInAsync(Email, Password, "/signin?again=1");
        Assert.Equal((429, "30"), (paused.Status, paused.RetryAfter));
        // A browser that the account does not know is counted with the strangers.
        using var other = new TestBrowser(_hub.Url);
        Assert.Equal(303, (await other.SignInAsync(Email, Password)).Status);
    }

    [Theory]
    [InlineData("another account's")]
    [InlineData("of the password before")]
    [InlineData("made up")]
    public async Task A_mark_that_is_not_the_accounts_own_changes_nothing(string whose)
    {
        await SetAsync();
        var ben = await MakeAsync("ben@halden.example", "member");
        using var chooser = new TestBrowser(_hub.Url);
        if (whose == "another account's") Assert.Equal(303, (await ChooseAsync(ben, Password)).Status);
        else Assert.Equal(303, (await _browser.SignInAsync(Email, Password)).Status);
        if (whose == "of the password before") await ChooseAsync(await NewLinkAsync((await PeopleAsync()).Single(a => a.Email == Email).Id), Password, chooser);
        if (whose == "made up") _browser.Cookies.Add(new Uri(_hub.Url), new System.Net.Cookie("cc-known", Credential.New() + Credential.New(), "/"));
        Assert.NotEmpty(_browser.Cookies.GetAllCookies().Single(c => c.Name == "cc-known").Value);
        using var guesser = new TestBrowser(_hub.Url);
        for (var i = 0; i < 5; i++) Assert.Equal(401, (await guesser.SignInAsync(Email, "wrong")).Status);
        Assert.Equal(429, (await _browser.SignInAsync(Email, Password, "/signin?again=1")).Status);
    }

    [Fact]
    public async Task An_office_that_mistypes_over_days_is_not_shut_out_together()
    {
        await SetAsync();
        for (var i = 0; i < 60; i++)
        {
            _time.Advance(TimeSpan.FromMinutes(20));
            Assert.Equal(401, (await _browser.SignInAsync($"p{i}@halden.example", "mistyped", "/signin?again=1")).Status);
        }
        Assert.Equal(303, (await _browser.SignInAsync(Email, Password)).Status);
    }

    [Fact]
    public async Task Attempts_on_an_account_that_waits_are_not_held_against_their_address()
    {
        await SetAsync();
        for (var i = 0; i < 5; i++) Assert.Equal(401, (await _browser.SignInAsync("nobody@halden.example", "wrong")).Status);
        for (var i = 0; i < 30; i++) Assert.Equal(429, (await _browser.SignInAsync("nobody@halden.example", "wrong")).Status);
        Assert.Equal(303, (await _browser.SignInAsync(Email, Password)).Status);
    }

    [Fact]
    public async Task A_sign_in_that_finds_too_many_before_it_is_to_come_again_and_counts_as_nothing()
    {
        await SetAsync();
        var lanes = _hub.Services.GetRequiredService<PasswordLanes>();
        using var leaving = new CancellationTokenSource();
        var (taken, waiting) = (new List<IDisposable>(), new List<Task<IDisposable?>>());
        for (var next = lanes.EnterAsync(leaving.Token); !next.IsCompleted || await next is not null; next = lanes.EnterAsync(leaving.Token))
        {
            if (next.IsCompleted) taken.Add((await next)!);
            else waiting.Add(next);
        }
        for (var i = 0; i < 6; i++)
        {
            var busy = await _browser.SignInAsync(Email, "wrong");
            Assert.Equal((429, "2"), (busy.Status, busy.RetryAfter));
            Assert.Contains("Many people sign in at this moment.", busy.Text, StringComparison.Ordinal);
        }
        await leaving.CancelAsync();
        foreach (var waiter in waiting) await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiter);
        foreach (var turn in taken) turn.Dispose();
        Assert.Equal(303, (await _browser.SignInAsync(Email, Password)).Status);
    }

    [Fact]
    public async Task The_form_must_come_from_the_hubs_own_page_in_the_same_browser()
    {
        await SetAsync();
        using var other = new TestBrowser(_hub.Url);
        var foreign = System.Text.RegularExpressions.Regex.Match((await other.GetAsync("/signin")).Text, "form_token\" value=\"([^\"]+)").Groups[1].Value;
        await _browser.GetAsync("/signin");
        foreach (var token in new[] { "", foreign, "x" })
            Assert.Equal(403, (await _browser.PostAsync("/signin", new Dictionary<string, string> { ["form_token"] = token, ["email"] = Email, ["password"] = Password })).Status);
        var own = System.Text.RegularExpressions.Regex.Match((await _browser.GetAsync("/signin")).Text, "form_token\" value=\"([^\"]+)").Groups[1].Value;
        var form = new Dictionary<string, string> { ["form_token"] = own, ["email"] = Email, ["password"] = Password };
        foreach (var origin in new[] { "https://evil.example", "null", "http://127.0.0.1:1" }) Assert.Equal(403, (await _browser.PostAsync("/signin", form, origin)).Status);
        using var json = await _browser.Client.PostAsJsonAsync(new Uri("/signin", UriKind.Relative), form);
        Assert.Equal(415, (int)json.StatusCode);
        Assert.Null(await _browser.MeAsync());
        Assert.Equal(303, (await _browser.PostAsync("/signin", form)).Status);
    }

    [Fact]
    public async Task Ones_own_password_is_changed_with_the_old_one_and_other_browsers_are_signed_out()
    {
        await SetAsync();
        await _browser.SignInAsync(Email, Password);
        using var other = new TestBrowser(_hub.Url);
        await other.SignInAsync(Email, Password);
        var person = await PersonAsync(_browser);
        var own = _hub.Services.GetRequiredService<OwnPassword>();
        Assert.Equal("The present password is wrong.", await own.ChangeAsync(person, "wrong", "five words in a row", default));
        Assert.Contains("at least 12", await own.ChangeAsync(person, Password, "short", default), StringComparison.Ordinal);
        Assert.Null(await own.ChangeAsync(person, Password, "five words in a row", default));
        Assert.NotNull(await _browser.MeAsync());
        Assert.Null(await other.MeAsync());
        Assert.Equal(401, (await other.SignInAsync(Email, Password)).Status);
        Assert.Equal(303, (await other.SignInAsync(Email, "five words in a row")).Status);
        for (var i = 0; i < 5; i++) await own.ChangeAsync(person, "wrong", Password, default);
        Assert.Contains("Try again in", await own.ChangeAsync(person, "five words in a row", Password, default), StringComparison.Ordinal);
        await Assert.ThrowsAsync<UnauthorizedAccessException>(() => own.ChangeAsync(person with { AuthSessionId = null }, Password, "x", default));
    }

    [Fact]
    public async Task A_wrong_present_password_stands_on_the_record()
    {
        await SetAsync();
        await _browser.SignInAsync(Email, Password);
        var failed = (await EventsAsync()).Count(e => e == "signin.failed");
        Assert.NotNull(await _hub.Services.GetRequiredService<OwnPassword>().ChangeAsync(await PersonAsync(_browser), "wrong", "five words in a row", default));
        Assert.Equal(failed + 1, (await EventsAsync()).Count(e => e == "signin.failed"));
    }

    [Fact]
    public async Task A_row_made_with_fewer_rounds_is_made_again_at_sign_in()
    {
        await SetAsync();
        var id = (await PeopleAsync()).Single(a => a.Email == Email).Id;
        await using (var transaction = await _hub.Services.GetRequiredService<HubDatabase>().BeginAsync(default))
        {
            await transaction.ExecuteAsync("update account_passwords set hash = @hash where account_id = @id", new { id, hash = PasswordHash.Make(Password, 1000) }, default);
            await transaction.CommitAsync(default);
        }
        Assert.Equal(303, (await _browser.SignInAsync(Email, Password)).Status);
        await using var reader = await _hub.Services.GetRequiredService<HubDatabase>().ReadAsync(default);
        var stored = await reader.FindAsync<string>("select hash from account_passwords where account_id = @id", new { id }, default);
        Assert.StartsWith($"pbkdf2-sha512${PasswordHash.Rounds}$", stored, StringComparison.Ordinal);
        Assert.Equal(303, (await _browser.SignInAsync(Email, Password, "/signin?again=1")).Status);
    }

    [Fact]
    public async Task Signing_in_again_renews_the_time_and_the_cookie_and_keeps_the_session()
    {
        await SetAsync();
        await _browser.SignInAsync(Email, Password);
        var (before, cookie) = (await PersonAsync(_browser), Cookie(_browser));
        _time.Sleep(TimeSpan.FromHours(1));
        Assert.Contains("Sign in again", (await _browser.GetAsync("/signin?again=1")).Text, StringComparison.Ordinal);
        Assert.Equal("/approvals/apr_1", (await _browser.SignInAsync(Email, Password, "/signin?again=1&returnUrl=/approvals/apr_1")).Location);
        var after = await PersonAsync(_browser);
        Assert.Equal(before.AuthSessionId, after.AuthSessionId);
        Assert.Equal(before.AuthTime + TimeSpan.FromHours(1), after.AuthTime);
        Assert.NotEqual(cookie, Cookie(_browser));
        _hub.Anonymous.DefaultRequestHeaders.Add("Cookie", $"cc={cookie}");
        using var stale = await _hub.Anonymous.GetAsync(new Uri("/api/v1/me", UriKind.Relative));
        Assert.Equal(401, (int)stale.StatusCode);
    }

    [Fact]
    public async Task Signing_in_as_somebody_else_ends_the_session_before()
    {
        await SetAsync();
        await _browser.GetAsync(await _hub.App.CreateSignInLinkAsync());
        var owner = await PersonAsync(_browser);
        Assert.Equal(303, (await _browser.SignInAsync(Email, Password, "/signin?again=1")).Status);
        await using var reader = await _hub.Services.GetRequiredService<HubDatabase>().ReadAsync(default);
        Assert.Null(await _hub.Services.GetRequiredService<IPrincipals>().ReloadAsync(reader, owner, default));
        Assert.Contains("signin.out", await EventsAsync());
    }

    [Fact]
    public async Task No_password_and_no_link_reaches_the_log_or_the_database()
    {
        var link = await LinkAsync();
        await ChooseAsync(link, Password);
        await _browser.SignInAsync(Email, "the wrong words in a row");
        var token = link.Split("t=")[1];
        foreach (var secret in new[] { Password, "the wrong words", token }) Assert.DoesNotContain(secret, _hub.Log.Text, StringComparison.Ordinal);
        await _hub.StopAsync();
        foreach (var file in Directory.EnumerateFiles(_hub.DataDirectory, "hub.db*"))
        {
            var text = System.Text.Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file));
            foreach (var secret in new[] { Password, "the wrong words", token }) Assert.DoesNotContain(secret, text, StringComparison.Ordinal);
        }
    }

    private People People => _hub.Services.GetRequiredService<People>();

    private Task<IReadOnlyList<Account>> PeopleAsync() => People.ListAsync(null, default);

    private async Task<string> LinkAsync() => await MakeAsync(Email, "member");

    private async Task<string> MakeAsync(string email, string role) => $"/set-password?t={Assert.IsType<PersonChange.Done>(await People.CreateAsync(_hub.Person, email, "Mara Kowalski", role, true, default)).LinkToken}";

    private async Task<string> NewLinkAsync(string id) => $"/set-password?t={Assert.IsType<PersonChange.Done>(await People.CreateLinkAsync(_hub.Person, id, default)).LinkToken}";

    private Task<Shown> ChooseAsync(string link, string password, TestBrowser? browser = null) => (browser ?? _browser).SubmitAsync(link, ("password", password), ("repeat", password));

    private async Task SetAsync()
    {
        using var first = new TestBrowser(_hub.Url);
        Assert.Equal(303, (await ChooseAsync(await LinkAsync(), Password, first)).Status);
    }

    private async Task<Principal> PersonAsync(TestBrowser browser) => (await _hub.Services.GetRequiredService<BrowserSessions>().AuthenticateAsync(Cookie(browser), default))!;

    private static string Cookie(TestBrowser browser) => browser.Cookies.GetAllCookies().Single(c => c.Name == "cc").Value;

    private async Task<IReadOnlyList<string>> EventsAsync()
    {
        await using var reader = await _hub.Services.GetRequiredService<HubDatabase>().ReadAsync(CancellationToken.None);
        return await reader.QueryAsync<string>("select event from audit order by seq", null, CancellationToken.None);
    }
}
