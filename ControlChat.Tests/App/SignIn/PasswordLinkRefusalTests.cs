using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Accounts.Passwords;
using ControlChat.Core.Hub;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.SignIn;

/// <summary>Who comes with a link to choose a password that does not work is on the record, as who comes with a sign-in link is.</summary>
public sealed class PasswordLinkRefusalTests : PasswordBench
{
    [Fact]
    public async Task A_link_that_is_opened_once_more_stands_on_the_record_as_used()
    {
        var link = await LinkAsync();
        await ChooseAsync(link, Password);
        await AssertRefusedAsync(link, "used", maras: true);
        // Nor does a newer link make it forgotten.
        var mara = (await PeopleAsync()).Single(a => a.Email == Email).Id;
        var newer = await NewLinkAsync(mara);
        await AssertRefusedAsync(link, "used", maras: true);
        // The newer one was untouched by all that.
        Assert.Equal(303, (await ChooseAsync(newer, "five words in a row")).Status);
    }

    [Fact]
    public async Task A_made_up_link_a_replaced_one_and_one_that_is_too_old_each_say_what_they_are()
    {
        await AssertRefusedAsync($"/set-password#t={Credential.New()}", "unknown", maras: false);
        var replaced = await LinkAsync();
        var link = await NewLinkAsync((await PeopleAsync()).Single(a => a.Email == Email).Id);
        await AssertRefusedAsync(replaced, "unknown", maras: false);
        Time.Sleep(OwnPassword.LinkLifetime);
        await AssertRefusedAsync(link, "expired", maras: true);
    }

    [Fact]
    public async Task A_used_link_is_remembered_for_a_day_after_its_time()
    {
        var link = await LinkAsync();
        await ChooseAsync(link, Password);
        await AgeAsync(OwnPassword.LinkLifetime + TimeSpan.FromHours(23));
        await AssertRefusedAsync(link, "used", maras: true);
        await AgeAsync(TimeSpan.FromHours(2));
        await AssertRefusedAsync(link, "unknown", maras: false);
    }

    [Fact]
    public async Task Of_two_who_use_a_link_at_once_one_is_refused_on_the_record()
    {
        var token = (await LinkAsync()).Split("t=")[1];
        var own = Hub.Services.GetRequiredService<OwnPassword>();
        var results = await Task.WhenAll(Enumerable.Range(0, 2).Select(i => Task.Run(() => own.SetByLinkAsync(token, $"{Password} {i}", true, new SigningBrowser("TestBrowser/1"), default))));
        Assert.Single(results.OfType<SignInResult.SignedIn>());
        Assert.Equal("used", Assert.Single(results.OfType<SignInResult.Refused>()).Reason);
        Assert.Equal("used", Assert.Single(await RowsAsync())["data"]!["reason"]!.ToString());
    }

    [Fact]
    public async Task Many_of_them_do_not_fill_the_record_and_what_is_no_link_gets_no_row()
    {
        for (var i = 0; i < 20; i++) Assert.Equal(410, (await Browser.OpenLinkAsync($"/set-password#t={Credential.New()}")).Status);
        Assert.Equal(5, (await RowsAsync()).Count);
        Assert.Equal(410, (await Browser.OpenLinkAsync("/set-password#t=x")).Status);
        Time.Advance(TimeSpan.FromMinutes(1));
        await Browser.OpenLinkAsync($"/set-password#t={Credential.New()}");
        Assert.Equal("15", (await RowsAsync())[^1]["data"]!["left_out"]!.ToString());
    }

    private async Task AgeAsync(TimeSpan by)
    {
        Time.Sleep(by);
        // With every new link the hub forgets what is long past.
        Assert.IsType<PersonChange.Done>(await People.CreateAsync(null, $"ben{(int)by.TotalHours}@halden.example", "Ben", "member", true, default));
    }

    private async Task AssertRefusedAsync(string link, string reason, bool maras)
    {
        var before = (await RowsAsync()).Count;
        var page = await Browser.OpenLinkAsync(link);
        Assert.Equal(410, page.Status);
        Assert.Contains("This link does not work any more", page.Text, StringComparison.Ordinal);
        var rows = await RowsAsync();
        Assert.Equal(before + 1, rows.Count);
        var mara = maras ? (await PeopleAsync()).Single(a => a.Email == Email).Id : null;
        Assert.Equal(
            ("password_link", reason, mara, "denied"),
            (rows[^1]["data"]!["by"]!.ToString(), rows[^1]["data"]!["reason"]!.ToString(), rows[^1]["actor"]!["account"]?.ToString(), rows[^1]["outcome"]!.ToString()));
        Assert.DoesNotContain(link.Split("t=")[1], rows[^1].ToJsonString(), StringComparison.Ordinal);
    }

    private async Task<IReadOnlyList<JsonNode>> RowsAsync()
    {
        await using var reader = await Hub.Services.GetRequiredService<HubDatabase>().ReadAsync(default);
        return [.. (await reader.QueryAsync<string>("select body from audit where event = 'signin.failed' order by seq", null, default)).Select(b => JsonNode.Parse(b)!)];
    }
}
