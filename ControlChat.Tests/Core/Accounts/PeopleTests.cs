using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.Core.Accounts;

/// <summary>Who may change whom, and what goes on the record with it.</summary>
public sealed class PeopleTests : IAsyncLifetime
{
    private TestHub _hub = null!;

    public async ValueTask InitializeAsync() => _hub = await TestHub.StartAsync();

    public ValueTask DisposeAsync() => _hub.DisposeAsync();

    [Fact]
    public async Task Every_change_is_made_by_an_admin_and_stands_on_the_record()
    {
        var ben = await MakeAsync("Ben@Halden.example");
        Assert.Equal("ben@halden.example", ben.Email);
        await DoneAsync(People.ChangeRoleAsync(_hub.Person, ben.Id, "admin", default));
        await DoneAsync(People.ChangeRoleAsync(_hub.Person, ben.Id, "admin", default));
        await DoneAsync(People.SetEmailAsync(_hub.Person, ben.Id, "benedict@halden.example", default));
        await DoneAsync(People.CloseAsync(_hub.Person, ben.Id, default));
        await DoneAsync(People.ReopenAsync(_hub.Person, ben.Id, default));
        var rows = await ChangesAsync();
        Assert.Equal(["created", "role", "email", "closed", "reopened"], rows.Select(r => r["data"]!["change"]!.ToString()));
        Assert.All(rows, r => Assert.Equal((ben.Id, _hub.Person.AccountId, "ui"), (r["data"]!["account_id"]!.ToString(), r["actor"]!["account"]!.ToString(), r["actor"]!["via"]!.ToString())));
        Assert.Equal(("member", "admin"), (rows[1]["data"]!["from"]!.ToString(), rows[1]["data"]!["to"]!.ToString()));
    }

    [Fact]
    public async Task Nobody_else_changes_anything()
    {
        var ben = await MakeAsync("ben@halden.example");
        Principal[] others = [_hub.Person with { AuthSessionId = null, TokenId = "tok_1" }, _hub.Person with { AuthSessionId = "ses_gone" }, _hub.Person with { AccountId = ben.Id }];
        foreach (var other in others)
        {
            Assert.IsType<PersonChange.Refused>(await People.CreateAsync(other, "eve@halden.example", "Eve", "admin", true, default));
            Assert.IsType<PersonChange.Refused>(await People.ChangeRoleAsync(other, ben.Id, "admin", default));
            Assert.IsType<PersonChange.Refused>(await People.CreateLinkAsync(other, ben.Id, true, default));
            Assert.IsType<PersonChange.Refused>(await People.SetEmailAsync(other, ben.Id, "eve@halden.example", default));
            Assert.IsType<PersonChange.Refused>(await People.CloseAsync(other, ben.Id, default));
            Assert.IsType<PersonChange.Refused>(await People.ReopenAsync(other, ben.Id, default));
            Assert.Empty(await People.ListAsync(other, default));
        }
        Assert.Single(await ChangesAsync());
    }

    [Fact]
    public async Task The_last_admin_stays_and_a_refused_change_leaves_no_row()
    {
        Assert.IsType<PersonChange.Refused>(await People.ChangeRoleAsync(_hub.Person, _hub.Person.AccountId, "member", default));
        Assert.IsType<PersonChange.Refused>(await People.CloseAsync(_hub.Person, _hub.Person.AccountId, default));
        Assert.Empty(await ChangesAsync());
        var ben = await MakeAsync("ben@halden.example");
        await DoneAsync(People.ChangeRoleAsync(_hub.Person, ben.Id, "admin", default));
        await DoneAsync(People.CloseAsync(_hub.Person, ben.Id, default));
        // A closed admin is nobody who could run the hub.
        Assert.IsType<PersonChange.Refused>(await People.ChangeRoleAsync(_hub.Person, _hub.Person.AccountId, "member", default));
        await DoneAsync(People.ReopenAsync(_hub.Person, ben.Id, default));
        await DoneAsync(People.ChangeRoleAsync(_hub.Person, _hub.Person.AccountId, "member", default));
    }

    [Fact]
    public async Task The_link_that_the_hub_prints_is_an_admins_whoever_came_first()
    {
        await MakeAsync("ben@halden.example");
        var ada = await MakeAsync("ada@halden.example");
        await DoneAsync(People.ChangeRoleAsync(_hub.Person, ada.Id, "admin", default));
        await DoneAsync(People.CloseAsync(null, _hub.Person.AccountId, default));
        using var browser = new TestBrowser(_hub.Url);
        Assert.Equal(303, (await browser.GetAsync(await _hub.App.CreateSignInLinkAsync())).Status);
        Assert.Equal(ada.Id, (await browser.MeAsync())!["account"]!["id"]!.ToString());
    }

    [Fact]
    public async Task Of_two_admins_who_demote_each_other_at_once_one_stays()
    {
        var ben = await MakeAsync("ben@halden.example");
        await DoneAsync(People.ChangeRoleAsync(_hub.Person, ben.Id, "admin", default));
        var changes = await Task.WhenAll(new[] { _hub.Person.AccountId, ben.Id }.Select(id => Task.Run(() => People.ChangeRoleAsync(null, id, "member", default))));
        Assert.Single(changes.OfType<PersonChange.Refused>());
    }

    [Fact]
    public async Task A_closed_accounts_browsers_and_tokens_stop_at_once()
    {
        using var token = await _hub.TokenAsync();
        var ben = await MakeAsync("ben@halden.example");
        await DoneAsync(People.ChangeRoleAsync(_hub.Person, ben.Id, "admin", default));
        await DoneAsync(People.CloseAsync(null, _hub.Person.AccountId, default));
        foreach (var client in new[] { _hub.Browser, token })
        {
            using var answer = await client.GetAsync(new Uri("/api/v1/me", UriKind.Relative));
            Assert.Equal(401, (int)answer.StatusCode);
        }
    }

    [Fact]
    public async Task A_reopened_account_does_not_get_its_old_tokens_back()
    {
        using var token = await _hub.TokenAsync();
        await DoneAsync(People.CreateAsync(_hub.Person, "ben@halden.example", "Ben", "admin", false, default));
        await DoneAsync(People.CloseAsync(null, _hub.Person.AccountId, default));
        await DoneAsync(People.ReopenAsync(null, _hub.Person.AccountId, default));
        using var answer = await token.GetAsync(new Uri("/api/v1/me", UriKind.Relative));
        Assert.Equal(401, (int)answer.StatusCode);
        Assert.Equal(1, (int)(await ChangesAsync()).Single(r => r["data"]!["change"]!.ToString() == "closed")["data"]!["tokens_revoked"]!);
    }

    [Theory]
    [InlineData("", "Eve", "member")]
    [InlineData("no-address", "Eve", "member")]
    [InlineData("a@b@c", "Eve", "member")]
    [InlineData("a b@c", "Eve", "member")]
    [InlineData("eve@halden.example", " ", "member")]
    [InlineData("eve@halden.example", "Eve\n", "member")]
    [InlineData("eve@halden.example", "Eve", "owner")]
    [InlineData("BEN@halden.example", "Ben again", "member")]
    public async Task What_is_no_account_is_not_made(string email, string name, string role)
    {
        await MakeAsync("ben@halden.example");
        Assert.IsType<PersonChange.Refused>(await People.CreateAsync(_hub.Person, email, name, role, false, default));
        Assert.Single(await ChangesAsync());
    }

    [Fact]
    public async Task Signing_out_everywhere_ends_this_browser_and_the_others()
    {
        using var other = await _hub.SignInAsync();
        Assert.Equal(2, await _hub.Services.GetRequiredService<OwnKeys>().EndAllBrowsersAsync(_hub.Person, default));
        foreach (var client in new[] { _hub.Browser, other })
        {
            using var answer = await client.GetAsync(new Uri("/api/v1/me", UriKind.Relative));
            Assert.Equal(401, (int)answer.StatusCode);
        }
    }

    private People People => _hub.Services.GetRequiredService<People>();

    private async Task<Account> MakeAsync(string email) => (await DoneAsync(People.CreateAsync(_hub.Person, email, "Ben", "member", false, default))).Account;

    private static async Task<PersonChange.Done> DoneAsync(Task<PersonChange> change) => Assert.IsType<PersonChange.Done>(await change);

    private async Task<IReadOnlyList<JsonNode>> ChangesAsync()
    {
        await using var reader = await _hub.Services.GetRequiredService<HubDatabase>().ReadAsync(CancellationToken.None);
        return [.. (await reader.QueryAsync<string>("select body from audit where event = 'account.changed' order by seq", null, CancellationToken.None)).Select(b => JsonNode.Parse(b)!)
            // The hub's own link, by which the tests came in.
            .Where(r => r["data"]!["change"]!.ToString() != "login_link")];
    }
}
