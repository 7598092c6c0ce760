using System.Net.Http.Json;
using ControlChat.Core.Accounts;
using ControlChat.Core.Accounts.Passwords;
using ControlChat.Core.Hub;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.SignIn;

/// <summary>Hub accounts with passwords: choosing one by link, signing in, changing.</summary>
public sealed class PasswordSignInTests : PasswordBench
{
    [Fact]
    public async Task A_person_chooses_a_password_by_the_link_and_signs_in_with_it()
    {
        var link = await LinkAsync();
        Assert.Equal(200, (await Browser.GetAsync(link)).Status);
        var set = await ChooseAsync(link, Password);
        Assert.Equal((303, "/"), (set.Status, set.Location));
        Assert.Equal(Email, (await Browser.MeAsync())!["account"]!["email"]!.ToString());

        using var other = new TestBrowser(Hub.Url);
        Assert.Equal("/audit", (await other.SignInAsync(" MARA@halden.example ", Password, "/signin?returnUrl=/audit")).Location);
        Assert.Equal("member", (await other.MeAsync())!["account"]!["role"]!.ToString());
        Assert.Equal(["hub.started", "account.changed", "signin.ok", "account.changed", "account.changed", "account.changed", "signin.ok", "signin.ok"], await EventsAsync());
    }

    [Fact]
    public async Task A_link_works_once_for_a_day_and_a_newer_one_takes_its_place()
    {
        var link = await LinkAsync();
        await ChooseAsync(link, Password);
        using var thief = new TestBrowser(Hub.Url);
        Assert.Equal(410, (await thief.OpenLinkAsync(link)).Status);

        var id = (await PeopleAsync()).Single(a => a.Email == Email).Id;
        var first = await NewLinkAsync(id);
        var second = await NewLinkAsync(id);
        Assert.Equal(410, (await thief.OpenLinkAsync(first)).Status);
        Assert.Equal(200, (await thief.OpenLinkAsync(second)).Status);
        Time.Sleep(TimeSpan.FromHours(24));
        Assert.Equal(410, (await thief.OpenLinkAsync(second)).Status);
        Assert.Equal(410, (await thief.OpenLinkAsync("/set-password#t=short")).Status);
    }

    [Fact]
    public async Task The_key_of_a_link_opens_nothing_from_an_address()
    {
        var link = await LinkAsync();
        var asked = await Browser.GetAsync(link.Replace('#', '?'));
        Assert.Equal(200, asked.Status);
        Assert.DoesNotContain(Email, asked.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(link.Split("t=")[1], asked.Text, StringComparison.Ordinal);
        Assert.Equal(410, (await Browser.PostAsync(link.Replace('#', '?'), TestBrowser.HiddenOf(asked))).Status);
        // In a form, looked at as often as one likes.
        for (var i = 0; i < 2; i++) Assert.Contains(Email, (await Browser.OpenLinkAsync(link)).Text, StringComparison.Ordinal);
        Assert.Equal(303, (await ChooseAsync(link, Password)).Status);
    }

    [Fact]
    public async Task A_weak_or_mistyped_password_is_refused_and_the_link_still_works()
    {
        var link = await LinkAsync();
        Assert.Contains("at least 12", (await ChooseAsync(link, "short")).Text, StringComparison.Ordinal);
        var differs = await Browser.SubmitAsync(link, ("password", Password), ("repeat", Password + "x"));
        Assert.Contains("differ", differs.Text, StringComparison.Ordinal);
        Assert.Equal(303, (await ChooseAsync(link, Password)).Status);
    }

    [Fact]
    public async Task A_new_password_by_link_signs_the_other_browsers_out()
    {
        await SetAsync();
        await Browser.SignInAsync(Email, Password);
        using var other = new TestBrowser(Hub.Url);
        var id = (await PeopleAsync()).Single(a => a.Email == Email).Id;
        await ChooseAsync(await NewLinkAsync(id), "five words in a row", other);
        Assert.NotNull(await other.MeAsync());
        Assert.Null(await Browser.MeAsync());
    }

    [Fact]
    public async Task Whoever_cannot_sign_in_is_told_the_same()
    {
        await SetAsync();
        await MakeAsync("none@halden.example", "member");
        await MakeAsync("gone@halden.example", "member");
        await ChooseAsync(await NewLinkAsync((await PeopleAsync()).Single(a => a.Email == "gone@halden.example").Id), Password);
        Assert.IsType<PersonChange.Done>(await People.CloseAsync(null, (await PeopleAsync()).Single(a => a.Email == "gone@halden.example").Id, default));
        using var fresh = new TestBrowser(Hub.Url);
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
    public async Task The_form_must_come_from_the_hubs_own_page_in_the_same_browser()
    {
        await SetAsync();
        using var other = new TestBrowser(Hub.Url);
        var foreign = System.Text.RegularExpressions.Regex.Match((await other.GetAsync("/signin")).Text, "form_token\" value=\"([^\"]+)").Groups[1].Value;
        await Browser.GetAsync("/signin");
        foreach (var token in new[] { "", foreign, "x" })
            Assert.Equal(403, (await Browser.PostAsync("/signin", new Dictionary<string, string> { ["form_token"] = token, ["email"] = Email, ["password"] = Password })).Status);
        var own = System.Text.RegularExpressions.Regex.Match((await Browser.GetAsync("/signin")).Text, "form_token\" value=\"([^\"]+)").Groups[1].Value;
        var form = new Dictionary<string, string> { ["form_token"] = own, ["email"] = Email, ["password"] = Password };
        foreach (var origin in new[] { "https://evil.example", "null", "http://127.0.0.1:1" }) Assert.Equal(403, (await Browser.PostAsync("/signin", form, origin)).Status);
        using var json = await Browser.Client.PostAsJsonAsync(new Uri("/signin", UriKind.Relative), form);
        Assert.Equal(415, (int)json.StatusCode);
        Assert.Null(await Browser.MeAsync());
        Assert.Equal(303, (await Browser.PostAsync("/signin", form)).Status);
    }

    [Fact]
    public async Task Ones_own_password_is_changed_with_the_old_one_and_other_browsers_are_signed_out()
    {
        await SetAsync();
        await Browser.SignInAsync(Email, Password);
        using var other = new TestBrowser(Hub.Url);
        await other.SignInAsync(Email, Password);
        var person = await PersonAsync(Browser);
        var own = Hub.Services.GetRequiredService<OwnPassword>();
        Assert.Equal("The present password is wrong.", await own.ChangeAsync(person, "wrong", "five words in a row", false, default));
        Assert.Contains("at least 12", await own.ChangeAsync(person, Password, "short", false, default), StringComparison.Ordinal);
        Assert.Null(await own.ChangeAsync(person, Password, "five words in a row", false, default));
        Assert.NotNull(await Browser.MeAsync());
        Assert.Null(await other.MeAsync());
        Assert.Equal(401, (await other.SignInAsync(Email, Password)).Status);
        Assert.Equal(303, (await other.SignInAsync(Email, "five words in a row")).Status);
        for (var i = 0; i < 5; i++) await own.ChangeAsync(person, "wrong", Password, false, default);
        Assert.Contains("Try again in", await own.ChangeAsync(person, "five words in a row", Password, false, default), StringComparison.Ordinal);
        await Assert.ThrowsAsync<UnauthorizedAccessException>(() => own.ChangeAsync(person with { AuthSessionId = null }, Password, "x", false, default));
    }

    [Fact]
    public async Task A_wrong_present_password_stands_on_the_record()
    {
        await SetAsync();
        await Browser.SignInAsync(Email, Password);
        var failed = (await EventsAsync()).Count(e => e == "signin.failed");
        Assert.NotNull(await Hub.Services.GetRequiredService<OwnPassword>().ChangeAsync(await PersonAsync(Browser), "wrong", "five words in a row", false, default));
        Assert.Equal(failed + 1, (await EventsAsync()).Count(e => e == "signin.failed"));
    }

    [Fact]
    public async Task A_row_made_with_fewer_rounds_is_made_again_at_sign_in()
    {
        await SetAsync();
        var id = (await PeopleAsync()).Single(a => a.Email == Email).Id;
        await using (var transaction = await Hub.Services.GetRequiredService<HubDatabase>().BeginAsync(default))
        {
            await transaction.ExecuteAsync("update account_passwords set hash = @hash where account_id = @id", new { id, hash = PasswordHash.Make(Password, 1000) }, default);
            await transaction.CommitAsync(default);
        }
        Assert.Equal(303, (await Browser.SignInAsync(Email, Password)).Status);
        await using var reader = await Hub.Services.GetRequiredService<HubDatabase>().ReadAsync(default);
        var stored = await reader.FindAsync<string>("select hash from account_passwords where account_id = @id", new { id }, default);
        Assert.StartsWith($"pbkdf2-sha512${PasswordHash.Rounds}$", stored, StringComparison.Ordinal);
        Assert.Equal(303, (await Browser.SignInAsync(Email, Password, "/signin?again=1")).Status);
    }

    [Fact]
    public async Task Signing_in_again_renews_the_time_and_the_cookie_and_keeps_the_session()
    {
        await SetAsync();
        await Browser.SignInAsync(Email, Password);
        var (before, cookie) = (await PersonAsync(Browser), Cookie(Browser));
        Time.Sleep(TimeSpan.FromHours(1));
        Assert.Contains("Sign in again", (await Browser.GetAsync("/signin?again=1")).Text, StringComparison.Ordinal);
        Assert.Equal("/approvals/apr_1", (await Browser.SignInAsync(Email, Password, "/signin?again=1&returnUrl=/approvals/apr_1")).Location);
        var after = await PersonAsync(Browser);
        Assert.Equal(before.AuthSessionId, after.AuthSessionId);
        Assert.Equal(before.AuthTime + TimeSpan.FromHours(1), after.AuthTime);
        Assert.NotEqual(cookie, Cookie(Browser));
        Hub.Anonymous.DefaultRequestHeaders.Add("Cookie", $"cc={cookie}");
        using var stale = await Hub.Anonymous.GetAsync(new Uri("/api/v1/me", UriKind.Relative));
        Assert.Equal(401, (int)stale.StatusCode);
    }

    [Fact]
    public async Task Signing_in_as_somebody_else_ends_the_session_before()
    {
        await SetAsync();
        await Browser.GetAsync(await Hub.App.CreateSignInLinkAsync());
        var owner = await PersonAsync(Browser);
        Assert.Equal(303, (await Browser.SignInAsync(Email, Password, "/signin?again=1")).Status);
        await using var reader = await Hub.Services.GetRequiredService<HubDatabase>().ReadAsync(default);
        Assert.Null(await Hub.Services.GetRequiredService<IPrincipals>().ReloadAsync(reader, owner, default));
        Assert.Contains("signin.out", await EventsAsync());
    }

    [Fact]
    public async Task No_password_and_no_link_reaches_the_log_or_the_database()
    {
        var link = await LinkAsync();
        await ChooseAsync(link, Password);
        await Browser.SignInAsync(Email, "the wrong words in a row");
        var token = link.Split("t=")[1];
        foreach (var secret in new[] { Password, "the wrong words", token }) Assert.DoesNotContain(secret, Hub.Log.Text, StringComparison.Ordinal);
        await Hub.StopAsync();
        foreach (var file in Directory.EnumerateFiles(Hub.DataDirectory, "hub.db*"))
        {
            var text = System.Text.Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file));
            foreach (var secret in new[] { Password, "the wrong words", token }) Assert.DoesNotContain(secret, text, StringComparison.Ordinal);
        }
    }
}
