using System.Data.Common;
using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;
using ControlChat.Core.Tools.Invitations;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Tools.Invitations;

/// <summary>Links of invitations: who makes them, how many live, and that they stand nowhere but with whoever copied them.</summary>
public abstract class InvitationLinkTests(TestStore store) : InvitationBench(store)
{
    [Fact]
    public async Task Only_whoever_invited_and_admins_make_one_with_a_recent_sign_in_in_a_browser()
    {
        var invitation = await InviteToAsync("ana@example.org");
        await LinkAsync(Olga, invitation);
        await LinkAsync(Admin, invitation);
        Assert.IsType<InvitationLinkResult.Refused>(await Links.MakeAsync(Ana, invitation, default));
        Assert.IsType<InvitationLinkResult.Refused>(await Links.MakeAsync(Olga, "inv_" + new string('0', 32), default));
        await Assert.ThrowsAsync<UnauthorizedAccessException>(() => Links.MakeAsync(TestPrincipals.Token(Olga.AccountId), invitation, default));
        Time.Sleep(TimeSpan.FromHours(1));
        await Assert.ThrowsAsync<StaleSignInException>(() => Links.MakeAsync(Olga, invitation, default));
        Assert.Equal((2L, 2L), (await CountAsync("invitation_links"), await CountAsync("audit where event = 'account.changed' and body like '%invitation_link%'")));
    }

    [Fact]
    public async Task Several_live_until_the_invitation_ends_and_no_more_than_ten()
    {
        var invitation = await InviteToAsync(null);
        var links = new List<string>();
        for (var i = 0; i <= InvitationLinks.MostAtOnce; i++)
        {
            Time.Advance(TimeSpan.FromMilliseconds(5));
            links.Add(await LinkAsync(Olga, invitation));
        }
        Assert.Equal(new InvitationLook.Gone("unknown"), await Door.LookAsync(links[0], Ana, default));
        foreach (var link in links.Skip(1)) Assert.IsType<InvitationLook.Open>(await Door.LookAsync(link, Ana, default));
        Assert.IsType<InvitationResult.Accepted>(await AcceptAsync(Ana, invitation, links[3]));
        foreach (var used in links.Skip(1)) Assert.Equal(new InvitationLook.Gone("used"), await Door.LookAsync(used, Ben, default));
        Assert.IsType<InvitationLinkResult.Refused>(await Links.MakeAsync(Olga, invitation, default));
    }

    [Fact]
    public async Task A_link_of_what_does_not_hold_is_not_made_and_old_ones_are_forgotten()
    {
        var (revoked, old) = (await InviteToAsync("ana@example.org"), await InviteToAsync("ben@example.org", days: 1));
        await LinkAsync(Olga, old);
        await DoAsync(Olga, "invitation.revoke", new { invitation_id = revoked });
        Assert.IsType<InvitationLinkResult.Refused>(await Links.MakeAsync(Olga, revoked, default));
        Time.Sleep(TimeSpan.FromDays(32));
        var olga = await SignInAsync(Olga.AccountId);
        Assert.IsType<InvitationLinkResult.Refused>(await Links.MakeAsync(olga, old, default));
        await LinkAsync(olga, await InviteToAsync("nora@example.org"));
        Assert.Equal(1, await CountAsync("invitation_links"));
    }

    [Fact]
    public async Task The_key_stands_in_no_table_and_no_log_but_as_its_hash()
    {
        var invitation = await InviteToAsync("ana@example.org");
        var link = await LinkAsync(Olga, invitation);
        await Door.LookAsync(link, Ana, default);
        await AskAsync(Olga, "invitation.list", new { });
        await AcceptAsync(Ben, invitation, link);
        await AcceptAsync(Ana, invitation, link);
        await Door.RefuseAsync(link, Ben, "used", null);
        var rows = await EverythingAsync();
        Assert.Contains(Credential.Hash(link), rows, StringComparison.Ordinal);
        Assert.DoesNotContain(link, rows, StringComparison.Ordinal);
        Assert.DoesNotContain(link, Hub.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_asked_of_the_tables_goes_by_an_index()
    {
        for (var i = 0; i < 20; i++) await InviteToAsync($"p{i}@example.org");
        var link = await LinkAsync(Olga, await InviteToAsync("ana@example.org"));
        await using var session = await Database.ReadAsync(default);
        var (plans, others, invitations) = (new PlanReader(session), new PlanReader(session), new InvitationStore());
        foreach (var state in (string?[])[null, "pending", "accepted", "ended"])
        {
            await invitations.ListAsync(plans, new InvitationFilter(Admin.AccountId, true, state, null, null, 10), default);
            await invitations.ListAsync(others, new InvitationFilter(Olga.AccountId, false, state, state is null ? Workspace : null, null, 10), default);
        }
        await invitations.CountPendingAsync(plans, Olga.AccountId, default);
        await invitations.CountSinceAsync(plans, Olga.AccountId, Time.GetUtcNow(), default);
        await invitations.WaitingForAsync(plans, "ana@example.org", default);
        await invitations.FindLinkAsync(plans, Credential.Hash(link), default);
        Assert.Empty(plans.Unindexed("invitations", "invitation_links"));
        // Two pages are put together and sorted then; each of them is walked along its index.
        Assert.DoesNotContain(others.Plans.SelectMany(p => p.Plan), line => line.StartsWith("SCAN i", StringComparison.Ordinal) || line.Contains("Seq Scan on invitations", StringComparison.Ordinal));
    }

    /// <summary>Every cell of every table, as text.</summary>
    private async Task<string> EverythingAsync()
    {
        await using var reader = await Database.ReadAsync(default);
        var tables = await reader.QueryAsync<string>(reader.Dialect == SqlDialect.Sqlite
            ? "select name from sqlite_master where type = 'table' and sql not like 'create virtual%'" : "select table_name from information_schema.tables where table_schema = current_schema() and table_type = 'BASE TABLE'", null, default);
        Assert.Contains("audit", tables);
        var text = new System.Text.StringBuilder();
        foreach (var table in tables) await reader.ScanAsync($"select * from \"{table}\"", null, row => Add(text, row), default);
        return text.ToString();
    }

    private static bool Add(System.Text.StringBuilder text, DbDataReader row)
    {
        for (var i = 0; i < row.FieldCount; i++) text.Append(row.IsDBNull(i) ? "" : row.GetValue(i) is byte[] bytes ? System.Text.Encoding.UTF8.GetString(bytes) : row.GetValue(i).ToString()).Append('\n');
        return true;
    }
}

public sealed class InvitationLinkOnSqlite() : InvitationLinkTests(TestStore.Sqlite);

public sealed class InvitationLinkOnPostgres() : InvitationLinkTests(TestStore.Postgres);
