using ControlChat.Core.Hub;
using ControlChat.Core.Tools.Invitations;
using ControlChat.Core.Workspaces;
using ControlChat.Tests.App.SignIn;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.Invitations;

/// <summary>Somebody whom a provider vouches for and no rule speaks of: an invitation lets them in, and overrules nothing.</summary>
public sealed class InvitedByProviderTests : ProviderBench
{
    private const string Mara = "mara@halden.example";
    private string _workspace = "";

    [Theory, InlineData(Mara), InlineData(null)]
    public async Task An_invitation_admits_and_is_used_up_with_the_account(string? email)
    {
        await OpenAsync();
        Says(Mara, verified: true);
        Assert.StartsWith("/signin?failed=no_rule", (await GoAsync(Start)).Location, StringComparison.Ordinal);
        await Browser.OpenLinkAsync(await LinkAsync(email));
        var page = await Browser.GetAsync("/invite");
        Assert.Contains("Continue with Test ID", page.Text, StringComparison.Ordinal);
        Assert.Contains("href=\"/signin/test-id?returnUrl=%2Finvite\"", page.Text, StringComparison.Ordinal);
        Assert.Equal("/invite", (await GoAsync(Start + "?returnUrl=%2Finvite")).Location);
        Assert.Equal($"/workspaces/{_workspace}", (await Browser.GetAsync("/invite")).Location);
        var me = (await Browser.MeAsync())!["account"]!;
        Assert.Equal((Mara, "member"), (me["email"]!.ToString(), me["role"]!.ToString()));
        Assert.Equal("viewer", await FindAsync<string>($"select role from workspace_members where account_id = '{me["id"]}'"));
        Assert.DoesNotContain("t=", await FindAsync<string>("select coalesce(max(return_path), '') from sign_in_requests") ?? "", StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("other@halden.example", true)]
    [InlineData("mara+x@halden.example", true)]
    [InlineData(Mara, false)]
    public async Task Another_or_an_unproven_address_is_not_admitted(string says, bool verified)
    {
        await OpenAsync();
        Says(says, verified);
        await Browser.OpenLinkAsync(await LinkAsync(Mara));
        Assert.StartsWith("/signin?failed=no_rule", (await GoAsync(Start + "?returnUrl=%2Finvite")).Location, StringComparison.Ordinal);
        Assert.Equal(1, await FindAsync<long>("select count(*) from accounts"));
        Assert.Null(await FindAsync<string>("select accepted_by from invitations"));
    }

    [Fact]
    public async Task Only_the_first_of_two_people_is_admitted_by_a_link_without_an_address()
    {
        await OpenAsync();
        var link = await LinkAsync(null);
        using var second = new TestBrowser(Hub!.Url);
        await Browser.OpenLinkAsync(link);
        await second.OpenLinkAsync(link);
        Says(Mara, verified: true);
        await GoAsync(Start + "?returnUrl=%2Finvite");
        Provider.Claims["sub"] = "s-2";
        Says("eve@halden.example", verified: true);
        var refused = await second.GetAsync(await CallbackAsync(second, Start + "?returnUrl=%2Finvite"));
        Assert.StartsWith("/signin?failed=no_rule", refused.Location, StringComparison.Ordinal);
        Assert.Equal(2, await FindAsync<long>("select count(*) from accounts"));
    }

    [Theory]
    [InlineData("AllowedDomains:0=other.example")]
    [InlineData("RoleClaim=groups", "MemberValues:0=staff")]
    public async Task A_rule_that_keeps_somebody_out_is_not_overruled(params string[] settings)
    {
        await OpenAsync(settings);
        Says(Mara, verified: true);
        await Browser.OpenLinkAsync(await LinkAsync(Mara));
        Assert.StartsWith("/signin?failed=no_rule", (await GoAsync(Start + "?returnUrl=%2Finvite")).Location, StringComparison.Ordinal);
        Assert.Equal(1, await FindAsync<long>("select count(*) from accounts"));
    }

    [Theory, InlineData(Start), InlineData(Start + "?returnUrl=%2Fworkspaces")]
    public async Task Whoever_was_not_shown_the_offer_accepts_nothing(string start)
    {
        await OpenAsync();
        Says(Mara, verified: true);
        await Browser.OpenLinkAsync(await LinkAsync(Mara));
        Assert.StartsWith("/signin?failed=no_rule", (await GoAsync(start)).Location, StringComparison.Ordinal);
        Assert.Null(await FindAsync<string>("select accepted_by from invitations"));
        Assert.Equal("/invite", (await GoAsync(Start + "?returnUrl=%2Finvite")).Location);
        Assert.NotNull(await FindAsync<string>("select accepted_by from invitations"));
    }

    [Theory, InlineData(Mara, true), InlineData(null, false)]
    public async Task A_link_that_no_admin_copied_admits_whom_it_names_and_nobody_else(string? email, bool admitted)
    {
        await OpenAsync();
        Says(Mara, verified: true);
        var link = await LinkAsync(email);
        await ByMemberAsync();
        await Browser.OpenLinkAsync(link);
        var page = (await Browser.GetAsync("/invite")).Text;
        Assert.Equal((admitted, !admitted), (page.Contains("If you are new here, continuing accepts", StringComparison.Ordinal), page.Contains("No account here yet? Ask an admin", StringComparison.Ordinal)));
        var answer = (await GoAsync(Start + "?returnUrl=%2Finvite")).Location!;
        Assert.Equal(admitted ? "/invite" : "/signin?failed=no_rule&with=test-id&returnUrl=%2Finvite", answer);
        Assert.Equal(admitted ? 3 : 2, await FindAsync<long>("select count(*) from accounts"));
    }

    [Fact]
    public async Task An_account_that_is_here_signs_in_and_accepts_by_hand()
    {
        await OpenAsync("AllowedDomains:0=halden.example");
        Says(Mara, verified: true);
        await GoAsync(Start);
        await Browser.OpenLinkAsync(await LinkAsync(Mara));
        await GoAsync(Start + "?returnUrl=%2Finvite");
        Assert.Null(await FindAsync<string>("select accepted_by from invitations"));
        Assert.Equal($"/workspaces/{_workspace}", (await Browser.SubmitAsync("/invite")).Location);
    }

    // An owner who is no admin invited and copied the link.
    private async Task ByMemberAsync()
    {
        var olga = await MakeAsync("olga@halden.example");
        await using var transaction = await Hub!.Services.GetRequiredService<HubDatabase>().BeginAsync(default);
        foreach (var sql in (string[])["update invitation_links set minted_by = @Id", "update invitations set invited_by = @Id", "update workspace_members set account_id = @Id"])
            await transaction.ExecuteAsync(sql, new { olga.Id }, default);
        await transaction.CommitAsync(default);
    }

    private void Says(string email, bool verified) => (Provider.Claims["email"], Provider.Claims["email_verified"]) = (email, verified);

    private async Task<string> LinkAsync(string? email)
    {
        var (owner, id, hub) = (Hub!.Person, Ids.New("inv"), Hub.Services);
        _workspace = Ids.New(WorkspaceId.Prefix);
        await using (var transaction = await hub.GetRequiredService<HubDatabase>().BeginAsync(default))
        {
            await new WorkspaceStore().InsertAsync(transaction, _workspace, "Billing", [], owner.AccountId, owner.AccountId, default);
            await new InvitationStore().InsertAsync(transaction, new NewInvitation(id, email, _workspace, "viewer", null, owner.AccountId, transaction.Now.AddDays(1)), default);
            await transaction.CommitAsync(default);
        }
        return "/invite#t=" + Assert.IsType<InvitationLinkResult.Made>(await hub.GetRequiredService<InvitationLinks>().MakeAsync(owner, id, default)).Token;
    }

    private async Task<T?> FindAsync<T>(string sql)
    {
        await using var reader = await Hub!.Services.GetRequiredService<HubDatabase>().ReadAsync(default);
        return await reader.FindAsync<T>(sql, null, default);
    }
}
