using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;
using ControlChat.Core.Gate.Policies;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.Core.Tools.Invitations;

/// <summary>What is asked of letting somebody into a workspace is asked of inviting them there, however that is asked for.</summary>
public abstract class InvitationPolicyTests(TestStore store) : InvitationBench(store)
{
    [Theory, InlineData(null), InlineData("nora@example.org")]
    public async Task A_saved_rule_of_letting_somebody_in_holds(string? email)
    {
        var rule = new PolicyRule("", "confirm_recent") { Tool = "workspace.add_collaborator", Argument = new ArgumentCondition("role", "equals", ["owner"]) };
        await SaveAsync(rule);
        var asked = await AskAsync(Olga, "invitation.create", Arguments("owner", email));
        Assert.Equal(("confirmation_required", "confirm_recent"), (asked.Status, asked.Plan!.Decision));
        Assert.StartsWith("rule:", (string?)asked.Plan.Policy!["by"], StringComparison.Ordinal);
        Assert.Equal("confirm", (await AskAsync(Olga, "invitation.create", Arguments("viewer", email))).Plan!.Decision);
        // On the hub itself nobody is let into a workspace.
        Assert.Equal("confirm", (await AskAsync(Admin, "invitation.create", new { email = "nora@example.org" })).Plan!.Decision);
    }

    [Fact]
    public async Task A_saved_rule_holds_within_a_batch_and_for_the_undo_of_a_revocation()
    {
        await SaveAsync(new PolicyRule("", "confirm_recent") { Tool = "workspace.add_collaborator", Argument = new ArgumentCondition("workspace_id", "equals", [Workspace]) });
        var batch = await AskAsync(Olga, "plan.batch", new { steps = new[] { new { tool = "invitation.create", arguments = Arguments("viewer", "nora@example.org") } } });
        Assert.Equal("confirm_recent", batch.Plan!.Decision);
        var revoke = await AskAsync(Olga, "invitation.revoke", new { invitation_id = await InviteToAsync("nora@example.org") });
        Assert.Equal("confirm", revoke.Plan!.Decision);
        var undo = await AskAsync(Olga, "undo", new { action_id = (await ApproveAsync(Olga, revoke)).ActionId });
        Assert.Equal("confirm_recent", undo.Plan!.Decision);
    }

    protected Dictionary<string, string> Arguments(string role, string? email)
    {
        var arguments = new Dictionary<string, string> { ["workspace_id"] = Workspace, ["workspace_role"] = role };
        if (email is not null) arguments["email"] = email;
        return arguments;
    }

    private async Task SaveAsync(PolicyRule rule)
    {
        var desk = Hub.Services.GetRequiredService<PolicyDesk>();
        var version = (await desk.ReadAsync(Admin, default))!.Version;
        Assert.IsType<PolicySave.Done>(await desk.SaveAsync(Admin, new PolicyProposal(version, [rule], "because", Unseen: true), default));
    }

    private async Task<Outcome> ApproveAsync(Principal person, Outcome asked)
    {
        var approvals = Hub.Services.GetRequiredService<IApprovals>();
        var open = (await approvals.OpenAsync(person, asked.ApprovalId!, default))!;
        return Assert.IsType<ApprovalDecision.Done>(await approvals.ApproveAsync(person, asked.ApprovalId!, new ApproveRequest(open.ConfirmToken), default)).Outcome;
    }
}

public sealed class InvitationPolicyOnSqlite() : InvitationPolicyTests(TestStore.Sqlite);

public sealed class InvitationPolicyOnPostgres() : InvitationPolicyTests(TestStore.Postgres);

/// <summary>The same of the operator's floor.</summary>
public sealed class InvitationUnderAFloorTests() : InvitationBench(TestStore.Sqlite)
{
    protected override string[] Settings => ["--Policy:Tools:workspace.add_collaborator=confirm_recent"];

    [Fact]
    public async Task The_operators_floor_of_letting_somebody_in_holds()
    {
        var asked = await AskAsync(Olga, "invitation.create", new { workspace_id = Workspace });
        Assert.Equal(("confirm_recent", "operator:tool:workspace.add_collaborator"), (asked.Plan!.Decision, (string?)asked.Plan.Policy!["by"]));
        Assert.Equal("confirm", (await AskAsync(Admin, "invitation.create", new { email = "nora@example.org" })).Plan!.Decision);
    }
}
