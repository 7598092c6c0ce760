using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.App.Approvals;

/// <summary>Over REST a person can ask for what they themselves may decide; no route reads or changes the policy.</summary>
public sealed class DecidableOverRestTests : IAsyncLifetime
{
    private TestHub _hub = null!;
    private int _requests;

    public async ValueTask InitializeAsync() => _hub = await TestHub.StartAsync(args: ["--Policy:Tools:workspace.delete=second_person"]);

    public ValueTask DisposeAsync() => _hub.DisposeAsync();

    [Fact]
    public async Task Decidable_lists_what_the_caller_may_decide_and_nothing_else()
    {
        var workspace = (await CallAsync("workspace.create", new { title = "river" }))["result"]!["workspace"]?["id"] ?? (await TestHub.JsonAsync(_hub.Browser, "/api/v1/audit?tool=workspace.create"))["items"]![0]!["workspace_id"];
        var own = (string?)(await CallAsync("workspace.archive", new { workspace_id = (string)workspace! }))["approval_id"];
        var others = await CallAsync("workspace.delete", new { workspace_id = (string)workspace! });
        Assert.Equal(("second_person", "operator:tool:workspace.delete"), ((string?)others["plan"]!["decision"], (string?)others["plan"]!["policy"]!["by"]));
        var all = (await TestHub.JsonAsync(_hub.Browser, "/api/v1/approvals?status=pending"))["items"]!.AsArray();
        var decidable = (await TestHub.JsonAsync(_hub.Browser, "/api/v1/approvals?decidable=true"))["items"]!.AsArray();
        Assert.Equal(2, all.Count);
        Assert.Equal(own, (string?)Assert.Single(decidable)!["id"]);
        Assert.Equal("You asked for this, so another person must approve it.", (string?)all.Single(a => (string?)a!["id"] != own)!["why_not"]);
        Assert.Empty((await TestHub.JsonAsync(await _hub.TokenAsync(), "/api/v1/approvals?decidable=true"))["items"]!.AsArray());
        var (status, refused) = await TestHub.PostAsync(_hub.Browser, $"/api/v1/approvals/{(string)others["approval_id"]!}/approve", new { confirm_token = "x" });
        Assert.Equal((403, "second_person_required"), (status, (string?)refused["code"]));
    }

    [Theory]
    [InlineData("GET", "/api/v1/policy")]
    [InlineData("POST", "/api/v1/policy")]
    [InlineData("PUT", "/api/v1/policy")]
    [InlineData("POST", "/api/v1/tools/policy.set")]
    public async Task No_route_and_no_tool_leads_to_the_policy(string method, string path)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (method != "GET") request.Content = System.Net.Http.Json.JsonContent.Create(new { request_id = "policy-0001", arguments = new { } });
        using var answer = await _hub.Browser.SendAsync(request);
        Assert.Equal(404, (int)answer.StatusCode);
        var tools = (await TestHub.JsonAsync(_hub.Browser, "/api/v1/tools")).ToJsonString();
        Assert.DoesNotContain("\"policy.", tools, StringComparison.Ordinal);
    }

    private async Task<System.Text.Json.Nodes.JsonObject> CallAsync(string tool, object arguments) =>
        (await TestHub.PostAsync(_hub.Browser, $"/api/v1/tools/{tool}", new { request_id = $"decidable-{++_requests:000}", arguments })).Body;
}
