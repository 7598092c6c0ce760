using ControlChat.Core.Accounts;
using ControlChat.Core.Accounts.Passwords;
using ControlChat.Core.Tools.Invitations;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.Core.Tools.Invitations;

/// <summary>People without an account: an admin's link for their address makes them one, with a password of their own.</summary>
public abstract class NewcomerTests(TestStore store) : InvitationBench(store)
{
    private const string New = "nora@example.org";

    [Fact]
    public async Task An_admins_link_makes_an_account_for_its_address_and_lets_it_in_at_once()
    {
        var link = await LinkAsync(Admin, await InviteToAsync(New));
        Assert.True(Assert.IsType<InvitationLook.Open>(await Door.LookAsync(link, null, default)).Offer.MakesAccounts);
        var done = Assert.IsType<SignInResult.SignedIn>(await JoinAsync(link));
        var nora = (await Hub.Services.GetRequiredService<BrowserSessions>().AuthenticateAsync(done.Cookie, default))!;
        Assert.Equal(("Nora", "member", "collaborator"), (nora.Name, nora.Role, await RoleAsync(nora)));
        Assert.Equal(new InvitationLook.Yours(Workspace), await Door.LookAsync(link, nora, default));
        // Neither who invited nor who copied the link has a second person in the account they brought in.
        Assert.Equal(1, await CountAsync($"account_ties where account_id = '{nora.AccountId}' and by_id = '{Olga.AccountId}'"));
        Assert.Equal(1, await CountAsync($"account_ties where account_id = '{nora.AccountId}' and by_id = '{Admin.AccountId}'"));
        Assert.IsType<SignInResult.SignedIn>(await Hub.Services.GetRequiredService<PasswordSignIn>().SignInAsync(New, Password, "192.0.2.1", new SigningBrowser("x"), _ => null, default));
        Assert.Equal("used", Assert.IsType<SignInResult.Refused>(await JoinAsync(link)).Reason);
    }

    [Fact]
    public async Task A_link_that_an_owner_copied_or_that_names_no_address_makes_no_account()
    {
        var named = await InviteToAsync(New);
        var (owners, open) = (await LinkAsync(Olga, named), await LinkAsync(Admin, await InviteToAsync(null)));
        foreach (var link in (string[])[owners, open])
        {
            Assert.False(Assert.IsType<InvitationLook.Open>(await Door.LookAsync(link, null, default)).Offer.MakesAccounts);
            Assert.Equal("account", Assert.IsType<SignInResult.Refused>(await JoinAsync(link)).Reason);
        }
        Assert.Equal(0, await CountAsync($"accounts where email = '{New}'"));
        // Nobody answers for an address any more who is no admin any more.
        var mine = await LinkAsync(Admin, named);
        await WriteAsync(t => t.ExecuteAsync("update accounts set role = 'member' where id = @AccountId", new { Admin.AccountId }, default));
        Assert.Equal("account", Assert.IsType<SignInResult.Refused>(await JoinAsync(mine)).Reason);
    }

    [Fact]
    public async Task Who_has_an_account_gets_no_second_one_and_nobody_else_gets_theirs()
    {
        var invitation = await InviteToAsync("ana@example.org");
        var link = await LinkAsync(Admin, invitation);
        var before = await CountAsync("account_passwords");
        Assert.Equal("account", Assert.IsType<SignInResult.Refused>(await JoinAsync(link)).Reason);
        Assert.Equal("account", await ReasonAsync());
        Assert.Equal((before, 1L, (string?)null), (await CountAsync("account_passwords"), await CountAsync("accounts where email = 'ana@example.org'"), await RoleAsync(Ana)));
        Assert.IsType<InvitationResult.Accepted>(await AcceptAsync(Ana, invitation, link));
    }

    [Theory]
    [InlineData("Nora", "short", "characters")]
    [InlineData("", Password, "name")]
    [InlineData("Nora", "nora@example.org", "address")]
    public async Task What_is_wrong_with_name_or_password_is_said_and_uses_nothing_up(string name, string password, string word)
    {
        var link = await LinkAsync(Admin, await InviteToAsync(New));
        var fault = Assert.IsType<SignInResult.Invalid>(await Newcomers.JoinAsync(link, name, password, new SigningBrowser("x"), null, default)).Fault;
        Assert.Contains(word, fault, StringComparison.OrdinalIgnoreCase);
        Assert.IsType<SignInResult.SignedIn>(await JoinAsync(link));
    }

    [Fact]
    public async Task Two_who_join_at_the_same_moment_make_one_account()
    {
        var link = await LinkAsync(Admin, await InviteToAsync(New));
        var results = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(() => JoinAsync(link))));
        Assert.Single(results, r => r is SignInResult.SignedIn);
        Assert.Equal((1L, 1L), (await CountAsync($"accounts where email = '{New}'"), await CountAsync("audit where tool = 'workspace.add_collaborator'")));
    }

    [Fact]
    public async Task A_revoked_link_leaves_no_account_behind()
    {
        var invitation = await InviteToAsync(New);
        var link = await LinkAsync(Admin, invitation);
        await DoAsync(Olga, "invitation.revoke", new { invitation_id = invitation });
        Assert.Equal("revoked", Assert.IsType<SignInResult.Refused>(await JoinAsync(link)).Reason);
        Assert.Equal((0L, "revoked"), (await CountAsync($"accounts where email = '{New}'"), await ReasonAsync()));
    }

    [Fact]
    public async Task A_database_that_fails_in_the_middle_leaves_nothing_and_the_link_still_works()
    {
        var link = await LinkAsync(Admin, await InviteToAsync(New));
        await WriteAsync(t => t.ExecuteAsync("alter table workspace_member_versions rename to away", null, default));
        await Assert.ThrowsAnyAsync<Exception>(() => JoinAsync(link));
        await WriteAsync(t => t.ExecuteAsync("alter table away rename to workspace_member_versions", null, default));
        Assert.Equal((0L, 1L), (await CountAsync($"accounts where email = '{New}'"), await CountAsync("invitations where accepted_at is null")));
        Assert.Equal(0, await CountAsync("audit where body like '%invitation_accepted%'"));
        Assert.IsType<SignInResult.SignedIn>(await JoinAsync(link));
    }

    private Task<SignInResult> JoinAsync(string link) => Newcomers.JoinAsync(link, "Nora", Password, new SigningBrowser("x"), null, default);
}

public sealed class NewcomerOnSqlite() : NewcomerTests(TestStore.Sqlite);

public sealed class NewcomerOnPostgres() : NewcomerTests(TestStore.Postgres);
