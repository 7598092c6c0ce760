using System.Text.Json.Nodes;
using ControlChat.Faults;
using ControlChat.Harness;
using Xunit;

namespace ControlChat.Journeys;

/// <summary>What one node of a team's hub decides, the other obeys at once. Nothing here waits for anything.</summary>
public sealed class TwoNodesJourney(TwoNodesJourney.TwoNodes nodes) : IClassFixture<TwoNodesJourney.TwoNodes>
{
    private const string Mara = "mara@halden.example";
    private readonly Bed _bed = nodes.Bed;

    private HubClient Here => _bed.Clients[0];

    private HubClient There => _bed.Clients[1];

    [Fact]
    public async Task A_stolen_token_that_is_revoked_on_one_node_is_dead_on_the_other()
    {
        var stolen = await _bed.Hub.RunAsync("token", "create", "--name", "stolen", "--scopes", "read,write");
        var id = stolen.Errors.Split(' ').First(w => w.StartsWith("tok_", StringComparison.Ordinal));
        using var thief = HubClient.WithToken(_bed.Nodes[1].Url, stolen.Output.Trim());
        var workspace = await _bed.CreateWorkspaceAsync("Billing");
        Assert.Equal(200, (await thief.CallAsync("workspace.list", [])).Status);
        var planned = await thief.CallAsync("workspace.rename", Named(workspace, "Stolen"), dryRun: true);
        var asked = await thief.CallAsync("workspace.archive", Of(workspace));
        Assert.Equal((200, 202), (planned.Status, asked.Status));

        Assert.Equal(0, (await _bed.Hub.RunAsync("token", "revoke", id)).Code);
        Assert.Equal(401, (await thief.CallAsync("workspace.list", [])).Status);
        Assert.Equal(401, (await thief.PostAsync($"/api/v1/plans/{planned.Json["plan"]!["id"]}/apply", new JsonObject { ["request_id"] = "apply-stolen" })).Status);
        // What it had asked for is nobody's wish any more, whoever approves it.
        var approved = await Bed.ApproveAsync(There, await _bed.OpenAsync(asked.Field("approval_id")!));
        Assert.Equal((403, "denied"), (approved.Status, approved.Field("code")));
        Assert.Equal("active", await _bed.StateOfAsync(workspace));
        Assert.Equal(1, await _bed.CountAsync("Billing"));
    }

    [Fact]
    public async Task A_role_taken_away_on_one_node_between_plan_and_apply_stops_the_apply_on_the_other()
    {
        Assert.Equal(0, (await _bed.Hub.RunAsync("account", "create", "--email", Mara, "--name", "Mara", "--role", "member")).Code);
        var token = (await _bed.Hub.RunAsync("token", "create", "--name", "Mara's", "--scopes", "read,write", "--account", Mara)).Output.Trim();
        using var mara = HubClient.WithToken(_bed.Nodes[1].Url, token);
        var workspace = await _bed.CreateWorkspaceAsync("Taxes");
        await DecideAsync(Here, "workspace.add_collaborator", new JsonObject { ["workspace_id"] = workspace, ["account"] = Mara, ["role"] = "collaborator" });
        var first = await PlanAsync(mara, workspace);
        var second = await PlanAsync(mara, workspace);

        await DecideAsync(Here, "workspace.set_role", new JsonObject { ["workspace_id"] = workspace, ["account"] = Mara, ["role"] = "viewer" });
        var refused = await ApplyAsync(mara, first);
        Assert.Equal((403, "denied"), (refused.Status, refused.Field("code")));

        await DecideAsync(Here, "workspace.remove_collaborator", new JsonObject { ["workspace_id"] = workspace, ["account"] = Mara });
        Assert.Equal(404, (await ApplyAsync(mara, second)).Status);
        Assert.Equal(404, (await mara.CallAsync("workspace.get", Of(workspace))).Status);
        Assert.Equal(1, await _bed.CountAsync("Taxes"));

        Assert.Equal(0, (await _bed.Hub.RunAsync("account", "close", Mara)).Code);
        Assert.Equal(401, (await mara.CallAsync("workspace.list", [])).Status);
    }

    [Fact]
    public async Task A_hub_frozen_on_one_node_applies_nothing_on_the_other()
    {
        var workspace = await _bed.CreateWorkspaceAsync("Archive");
        var approval = await _bed.AskAsync("workspace.archive", Of(workspace));
        var frozen = await Here.PostAsync("/api/v1/freezes", new JsonObject { ["scope"] = "hub", ["reason"] = "a drill" });
        Assert.InRange(frozen.Status, 200, 201);
        Assert.Equal(423, (await Bed.ApproveAsync(There, approval)).Status);
        Assert.Equal(423, (await There.CallAsync("workspace.create", new JsonObject { ["title"] = "Late" })).Status);
        Assert.Equal("active", await _bed.StateOfAsync(workspace));
        Assert.InRange((await There.SendAsync(HttpMethod.Delete, $"/api/v1/freezes/{frozen.Field("id")}", null)).Status, 200, 204);
        Assert.Equal(200, (await Bed.ApproveAsync(Here, await _bed.OpenAsync(approval.Id))).Status);
    }

    [Fact]
    public async Task A_browser_signed_out_on_one_node_is_signed_out_on_the_other()
    {
        using var browser = await _bed.SecondBrowserAsync();
        using var elsewhere = await HubClient.ResumeAsync(_bed.Nodes[1], browser.Cookies);
        Assert.Equal(204, (await browser.PostAsync("/logout")).Status);
        Assert.Equal(401, (await elsewhere.GetAsync("/api/v1/me")).Status);
    }

    private static JsonObject Of(string workspace) => new() { ["workspace_id"] = workspace };

    private static JsonObject Named(string workspace, string title) => new() { ["workspace_id"] = workspace, ["title"] = title };

    private async Task DecideAsync(HubClient client, string tool, JsonObject arguments) =>
        Assert.Equal(200, (await Bed.ApproveAsync(client, await _bed.AskAsync(tool, arguments))).Status);

    private static async Task<string> PlanAsync(HubClient client, string workspace)
    {
        var planned = await client.CallAsync("workspace.rename", Named(workspace, "Mara's"), dryRun: true);
        return planned.Json["plan"]?["id"]?.GetValue<string>() ?? throw new InvalidOperationException(planned.Text);
    }

    private static Task<HubAnswer> ApplyAsync(HubClient client, string plan) =>
        client.PostAsync($"/api/v1/plans/{plan}/apply", new JsonObject { ["request_id"] = $"apply-{Guid.CreateVersion7():N}" });

    /// <summary>One hub for all of this: each test has workspaces of its own.</summary>
    public sealed class TwoNodes : IAsyncLifetime
    {
        public Bed Bed { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Bed = await Bed.MakeAsync(new FaultRun(FaultRun.Postgres, 1, 1, _ => { }));

        public ValueTask DisposeAsync() => Bed.DisposeAsync();
    }
}
