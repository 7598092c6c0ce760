using ControlChat.Core.Accounts;
using ControlChat.Core.Accounts.Passwords;
using ControlChat.Core.Gate;
using ControlChat.Core.Settings;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Gate.Policies;

/// <summary>A second person is somebody else: not the asker, not their token's owner, not an account that may be theirs as well.</summary>
public abstract class SecondPersonTests(TestStore store)
{
    [Fact]
    public async Task Another_admin_decides_and_nobody_else()
    {
        await using var hub = await HubAsync();
        var (olga, mara, ben) = (await hub.PersonAsync("Olga", "admin"), await hub.PersonAsync("Mara", "admin"), await hub.PersonAsync("Ben"));
        var asked = await AskAsync(hub, olga);
        await ExpectAsync(hub, asked, olga, "You asked for this");
        Assert.Equal(404, Assert.IsType<ApprovalDecision.Refused>(await hub.Gate.ApproveAsync(asked.ApprovalId, ben)).Http);
        Assert.Equal("token_cannot_approve", Assert.IsType<ApprovalDecision.Refused>(await hub.Gate.ApproveAsync(asked.ApprovalId, mara with { AuthSessionId = null, TokenId = "tok_1" })).Code);
        Assert.IsType<ApprovalDecision.Done>(await hub.Gate.ApproveAsync(asked.ApprovalId, mara));
        var row = await hub.RowAsync("tool.applied");
        Assert.Equal((mara.AccountId, "second_person"), ((string?)row["approver"], (string?)row["data"]!["policy"]!["decision"]));
    }

    [Fact]
    public async Task Whoever_is_no_second_person_stands_on_the_record_with_the_reason()
    {
        await using var hub = await HubAsync();
        var (olga, _) = (await hub.PersonAsync("Olga", "admin"), await hub.PersonAsync("Mara", "admin"));
        var asked = await AskAsync(hub, olga);
        await hub.Gate.ApproveAsync(asked.ApprovalId, olga);
        var row = await hub.RowAsync("tool.denied");
        Assert.Equal(("denied", "note.drop", asked.ApprovalId, olga.AccountId, "second_person_required"),
            ((string?)row["outcome"], (string?)row["tool"], (string?)row["approval_id"], (string?)row["actor"]!["account"], (string?)row["data"]!["reason"]));
    }

    [Fact]
    public async Task The_owner_of_a_token_is_no_second_person_for_it()
    {
        await using var hub = await HubAsync();
        var olga = await hub.PersonAsync("Olga", "admin");
        var (token, _) = await hub.Gate.Get<ApiTokens>().CreateAsync(olga.AccountId, new ApiTokenRequest("ci", TokenScopes.All, 30), AccountActor.Of(olga), default);
        var asked = await AskAsync(hub, olga with { AuthSessionId = null, TokenId = token.Id, TokenName = "ci" }, prepare: olga);
        await ExpectAsync(hub, asked, olga, "Your API token asked");
    }

    [Theory]
    [InlineData("olga+admin@halden.example")]
    [InlineData("olga+@halden.example")]
    public async Task An_account_with_the_same_mailbox_is_the_same_person(string email)
    {
        await using var hub = await HubAsync();
        var (olga, twin) = (await hub.PersonAsync("Olga", "admin"), await hub.PersonAsync("Twin", "admin", email));
        var others = await hub.PersonAsync("Olgas", "admin", "olgas@halden.example");
        var asked = await AskAsync(hub, olga);
        await ExpectAsync(hub, asked, twin, "same mailbox");
        Assert.IsType<ApprovalDecision.Done>(await hub.Gate.ApproveAsync(asked.ApprovalId, others));
    }

    [Theory]
    [InlineData("created")]
    [InlineData("role")]
    [InlineData("email")]
    [InlineData("password_link")]
    [InlineData("reopened")]
    public async Task An_account_that_the_asker_gave_something_lately_is_no_second_person_for_a_week(string what)
    {
        await using var hub = await HubAsync();
        var olga = await hub.PersonAsync("Olga", "admin");
        var eve = await GiveAsync(hub, olga, what);
        var asked = await AskAsync(hub, olga);
        await ExpectAsync(hub, asked, eve, "less than 7 days ago");
        hub.Gate.Time.Advance(TimeSpan.FromDays(7));
        var later = await AskAsync(hub, await hub.SignInAsync(olga));
        Assert.IsType<ApprovalDecision.Done>(await hub.Gate.ApproveAsync(later.ApprovalId, await hub.SignInAsync(eve)));
    }

    [Fact]
    public async Task A_chain_of_accounts_that_each_made_the_next_leads_to_no_second_person()
    {
        await using var hub = await HubAsync();
        var olga = await hub.PersonAsync("Olga", "admin");
        var first = await GiveAsync(hub, olga, "created");
        var second = await GiveAsync(hub, first, "created", "second");
        await ExpectAsync(hub, await AskAsync(hub, olga), second, "less than 7 days ago");
        // Nor the other way round: the way in of each came from the one before.
        await ExpectAsync(hub, await AskAsync(hub, second), olga, "You made the account of");
        hub.Gate.Time.Advance(TimeSpan.FromDays(7));
        Assert.IsType<ApprovalDecision.Done>(await hub.Gate.ApproveAsync((await AskAsync(hub, await hub.SignInAsync(second))).ApprovalId, await hub.SignInAsync(olga)));
    }

    [Theory]
    [InlineData("created", false)]
    [InlineData("email", false)]
    [InlineData("password_link", false)]
    [InlineData("role", true)]
    [InlineData("reopened", true)]
    public async Task Whose_way_in_was_in_the_approvers_hand_is_no_other_person_and_a_role_alone_is_no_way_in(string what, bool may)
    {
        await using var hub = await HubAsync();
        var olga = await hub.PersonAsync("Olga", "admin");
        var eve = await GiveAsync(hub, olga, what);
        var asked = await AskAsync(hub, eve);
        if (may) Assert.IsType<ApprovalDecision.Done>(await hub.Gate.ApproveAsync(asked.ApprovalId, olga));
        else await ExpectAsync(hub, asked, olga, "less than 7 days ago");
    }

    [Fact]
    public async Task A_mailbox_that_was_shared_lately_still_ties()
    {
        await using var hub = await HubAsync();
        var (olga, twin) = (await hub.PersonAsync("Olga", "admin"), await hub.PersonAsync("Twin", "admin", "olga+2@halden.example"));
        Assert.IsType<PersonChange.Done>(await hub.People.SetEmailAsync(olga, olga.AccountId, "o@elsewhere.example", default));
        await ExpectAsync(hub, await AskAsync(hub, olga), twin, "mailbox");
        await ExpectAsync(hub, await AskAsync(hub, twin), olga, "mailbox");
    }

    [Fact]
    public async Task Who_signed_in_in_the_same_browser_after_the_asker_is_no_second_person()
    {
        await using var hub = await HubAsync();
        var (olga, mara) = (await hub.PersonAsync("Olga", "admin"), await hub.PersonAsync("Mara", "admin"));
        var asked = await AskAsync(hub, olga);
        var there = await hub.SignInAsync(mara, new SigningBrowser(null, olga));
        await ExpectAsync(hub, asked, there, "same browser");
        // Another session of the same account does not wash that off.
        await ExpectAsync(hub, asked, await hub.SignInAsync(mara), "same browser");
    }

    [Fact]
    public async Task The_mark_that_a_sign_in_left_in_a_browser_ties_who_comes_after_a_sign_out()
    {
        await using var hub = await HubAsync();
        var (olga, mara) = (await hub.PersonAsync("Olga", "admin"), await hub.PersonAsync("Mara", "admin"));
        var left = await MarkedAsync(hub, olga, null);
        await MarkedAsync(hub, mara, left);
        await ExpectAsync(hub, await AskAsync(hub, olga), mara, "same browser");
    }

    [Fact]
    public async Task An_approver_whose_role_ended_meanwhile_is_refused_and_so_is_a_request_of_somebody_closed()
    {
        await using var hub = await HubAsync();
        var (olga, mara, nora) = (await hub.PersonAsync("Olga", "admin"), await hub.PersonAsync("Mara", "admin"), await hub.PersonAsync("Nora", "admin"));
        var asked = await AskAsync(hub, olga);
        var open = (await hub.Gate.Approvals.OpenAsync(mara, asked.ApprovalId!, default))!;
        await hub.WriteAsync("update accounts set role = 'member' where id = 'acc_mara'");
        Assert.Equal(404, Assert.IsType<ApprovalDecision.Refused>(await hub.Gate.Approvals.ApproveAsync(mara, asked.ApprovalId!, new ApproveRequest(open.ConfirmToken), default)).Http);
        await hub.WriteAsync("update accounts set closed_at = hub_now() where id = 'acc_olga'");
        Assert.Equal("denied", Assert.IsType<ApprovalDecision.Refused>(await hub.Gate.ApproveAsync(asked.ApprovalId, nora)).Code);
        Assert.NotNull(await hub.Gate.NoteAsync("n"));
    }

    [Fact]
    public async Task Lists_counts_and_decisions_agree_on_who_may_decide()
    {
        await using var hub = await HubAsync();
        var (olga, mara, ben) = (await hub.PersonAsync("Olga", "admin"), await hub.PersonAsync("Mara", "admin"), await hub.PersonAsync("Ben"));
        var twin = await hub.PersonAsync("Twin", "admin", "olga+two@halden.example");
        foreach (var who in (Principal[])[olga, ben]) await AskAsync(hub, who, $"n-{who.Name}");
        foreach (var (person, sees, may) in ((Principal, int, int)[])[(olga, 2, 1), (mara, 2, 2), (ben, 1, 0), (twin, 2, 1)])
        {
            var all = (await hub.Gate.Approvals.ListAsync(person, new ApprovalFilter("pending"), default)).Items;
            var own = (await hub.Gate.Approvals.ListAsync(person, new ApprovalFilter { Decidable = true }, default)).Items;
            Assert.Equal((person.Name, sees, may, may, may), (person.Name, all.Count, all.Count(a => a.MayDecide), own.Count, await hub.Gate.Approvals.CountWaitingAsync(person, default)));
            foreach (var one in all) Assert.Equal(one.MayDecide, (await hub.Gate.Approvals.OpenAsync(person, one.Id, default))!.ConfirmToken is not null);
        }
        var token = mara with { AuthSessionId = null, TokenId = "tok_1" };
        Assert.Equal(0, await hub.Gate.Approvals.CountWaitingAsync(token, default));
    }

    private async Task<PolicyHub> HubAsync()
    {
        var hub = await PolicyHub.CreateAsync(store);
        hub.Gate.Settings.Current = new HubOptions { Policy = new PolicySection { Tools = new Dictionary<string, string> { ["note.drop"] = "second_person" } } };
        return hub;
    }

    private static async Task<Outcome> AskAsync(PolicyHub hub, Principal by, string note = "n", Principal? prepare = null)
    {
        await hub.Gate.SetAsync(note, "one", prepare ?? by);
        var asked = await hub.Gate.CallAsync("note.drop", new { id = note }, by);
        Assert.Equal("second_person", asked.Plan?.Decision);
        return asked;
    }

    private static async Task ExpectAsync(PolicyHub hub, Outcome asked, Principal person, string words)
    {
        Assert.False((await hub.Gate.Approvals.FindAsync(person, asked.ApprovalId!, default))!.MayDecide);
        var refused = Assert.IsType<ApprovalDecision.Refused>(await hub.Gate.ApproveAsync(asked.ApprovalId, person));
        Assert.Equal((403, "second_person_required"), (refused.Http, refused.Code));
        Assert.Contains(words, refused.Message, StringComparison.Ordinal);
    }

    private static async Task<Principal> GiveAsync(PolicyHub hub, Principal giver, string what, string name = "eve")
    {
        if (what == "created")
        {
            var made = Assert.IsType<PersonChange.Done>(await hub.People.CreateAsync(giver, $"{name}@halden.example", name, "admin", withLink: false, default));
            return await hub.SignInAsync(new Principal(made.Account.Id, name, "admin", null, null, null, TokenScopes.All, default));
        }
        var eve = await hub.PersonAsync(name, what == "role" ? "member" : "admin");
        if (what == "reopened") await hub.WriteAsync("update accounts set closed_at = hub_now() where id = @AccountId", new { eve.AccountId });
        Assert.IsType<PersonChange.Done>(what switch
        {
            "role" => await hub.People.ChangeRoleAsync(giver, eve.AccountId, "admin", default),
            "email" => await hub.People.SetEmailAsync(giver, eve.AccountId, "other@halden.example", default),
            "password_link" => await hub.People.CreateLinkAsync(giver, eve.AccountId, revokeTokens: false, default),
            _ => await hub.People.ReopenAsync(giver, eve.AccountId, default),
        });
        return await hub.SignInAsync(eve);
    }

    // Signs in by password with the mark that the browser brought, as the sign-in page does.
    private static async Task<string> MarkedAsync(PolicyHub hub, Principal person, string? mark)
    {
        await using var transaction = await hub.Gate.Database.BeginAsync(default);
        var (opening, browser) = (hub.Gate.Get<SessionOpening>(), new SigningBrowser(null) { Mark = mark });
        var account = (await hub.Gate.Get<AccountStore>().FindAsync(transaction, person.AccountId, default))!;
        var done = await opening.OpenAsync(transaction, account, browser, "password", transaction.Now, default, mark: KnownBrowser.NewMark());
        await transaction.CommitAsync(default);
        return done.Mark!;
    }
}

public sealed class SecondPersonOnSqliteTests() : SecondPersonTests(TestStore.Sqlite);

public sealed class SecondPersonOnPostgresTests() : SecondPersonTests(TestStore.Postgres);
