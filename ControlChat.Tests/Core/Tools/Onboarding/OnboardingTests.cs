using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Runner;
using ControlChat.Core.Runner.Offline;
using ControlChat.Core.Tools.Onboarding;
using ControlChat.Core.Workspaces.Hosts;
using ControlChat.Tests.Core.Tools.Invitations;
using ControlChat.Tests.Core.Workspaces;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Xunit;

namespace ControlChat.Tests.Core.Tools.Onboarding;

/// <summary>Twelve students by the real gate: one plan, each person to leave out, stopped half-way, the rest planned, nobody invited twice.</summary>
public abstract class OnboardingTests(TestStore store) : InvitationBench(store)
{
    private const int People = 12;
    private readonly FakeHosts _hosts = new();

    protected override void More(IServiceCollection services) => services.Replace(ServiceDescriptor.Singleton<IHostDriver>(_hosts));

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
    public async Task An_onboarding_with_hosts_is_undone_whole_while_the_hosts_still_stop()
    {
        var asked = await OnboardAsync(Ana, new OnboardingOrder(null, "collaborator", "small"), "email\na@example.org\nb@example.org\nc@example.org");
        var done = await ApproveAsync(Ana, asked, []);
        var keeper = Hub.Services.GetRequiredService<HostKeeper>();
        await keeper.LookAsync(default);
        Assert.Equal((3L, 3), (await CountAsync("workspace_hosts where state = 'on'"), _hosts.Running.Count));
        var ending = new TaskCompletionSource();
        _hosts.Ending = ending.Task;
        var undo = await AskAsync(Ana, "undo", new { action_id = done.ActionId });
        var undone = await ApproveAsync(Ana, undo, []);
        Assert.Equal(("completed", 9), (undone.Status, Statuses(undone).Count(s => s == "completed")));
        Assert.Equal((3L, 3L, 3L), (await CountAsync("workspace_hosts where state = 'stopping'"), await CountAsync("workspaces where state = 'trashed'"), await CountAsync("invitations where revoked_at is not null")));
        ending.SetResult();
        await keeper.LookAsync(default);
        Assert.Equal((3L, 0), (await CountAsync("workspace_hosts where state = 'off'"), _hosts.Running.Count));
        Assert.Equal(3, await CountAsync("audit where tool = 'workspace.stop_host' and body like '%\"host\":\"off\"%'"));
    }

    [Fact]
    public async Task Steps_with_nothing_to_do_hold_up_no_other_and_cost_nothing()
    {
        var (on, off) = (await WorkspaceAsync("On", Ana), await WorkspaceAsync("Off", Ana));
        await ApproveAsync(Ana, await AskAsync(Ana, "workspace.start_host", new { workspace_id = on, size = "small" }), []);
        var revoked = await InviteAsync(Ana, new { email = "a@example.org", workspace_id = on });
        await DoAsync(Ana, "invitation.revoke", new { invitation_id = revoked });
        var asked = await AskAsync(Ana, "plan.batch", new
        {
            steps = new (string Tool, object Arguments)[]
            {
                ("workspace.rename", new { workspace_id = on, title = "On" }), ("workspace.tag", new { workspace_id = on, remove = (string[])["x"] }), ("workspace.pin", new { workspace_id = on, pinned = false }),
                ("workspace.unarchive", new { workspace_id = on }), ("workspace.set_role", new { workspace_id = on, account = Ana.AccountId, role = "owner" }), ("invitation.revoke", new { invitation_id = revoked }),
                ("workspace.stop_host", new { workspace_id = off }), ("workspace.start_host", new { workspace_id = on, size = "small" }), ("config.set", new { key = "Ui:Theme", value = (string?)null }),
                ("workspace.start_host", new { workspace_id = off, size = "small" }),
            }.Select(s => new { tool = s.Tool, arguments = s.Arguments }),
            cost_cap = new { amount = "0.10", currency = "EUR", per = "hour" },
        });
        Assert.Equal(("confirmation_required", new Cost("0.10", "EUR", "hour")), (asked.Status, asked.Plan!.Cost));
        Assert.All(asked.Plan.Steps!.SkipLast(1), s => Assert.Empty(s.Effects));
        var done = await ApproveAsync(Ana, asked, []);
        Assert.Equal("completed", done.Status);
        Assert.All(Statuses(done), s => Assert.Equal("completed", s));
        Assert.Equal("On", (string?)done.Result!["steps"]![0]!["result"]!["workspace"]!["title"]);
        Assert.Equal(2, await CountAsync("workspace_hosts"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_invitation_that_ran_out_does_not_keep_the_others_from_being_undone(bool meanwhile)
    {
        var done = await ApproveAsync(Olga, await OnboardAsync(Olga, new OnboardingOrder(Workspace, "viewer"), "a@example.org\nb@example.org\nc@example.org"), []);
        Task RunOutAsync() => WriteAsync(t => t.ExecuteAsync("update invitations set expires_at = created_at where email = 'b@example.org'", null, default));
        if (!meanwhile) await RunOutAsync();
        var undo = await AskAsync(Olga, "undo", new { action_id = done.ActionId });
        Assert.Equal("confirmation_required", undo.Status);
        if (meanwhile) await RunOutAsync();
        Assert.Equal("completed", (await ApproveAsync(Olga, undo, [])).Status);
        Assert.Equal(meanwhile ? 3 : 2, await CountAsync("invitations where revoked_at is not null"));
        Assert.Equal(0, await CountAsync("invitations where revoked_at is null and expires_at > created_at"));
    }

    [Fact]
    public async Task What_became_of_it_is_told_step_by_step_with_whom_it_was_about()
    {
        var asked = await OnboardAsync(Ana, new OnboardingOrder(null, "collaborator", "small"), "email,name\na@example.org,Ada\nb@example.org,Ben");
        var told = Told(await ApproveAsync(Ana, asked, [3]));
        Assert.StartsWith("3 of 3 steps done. 3 left out. Undo is offered on the receipt.", told, StringComparison.Ordinal);
        Assert.Contains("| 1 | workspace\\.create 'Ada' | completed |", told, StringComparison.Ordinal);
        Assert.Contains("| 2 | invitation\\.create 'a\\@example\\.org' | completed |", told, StringComparison.Ordinal);
        Assert.Contains("| 3 | workspace\\.start\\_host 'Ada' | completed |", told, StringComparison.Ordinal);
        Assert.Contains("| 5 | invitation\\.create 'b\\@example\\.org' | left out |", told, StringComparison.Ordinal);
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
        var told = Told(stopped);
        Assert.StartsWith("7 of 24 steps done.", told, StringComparison.Ordinal);
        Assert.Contains("| 10 | invitation\\.create 'student4\\@example\\.org' | not run |", told, StringComparison.Ordinal);
        Assert.EndsWith("What was done stays done; the rest was not started.", told, StringComparison.Ordinal);
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

    // As the planner without a model tells it, from what it is handed.
    private static string Told(Outcome outcome) => OutcomeText.Render([OutcomeView.Of(ToolResult.Of(Json.Write(outcome)))]);

    private static IReadOnlyList<string> Statuses(Outcome outcome) => [.. outcome.Result!["steps"]!.AsArray().Select(s => s!["status"]!.GetValue<string>())];
}

public sealed class OnboardingOnSqlite() : OnboardingTests(TestStore.Sqlite);

public sealed class OnboardingOnPostgres() : OnboardingTests(TestStore.Postgres);
