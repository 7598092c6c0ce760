using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Accounts.Passwords;
using ControlChat.Core.Hub;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.SignIn;

/// <summary>What becomes of API tokens when a password is: whoever had the old one may have made one.</summary>
public sealed class PasswordResetTests : PasswordBench
{
    private ApiTokens Tokens => Hub.Services.GetRequiredService<ApiTokens>();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_admin_who_makes_a_link_says_whether_the_tokens_end_with_it(bool revoke)
    {
        await SetAsync();
        var (mara, secret) = await TokenAsync();
        Assert.IsType<PersonChange.Done>(await People.CreateLinkAsync(Hub.Person, mara, revoke, default));
        Assert.Equal(revoke, await Tokens.AuthenticateAsync(secret, default) is null);
        var row = await LastAsync("password_link");
        Assert.Equal((Hub.Person.AccountId, mara), (row["actor"]!["account"]!.ToString(), row["data"]!["account_id"]!.ToString()));
        Assert.Equal(revoke ? "1" : null, row["data"]!["tokens_revoked"]?.ToString());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Who_chooses_a_new_password_by_a_link_is_asked_about_their_tokens(bool revoke)
    {
        await SetAsync();
        var (mara, secret) = await TokenAsync();
        var link = await NewLinkAsync(mara);
        var page = await Browser.OpenLinkAsync(link);
        Assert.Matches("<input class=\"check\" type=\"checkbox\" name=\"revoke\" value=\"on\" checked", page.Text);
        Assert.Contains("You have 1.", page.Text, StringComparison.Ordinal);
        (string, string)[] fields = [("password", "five words in a row"), ("repeat", "five words in a row"), .. revoke ? [("revoke", "on")] : Array.Empty<(string, string)>()];
        // What was chosen stays chosen when the password is refused.
        var refused = await Browser.SubmitAsync(link, [("password", "short"), ("repeat", "short"), .. fields[2..]]);
        Assert.Equal((422, revoke), (refused.Status, refused.Text.Contains("value=\"on\" checked", StringComparison.Ordinal)));
        Assert.Equal(303, (await Browser.SubmitAsync(link, fields)).Status);
        Assert.Equal(revoke, await Tokens.AuthenticateAsync(secret, default) is null);
        var row = await LastAsync("password_set");
        Assert.Equal((mara, revoke ? "1" : null), (row["actor"]!["account"]!.ToString(), row["data"]!["tokens_revoked"]?.ToString()));
    }

    [Fact]
    public async Task A_token_that_is_made_while_the_page_stands_open_ends_with_the_old_password()
    {
        await SetAsync();
        var mara = (await PeopleAsync()).Single(a => a.Email == Email).Id;
        var link = await NewLinkAsync(mara);
        var page = await Browser.OpenLinkAsync(link);
        Assert.DoesNotContain("API tokens", page.Text, StringComparison.Ordinal);
        var form = TestBrowser.HiddenOf(page);
        var (_, secret) = await TokenAsync();
        (form["password"], form["repeat"]) = ("five words in a row", "five words in a row");
        Assert.Equal(303, (await Browser.PostAsync("/set-password", form)).Status);
        Assert.Null(await Tokens.AuthenticateAsync(secret, default));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Ones_own_change_ends_ones_tokens_when_that_is_asked_for(bool revoke)
    {
        await SetAsync();
        await Browser.SignInAsync(Email, Password);
        var (_, secret) = await TokenAsync();
        var (_, owners) = await Tokens.CreateAsync(Hub.Person.AccountId, new ApiTokenRequest("owner"), AccountActor.Operator, default);
        var person = await PersonAsync(Browser);
        var own = Hub.Services.GetRequiredService<OwnPassword>();
        Assert.NotNull(await own.ChangeAsync(person, "wrong", "five words in a row", revoke, default));
        Assert.NotNull(await Tokens.AuthenticateAsync(secret, default));
        Assert.Null(await own.ChangeAsync(person, Password, "five words in a row", revoke, default));
        Assert.Equal(revoke, await Tokens.AuthenticateAsync(secret, default) is null);
        Assert.Equal(revoke ? "1" : null, (await LastAsync("password_set"))["data"]!["tokens_revoked"]?.ToString());
        // Nobody else's.
        Assert.NotNull(await Tokens.AuthenticateAsync(owners, default));
    }

    private async Task<(string Account, string Secret)> TokenAsync()
    {
        var mara = (await PeopleAsync()).Single(a => a.Email == Email).Id;
        return (mara, (await Tokens.CreateAsync(mara, new ApiTokenRequest("ci"), AccountActor.Operator, default)).Secret);
    }

    private async Task<JsonNode> LastAsync(string change)
    {
        await using var reader = await Hub.Services.GetRequiredService<HubDatabase>().ReadAsync(CancellationToken.None);
        var rows = await reader.QueryAsync<string>("select body from audit where event = 'account.changed' order by seq desc", null, CancellationToken.None);
        return rows.Select(b => JsonNode.Parse(b)!).First(r => r["data"]!["change"]!.ToString() == change);
    }
}
