using ControlChat.Core.Gate.Grants;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.App.Approvals.Grants;

/// <summary>What the receipt of the last of several alike approvals proposes: nothing that was not seen.</summary>
public abstract class GrantProposalTests(TestStore store)
{
    [Fact]
    public async Task The_last_of_two_alike_proposes_the_ids_that_were_seen_and_no_more()
    {
        await using var bed = await GrantBed.OpenAsync(store);
        var (one, other, third) = (await bed.WorkspaceAsync(bed.Ada, "one"), await bed.WorkspaceAsync(bed.Ada, "other"), await bed.WorkspaceAsync(bed.Ada, "third"));
        var first = await bed.DecidedAsync(one, bed.Ada);
        Assert.Null(await bed.Grants.OfferAsync(bed.Ada, first, default));
        await bed.DecidedAsync(third, bed.Ada, conversation: "cnv_two");
        var last = await bed.DecidedAsync(other, bed.Ada);
        Assert.Null(await bed.Grants.OfferAsync(bed.Ada, first, default));
        var offer = (await bed.Grants.OfferAsync(bed.Ada, last, default))!;
        Assert.Equal((last, "workspace.archive", 2, GrantBed.Conversation, 5, 7), (offer.ApprovalId, offer.Tool, offer.Times, offer.ConversationId, offer.Count, offer.Days));
        var constraint = Assert.Single(offer.Constraints);
        Assert.Equal(("workspace_id", "one_of"), (constraint.Argument, constraint.Is));
        Assert.Equal(new[] { one, other }.Order(), constraint.Values.Order());
        Assert.Empty(offer.Free);
        // Nor to somebody else, nor to a token.
        Assert.Null(await bed.Grants.OfferAsync(await bed.PersonAsync("olga", "admin"), last, default));
        Assert.Null(await bed.Grants.OfferAsync(await bed.TokenAsync(bed.Ada), last, default));
        Assert.IsType<GrantAnswer.Done>(await bed.MakeAsync(last, bed.Ada, constraint.Values));
        Assert.Null(await bed.Grants.OfferAsync(bed.Ada, last, default));
    }

    [Fact]
    public async Task After_a_quarter_of_an_hour_only_what_was_seen_can_be_granted()
    {
        await using var bed = await GrantBed.OpenAsync(store);
        var (one, other, unseen) = (await bed.WorkspaceAsync(bed.Ada, "one"), await bed.WorkspaceAsync(bed.Ada, "other"), await bed.WorkspaceAsync(bed.Ada, "unseen"));
        await bed.DecidedAsync(one, bed.Ada);
        var last = await bed.DecidedAsync(other, bed.Ada);
        bed.Time.Advance(TimeSpan.FromMinutes(16));
        var ada = await bed.SignInAsync(bed.Ada.AccountId);
        Assert.Equal(422, Assert.IsType<GrantAnswer.Refused>(await bed.MakeAsync(last, ada, [one, other, unseen])).Http);
        Assert.Equal(422, Assert.IsType<GrantAnswer.Refused>(await bed.MakeAsync(last, ada, [other[..30]], @is: "prefix")).Http);
        Assert.IsType<GrantAnswer.Done>(await bed.MakeAsync(last, ada, [other]));
    }

    [Fact]
    public async Task Tainted_plans_and_those_of_long_ago_do_not_count()
    {
        await using var bed = await GrantBed.OpenAsync(store);
        var workspace = await bed.WorkspaceAsync(bed.Ada);
        await bed.DecidedAsync(workspace, bed.Ada);
        bed.Time.Sleep(TimeSpan.FromDays(31));
        var ada = await bed.SignInAsync(bed.Ada.AccountId);
        await bed.ApproveAsync(await bed.ArchiveAsync(workspace, ada, tainted: true), ada);
        await bed.BackAsync(workspace, ada);
        var last = await bed.DecidedAsync(workspace, ada);
        Assert.Null(await bed.Grants.OfferAsync(ada, last, default));
    }

    [Fact]
    public async Task What_a_grant_would_not_bound_is_said()
    {
        await using var bed = await GrantBed.OpenAsync(store, "--Policy:Tools:workspace.rename=confirm");
        var workspace = await bed.WorkspaceAsync(bed.Ada);
        string last = "";
        foreach (var title in new[] { "pan", "pot" }) last = await bed.ApproveAsync(await bed.CallAsync("workspace.rename", new { workspace_id = workspace, title }, bed.Ada), bed.Ada);
        Assert.Equal(["title"], (await bed.Grants.OfferAsync(bed.Ada, last, default))!.Free);
    }
}

public sealed class GrantProposalOnSqliteTests() : GrantProposalTests(TestStore.Sqlite);

public sealed class GrantProposalOnPostgresTests() : GrantProposalTests(TestStore.Postgres);
