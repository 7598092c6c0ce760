using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Accounts.Passwords;
using ControlChat.Core.Hub;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.SignIn;

/// <summary>Whoever guesses passwords waits, and nobody else does.</summary>
public sealed class PasswordGuessingTests : PasswordBench
{
    [Fact]
    public async Task Guessing_waits_longer_and_longer_whether_or_not_there_is_such_an_account()
    {
        await SetAsync();
        foreach (var email in new[] { Email, "nobody@halden.example" })
        {
            for (var i = 0; i < 5; i++) Assert.Equal(401, (await Browser.SignInAsync(email, "wrong")).Status);
            var paused = await Browser.SignInAsync(email, Password);
            Assert.Equal((429, "30"), (paused.Status, paused.RetryAfter));
            Assert.Contains("Too many failed sign-ins. Try again in 30 s.", paused.Text, StringComparison.Ordinal);
            Time.Advance(TimeSpan.FromSeconds(30));
            Assert.Equal(401, (await Browser.SignInAsync(email, "wrong")).Status);
            Assert.Equal("60", (await Browser.SignInAsync(email, Password)).RetryAfter);
            Time.Advance(TimeSpan.FromSeconds(60));
        }
        Assert.Equal(303, (await Browser.SignInAsync(Email, Password)).Status);
        // The right one wipes the slate clean.
        for (var i = 0; i < 4; i++) Assert.Equal(401, (await Browser.SignInAsync(Email, "wrong", "/signin?again=1")).Status);
        Assert.Equal(303, (await Browser.SignInAsync(Email, Password, "/signin?again=1")).Status);
    }

    [Fact]
    public async Task A_hundred_guesses_at_once_are_five()
    {
        await SetAsync();
        var page = await Browser.GetAsync("/signin");
        var token = System.Text.RegularExpressions.Regex.Match(page.Text, "form_token\" value=\"([^\"]+)").Groups[1].Value;
        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Browser.PostAsync("/signin", new Dictionary<string, string> { ["form_token"] = token, ["email"] = Email, ["password"] = $"guess {i}" })));
        Assert.Equal(5, answers.Count(a => a.Status == 401));
        Assert.Equal(35, answers.Count(a => a.Status == 429));
    }

    [Fact]
    public async Task An_address_that_tries_one_account_after_the_other_waits_too()
    {
        await SetAsync();
        for (var i = 0; i < 30; i++) Assert.Equal(401, (await Browser.SignInAsync($"p{i}@halden.example", "wrong")).Status);
        Assert.Equal(429, (await Browser.SignInAsync(Email, Password)).Status);
    }

    [Fact]
    public async Task Guesses_do_not_fill_the_record_and_the_next_row_tells_of_them()
    {
        await MakeAsync("gone@halden.example", "member");
        await ChooseAsync(await NewLinkAsync((await PeopleAsync()).Single(a => a.Email == "gone@halden.example").Id), Password);
        Assert.IsType<PersonChange.Done>(await People.CloseAsync(null, (await PeopleAsync()).Single(a => a.Email == "gone@halden.example").Id, default));
        for (var i = 0; i < 11; i++) Assert.Equal(401, (await Browser.SignInAsync($"p{i}@halden.example", "wrong")).Status);
        // A closed account is counted with the others: a row when they get none would take its time.
        Assert.Equal(401, (await Browser.SignInAsync("gone@halden.example", Password)).Status);
        Assert.Equal(5, (await FailuresAsync()).Count);
        Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(401, (await Browser.SignInAsync("gone@halden.example", Password)).Status);
        var rows = await FailuresAsync();
        Assert.Equal(6, rows.Count);
        Assert.All(rows.Take(5), r => Assert.Null(r["left_out"]));
        Assert.Equal(("closed", 7), (rows[5]["reason"]!.ToString(), rows[5]["left_out"]!.GetValue<int>()));
        // Nothing of it lets anybody guess more often.
        for (var i = 0; i < 5; i++) await Browser.SignInAsync("p1@halden.example", "wrong");
        Assert.Equal(429, (await Browser.SignInAsync("p1@halden.example", "wrong")).Status);
    }

    [Fact]
    public async Task A_stranger_who_guesses_does_not_keep_the_accounts_person_out()
    {
        await SetAsync();
        Assert.Equal(303, (await Browser.SignInAsync(Email, Password)).Status);
        var person = await PersonAsync(Browser);
        using var stranger = new TestBrowser(Hub.Url);
        for (var i = 0; i < 5; i++) Assert.Equal(401, (await stranger.SignInAsync(Email, "wrong")).Status);
        Assert.Equal(429, (await stranger.SignInAsync(Email, Password)).Status);
        Assert.Equal(303, (await Browser.SignInAsync(Email, Password, "/signin?again=1")).Status);
        // Which lets nobody else in.
        Assert.Equal(429, (await stranger.SignInAsync(Email, Password)).Status);
        Assert.Null(await Hub.Services.GetRequiredService<OwnPassword>().ChangeAsync(person, Password, "five words in a row", false, default));
    }

    [Fact]
    public async Task A_known_browser_is_no_place_to_guess_from_either()
    {
        await SetAsync();
        Assert.Equal(303, (await Browser.SignInAsync(Email, Password)).Status);
        for (var i = 0; i < 5; i++) Assert.Equal(401, (await Browser.SignInAsync(Email, "wrong", "/signin?again=1")).Status);
        var paused = await Browser.SignInAsync(Email, Password, "/signin?again=1");
        Assert.Equal((429, "30"), (paused.Status, paused.RetryAfter));
        // A browser that the account does not know is counted with the strangers.
        using var other = new TestBrowser(Hub.Url);
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
        using var chooser = new TestBrowser(Hub.Url);
        if (whose == "another account's") Assert.Equal(303, (await ChooseAsync(ben, Password)).Status);
        else Assert.Equal(303, (await Browser.SignInAsync(Email, Password)).Status);
        if (whose == "of the password before") await ChooseAsync(await NewLinkAsync((await PeopleAsync()).Single(a => a.Email == Email).Id), Password, chooser);
        if (whose == "made up") Browser.Cookies.Add(new Uri(Hub.Url), new System.Net.Cookie("cc-known", Credential.New() + Credential.New(), "/"));
        Assert.NotEmpty(Browser.Cookies.GetAllCookies().Single(c => c.Name == "cc-known").Value);
        using var guesser = new TestBrowser(Hub.Url);
        for (var i = 0; i < 5; i++) Assert.Equal(401, (await guesser.SignInAsync(Email, "wrong")).Status);
        Assert.Equal(429, (await Browser.SignInAsync(Email, Password, "/signin?again=1")).Status);
    }

    [Fact]
    public async Task An_office_that_mistypes_over_days_is_not_shut_out_together()
    {
        await SetAsync();
        for (var i = 0; i < 60; i++)
        {
            Time.Advance(TimeSpan.FromMinutes(20));
            Assert.Equal(401, (await Browser.SignInAsync($"p{i}@halden.example", "mistyped", "/signin?again=1")).Status);
        }
        Assert.Equal(303, (await Browser.SignInAsync(Email, Password)).Status);
    }

    [Fact]
    public async Task Attempts_on_an_account_that_waits_are_not_held_against_their_address()
    {
        await SetAsync();
        for (var i = 0; i < 5; i++) Assert.Equal(401, (await Browser.SignInAsync("nobody@halden.example", "wrong")).Status);
        for (var i = 0; i < 30; i++) Assert.Equal(429, (await Browser.SignInAsync("nobody@halden.example", "wrong")).Status);
        Assert.Equal(303, (await Browser.SignInAsync(Email, Password)).Status);
    }

    [Fact]
    public async Task A_sign_in_that_finds_too_many_before_it_is_to_come_again_and_counts_as_nothing()
    {
        await SetAsync();
        var lanes = Hub.Services.GetRequiredService<PasswordLanes>();
        using var leaving = new CancellationTokenSource();
        var (taken, waiting) = (new List<IDisposable>(), new List<Task<IDisposable?>>());
        for (var next = lanes.EnterAsync(leaving.Token); !next.IsCompleted || await next is not null; next = lanes.EnterAsync(leaving.Token))
        {
            if (next.IsCompleted) taken.Add((await next)!);
            else waiting.Add(next);
        }
        for (var i = 0; i < 6; i++)
        {
            var busy = await Browser.SignInAsync(Email, "wrong");
            Assert.Equal((429, "2"), (busy.Status, busy.RetryAfter));
            Assert.Contains("Many people sign in at this moment.", busy.Text, StringComparison.Ordinal);
        }
        await leaving.CancelAsync();
        foreach (var waiter in waiting) await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiter);
        foreach (var turn in taken) turn.Dispose();
        Assert.Equal(303, (await Browser.SignInAsync(Email, Password)).Status);
    }

    private async Task<List<JsonNode>> FailuresAsync()
    {
        await using var reader = await Hub.Services.GetRequiredService<HubDatabase>().ReadAsync(CancellationToken.None);
        return [.. (await reader.QueryAsync<string>("select body from audit where event = 'signin.failed' order by seq", null, CancellationToken.None)).Select(r => JsonNode.Parse(r)!["data"]!)];
    }
}
