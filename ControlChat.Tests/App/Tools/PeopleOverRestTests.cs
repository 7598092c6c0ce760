using System.Text.Json.Nodes;
using ControlChat.Core.Hub;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.Tools;

/// <summary>Letting people into a workspace, through the real app: asked, approved, undone, frozen.</summary>
public sealed class PeopleOverRestTests : IAsyncLifetime
{
    private TestHub _hub = null!;
    private string _id = "";
    private int _requests;

    public async ValueTask InitializeAsync()
    {
        _hub = await TestHub.StartAsync();
        await using (var transaction = await _hub.Services.GetRequiredService<HubDatabase>().BeginAsync(CancellationToken.None))
        {
            await transaction.ExecuteAsync("insert into accounts (id, name, email, role, created_at) values ('acc_mara', 'Mara', 'mara@example.org', 'member', hub_now())", null, CancellationToken.None);
            await transaction.CommitAsync(CancellationToken.None);
        }
        _id = (string)(await CallAsync("workspace.create", new { title = "w" })).Body["result"]!["workspace"]!["id"]!;
    }

    public ValueTask DisposeAsync() => _hub.DisposeAsync();

    [Fact]
    public async Task Somebody_is_let_in_by_a_decision_and_out_again_by_its_undo()
    {
        var (status, asked) = await CallAsync("workspace.add_collaborator", new { workspace_id = _id, account = "mara@example.org", role = "viewer" });
        Assert.Equal((202, true, "confirm"), (status, (bool)asked["plan"]!["access"]!, (string)asked["plan"]!["decision"]!));
        // A rename in between is another matter: the plan is not stale.
        await CallAsync("workspace.rename", new { workspace_id = _id, title = "renamed" });
        var (done, added) = await ApproveAsync(asked);
        Assert.Equal((200, "viewer"), (done, (string?)added["result"]!["member"]!["role"]));
        var (_, undo) = await CallAsync("undo", new { action_id = (string)added["action_id"]! });
        Assert.True((bool)undo["plan"]!["access"]!);
        Assert.Equal(200, (await ApproveAsync(undo)).Status);
        Assert.Equal([_hub.Person.AccountId], await MembersAsync());
    }

    [Fact]
    public async Task What_moved_since_is_not_undone_and_a_plan_about_it_is_stale()
    {
        var added = await DoneAsync("workspace.add_collaborator", new { workspace_id = _id, account = "acc_mara", role = "viewer" });
        var (_, promote) = await CallAsync("workspace.set_role", new { workspace_id = _id, account = "acc_mara", role = "owner" });
        await DoneAsync("workspace.set_role", new { workspace_id = _id, account = "acc_mara", role = "collaborator" });
        Assert.Equal((409, "conflict"), await CodeAsync("undo", new { action_id = (string)added["action_id"]! }));
        var (status, stale) = await ApproveAsync(promote);
        Assert.Equal((409, "plan_stale"), (status, (string?)stale["code"]));
        Assert.Contains(stale["difference"]!.AsArray(), d => (string?)d!["resource"] == $"member/{_id}:acc_mara");
    }

    [Fact]
    public async Task A_freeze_of_the_workspace_stops_changes_of_its_people_and_its_host()
    {
        var (_, asked) = await CallAsync("workspace.add_collaborator", new { workspace_id = _id, account = "acc_mara", role = "viewer" });
        var (_, host) = await CallAsync("workspace.start_host", new { workspace_id = _id });
        Assert.Equal(201, (await TestHub.PostAsync(_hub.Browser, "/api/v1/freezes", new { scope = "workspace", target = _id, reason = "Looking." })).Status);
        Assert.Equal(423, (await ApproveAsync(asked)).Status);
        Assert.Equal(423, (await ApproveAsync(host)).Status);
        Assert.Equal([_hub.Person.AccountId], await MembersAsync());
    }

    private async Task<IEnumerable<string>> MembersAsync() =>
        (await CallAsync("workspace.get", new { workspace_id = _id })).Body["result"]!["members"]!.AsArray().Select(m => (string)m!["account_id"]!);

    private async Task<JsonObject> DoneAsync(string tool, object arguments)
    {
        var (status, outcome) = await ApproveAsync((await CallAsync(tool, arguments)).Body);
        Assert.Equal(200, status);
        return outcome;
    }

    private async Task<(int, string?)> CodeAsync(string tool, object arguments)
    {
        var (status, body) = await CallAsync(tool, arguments);
        return (status, (string?)body["code"]);
    }

    private Task<(int Status, JsonObject Body)> CallAsync(string tool, object arguments) =>
        TestHub.PostAsync(_hub.Browser, $"/api/v1/tools/{tool}", new { request_id = $"request-{Interlocked.Increment(ref _requests):000000}", arguments });

    private async Task<(int Status, JsonObject Body)> ApproveAsync(JsonObject asked)
    {
        var path = $"/api/v1/approvals/{asked["approval_id"]}";
        return await TestHub.PostAsync(_hub.Browser, path + "/approve", new { confirm_token = (string?)(await TestHub.JsonAsync(_hub.Browser, path))["confirm_token"] });
    }
}
