using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Tools.Onboarding;
using ControlChat.Tests.Core.Tools.Invitations;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.Core.Tools.Onboarding;

/// <summary>Twelve students by the real gate: one plan, each person to leave out, stopped half-way, the rest planned, nobody invited twice.</summary>
public abstract class OnboardingTests(TestStore store) : InvitationBench(store)
{
    private const int People = 12;

    [Fact]
    public async Task Everybody_gets_a_workspace_an_invitation_and_a_host_in_one_plan_that_asks_once()
    {
        var asked = await OnboardAsync(Ana, new OnboardingOrder(null, "collaborator", "small") { Cap = new Cost("1.20", "EUR", "hour") });
        var plan = asked.Plan!;
        Assert.Equal(("confirmation_required", 3 * People, true, new Cost("1.20", "EUR", "hour")), (asked.Status, plan.Steps!.Count, plan.Access, plan.Cost));
        for (var i = 0; i < People; i++)
        {
            var workspace = plan.Steps[3 * i].Effects[0].Resource["workspace/".Length..];
            Assert.Equal(workspace, (string?)plan.Steps[(3 * i) + 1].Arguments["workspace_id"]);
            Assert.Equal(workspace, (string?)plan.Steps[(3 * i) + 1].Effects[0].After!["workspace_id"]);
            Assert.Equal($"host/{workspace}", plan.Steps[(3 * i) + 2].Effects[0].Resource);
        }
        Assert.Equal((0L, 1L), (await CountAsync("invitations"), await CountAsync("workspaces")));
        Assert.Equal("denied", (await OnboardAsync(Ana, new OnboardingOrder(null, "collaborator", "medium") { Cap = new Cost("1.20", "EUR", "hour") })).Status);
    }

    [Fact]
    public async Task Whoever_is_left_out_gets_nothing_and_everybody_else_all_of_it()
    {
        var asked = await OnboardAsync(Ana, new OnboardingOrder(null, "collaborator"));
        // The workspace of the third: the invitation to it falls with it.
        var done = await ApproveAsync(Ana, asked, [4]);
        Assert.Equal("completed", done.Status);
        Assert.Equal([4, 5], Statuses(done).Select((s, i) => (s, i)).Where(p => p.s == "vetoed").Select(p => p.i));
        Assert.Equal(People - 1, await CountAsync("invitations i join workspaces w on w.id = i.workspace_id join workspace_members m on m.workspace_id = w.id and m.account_id = i.invited_by and m.role = 'owner' where i.workspace_role = 'collaborator'"));
        Assert.Equal(0, await CountAsync("workspaces where title = 'Student 2'"));
        Assert.Equal(new BatchProgress(22, 22), await Hub.Services.GetRequiredService<IBatchProgress>().FindAsync(Ana, asked.ApprovalId!, default));
        var undo = await AskAsync(Ana, "undo", new { action_id = done.ActionId });
        Assert.Equal("completed", (await ApproveAsync(Ana, undo, [])).Status);
        Assert.Equal((11L, 11L), (await CountAsync("invitations where revoked_at is not null"), await CountAsync("workspaces where state = 'trashed'")));
    }

    [Fact]
    public async Task A_batch_that_stopped_goes_on_with_those_who_were_left()
    {
        var asked = await OnboardAsync(Ana, new OnboardingOrder(null, "collaborator"));
        var batch = await BookAsync(Ana, asked);
        // By the fourth invitation Ana has as many waiting as she may; those were made before this hour.
        var own = await WorkspaceAsync("Own", Ana);
        await WriteAsync(async t =>
        {
            for (var i = 0; i < 47; i++)
                await t.ExecuteAsync("insert into invitations (id, email, workspace_id, workspace_role, invited_by, created_at, expires_at) values (@id, @email, @own, 'viewer', @by, @at, @until)",
                    new { id = Ids.New("inv"), email = $"other{i}@example.org", own, by = Ana.AccountId, at = t.Now.AddHours(-2), until = t.Now.AddDays(1) }, default);
        });
        var stopped = await Hub.Services.GetRequiredService<BatchRunner>().RunAsync(batch);
        Assert.Equal(("partial", "denied"), (stopped.Status, stopped.Error!.Code));
        Assert.Equal(7, Statuses(stopped).Count(s => s == "completed"));
        await WriteAsync(t => t.ExecuteAsync("delete from invitations where email like 'other%'", null, default));
        var rest = Assert.IsType<ApprovalDecision.Fresh>(await Hub.Services.GetRequiredService<IApprovals>().PlanRestAsync(Ana, stopped.ApprovalId!, default)).Approval;
        Assert.Equal(17, rest.Plan!.Steps!.Count);
        Assert.Equal("completed", (await ApproveAsync(Ana, stopped with { ApprovalId = rest.Id }, [])).Status);
        Assert.Equal((12L, 12L, 12L), (await CountAsync("invitations"), await FindAsync<long>("select count(distinct workspace_id) from invitations"), await CountAsync("workspaces where title like 'Student %'")));
    }

    [Fact]
    public async Task Into_a_workspace_only_its_owner_lets_people_in_and_nobody_learns_who_is_here()
    {
        var order = new OnboardingOrder(Workspace, "viewer");
        Assert.Equal("not_found", (await OnboardAsync(Ana, order)).Status);
        var asked = await OnboardAsync(Olga, order, "ana@example.org\nben@example.org\nnobody@example.org");
        Assert.Equal("confirmation_required", asked.Status);
        Assert.Single(asked.Plan!.Steps!.Select(s => s.Effects[0].After!.ToJsonString().Replace((string)s.Effects[0].After!["email"]!, "X", StringComparison.Ordinal)).Distinct());
        // Her role ends before the decision.
        await WriteAsync(t => t.ExecuteAsync("update workspace_members set role = 'viewer' where workspace_id = @Workspace", new { Workspace }, default));
        Assert.Equal("denied", Assert.IsType<ApprovalDecision.Refused>(await DecideAsync(Olga, asked, [])).Code);
        Assert.Equal(0, await CountAsync("invitations"));
    }

    [Fact]
    public async Task A_role_that_ends_under_way_stops_the_rest()
    {
        var asked = await OnboardAsync(Olga, new OnboardingOrder(Workspace, "viewer"));
        var batch = await BookAsync(Olga, asked);
        await WriteAsync(t => t.ExecuteAsync("update workspace_members set role = 'viewer' where workspace_id = @Workspace", new { Workspace }, default));
        var stopped = await Hub.Services.GetRequiredService<BatchRunner>().RunAsync(batch);
        Assert.Equal(("partial", "denied"), (stopped.Status, stopped.Error!.Code));
        Assert.Equal(0, await CountAsync("invitations"));
    }

    private Task<Outcome> OnboardAsync(Principal by, OnboardingOrder order, string? table = null)
    {
        table ??= "email,name\n" + string.Join('\n', Enumerable.Range(0, People).Select(i => $"student{i}@example.org,Student {i}"));
        return AskAsync(by, "plan.batch", OnboardingPlan.Of(PeopleReader.Read(table), order, 120).Arguments!);
    }

    private async Task<ApprovalDecision> DecideAsync(Principal by, Outcome asked, IReadOnlyList<int> veto)
    {
        var approvals = Hub.Services.GetRequiredService<IApprovals>();
        var open = await approvals.OpenAsync(by, asked.ApprovalId!, default);
        return await approvals.ApproveAsync(by, asked.ApprovalId!, new ApproveRequest(open!.ConfirmToken, veto), default);
    }

    private async Task<Outcome> ApproveAsync(Principal by, Outcome asked, IReadOnlyList<int> veto) => Assert.IsType<ApprovalDecision.Done>(await DecideAsync(by, asked, veto)).Outcome;

    // What approving does up to its commit; the batch runs when the test says so. No outbox row: nobody else takes it up.
    private async Task<string> BookAsync(Principal by, Outcome asked)
    {
        var id = "";
        await WriteAsync(async t =>
        {
            Assert.True(await ApprovalStore.ConsumeAsync(t, asked.ApprovalId!, asked.Plan!.Hash, by.AccountId, default));
            id = await BatchRunner.BookAsync(t, new BatchOrder(asked.Plan, by, new CallOrigin("ui"), null, null, asked.ApprovalId, by.AccountId, []), default);
            await t.ExecuteAsync("delete from outbox where topic = 'batch.run'", null, default);
        });
        return id;
    }

    private static IReadOnlyList<string> Statuses(Outcome outcome) => [.. outcome.Result!["steps"]!.AsArray().Select(s => s!["status"]!.GetValue<string>())];
}

public sealed class OnboardingOnSqlite() : OnboardingTests(TestStore.Sqlite);

public sealed class OnboardingOnPostgres() : OnboardingTests(TestStore.Postgres);
