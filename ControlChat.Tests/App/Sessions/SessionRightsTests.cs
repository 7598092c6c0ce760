using System.Net.Http.Headers;
using ControlChat.Core.Accounts;
using ControlChat.Tests.Core.Sessions;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.Sessions;

/// <summary>What others than its owner may do with a session, each by the rights they have now.</summary>
public sealed class SessionRightsTests : IAsyncLifetime
{
    private SessionHub _hub = null!;
    private string _session = "";

    public async ValueTask InitializeAsync()
    {
        _hub = await SessionHub.StartAsync();
        await _hub.Bench.Database.WriteAsync(async t =>
        {
            foreach (var (id, role) in new[] { ("acc_viewer", "member"), ("acc_collaborator", "member"), ("acc_stranger", "member"), ("acc_admin", "admin") })
                await t.ExecuteAsync("insert into accounts (id, name, email, role, created_at) values (@id, @id, @email, @role, hub_now())", new { id, email = $"{id}@example.org", role }, default);
            foreach (var role in new[] { "viewer", "collaborator" })
                await t.ExecuteAsync("insert into workspace_members (workspace_id, account_id, role, state, updated_at) values (@Workspace, @account, @role, 'active', hub_now())", new { _hub.Workspace, account = $"acc_{role}", role }, default);
            return true;
        });
        _hub.Bench.Model.Enqueue([.. Enumerable.Repeat(ScriptedModel.Reply.Text("Yes."), 10)]);
        _session = await _hub.BeginAsync();
        await _hub.UntilAsync(_session, "idle");
    }

    public ValueTask DisposeAsync() => _hub.DisposeAsync();

    [Theory]
    [InlineData("viewer", 200, 403, 403, 403)]
    [InlineData("collaborator", 200, 202, 202, 202)]
    [InlineData("stranger", 404, 404, 404, 404)]
    [InlineData("admin", 200, 403, 403, 202)]
    public async Task Each_may_what_their_role_says(string role, int look, int say, int interrupt, int stop)
    {
        using var client = await ClientAsync($"acc_{role}", TokenScopes.All);
        Assert.Equal(look, await GetAsync(client, $"/api/v1/sessions/{_session}"));
        foreach (var part in new[] { "events", "events?text=x", "transcript", "transcript?format=md", "transcript/verify" })
            Assert.Equal((part, look), (part, await GetAsync(client, $"/api/v1/sessions/{_session}/{part}")));
        Assert.Equal(say, (await TestHub.PostAsync(client, $"/api/v1/sessions/{_session}/messages", new { request_id = "req-say-1234", text = "Hello." })).Status);
        Assert.Equal(interrupt, (await TestHub.PostAsync(client, $"/api/v1/sessions/{_session}/interrupt")).Status);
        Assert.Empty((await TestHub.JsonAsync(client, "/api/v1/sessions"))["items"]!.AsArray());
        Assert.Equal(role == "admin" ? 1 : 0, (await TestHub.JsonAsync(client, "/api/v1/sessions?all=true"))["items"]!.AsArray().Count(s => s!["id"]!.GetValue<string>() == _session));
        using var answer = await client.DeleteAsync(new Uri($"/api/v1/sessions/{_session}", UriKind.Relative));
        Assert.Equal(stop, (int)answer.StatusCode);
        Assert.Equal(stop == 202, await _hub.StateAsync(_session) == "ended");
    }

    [Theory]
    [InlineData("viewer", 403)]
    [InlineData("collaborator", 202)]
    [InlineData("stranger", 404)]
    [InlineData("admin", 404)]
    public async Task Who_may_work_in_the_workspace_may_start_an_agent_there(string role, int expected)
    {
        using var client = await ClientAsync($"acc_{role}", TokenScopes.All);
        Assert.Equal(expected, (await TestHub.PostAsync(client, "/api/v1/sessions", new { request_id = "req-start-123", workspace_id = _hub.Workspace, mode = "chat" })).Status);
    }

    [Theory]
    [InlineData("viewer", "session", 403)]
    [InlineData("viewer", "all", 403)]
    [InlineData("admin", "all", 200)]
    [InlineData("admin", "session", 200)]
    [InlineData("collaborator", "mine", 200)]
    public async Task Panic_reaches_as_far_as_its_rights(string role, string scope, int expected)
    {
        using var client = await ClientAsync($"acc_{role}", TokenScopes.All);
        var (status, _) = await TestHub.PostAsync(client, "/api/v1/sessions/panic-stop", new { scope, session_id = scope == "session" ? _session : null });
        Assert.Equal(expected, status);
        Assert.Equal(role == "admin", await _hub.StateAsync(_session) == "ended");
    }

    [Fact]
    public async Task A_token_that_only_reads_only_looks()
    {
        using var client = await ClientAsync(_hub.Hub.Person.AccountId, TokenScopes.Read);
        Assert.Equal(200, await GetAsync(client, $"/api/v1/sessions/{_session}"));
        foreach (var (path, body) in new (string, object)[]
        {
            ("/api/v1/sessions", new { request_id = "req-read-1234", workspace_id = _hub.Workspace, mode = "chat" }), ($"/api/v1/sessions/{_session}/messages", new { request_id = "req-read-5678", text = "Go." }),
            ($"/api/v1/sessions/{_session}/interrupt", new { }), ("/api/v1/sessions/panic-stop", new { scope = "mine" }),
        })
        {
            var (status, answer) = await TestHub.PostAsync(client, path, body);
            Assert.Equal((path, 403, "scope_missing"), (path, status, answer["code"]!.GetValue<string>()));
        }
        using var stopped = await client.DeleteAsync(new Uri($"/api/v1/sessions/{_session}", UriKind.Relative));
        Assert.Equal(403, (int)stopped.StatusCode);
        Assert.Equal("idle", await _hub.StateAsync(_session));
    }

    [Fact]
    public async Task Who_is_removed_has_no_agent_there_any_more()
    {
        using var client = await ClientAsync("acc_collaborator", TokenScopes.All);
        var (_, begun) = await TestHub.PostAsync(client, "/api/v1/sessions", new { request_id = "req-start-456", workspace_id = _hub.Workspace, mode = "chat" });
        var id = begun["id"]!.GetValue<string>();
        await _hub.Bench.Database.WriteAsync(async t =>
        {
            await t.ExecuteAsync("delete from workspace_members where account_id = 'acc_collaborator'", null, default);
            return true;
        });
        await Waiting.UntilAsync(async () => (await TestHub.JsonAsync(client, $"/api/v1/sessions/{id}"))["state"]!.GetValue<string>() == "ended", TimeSpan.FromSeconds(60));
        var ended = await TestHub.JsonAsync(client, $"/api/v1/sessions/{id}");
        Assert.Equal(("revoked", "The owner of the session is no member of the workspace any more."), (ended["end_reason"]!.GetValue<string>(), ended["error"]!.GetValue<string>()));
        // It stays for its owner to read.
        Assert.Equal(403, (await TestHub.PostAsync(client, $"/api/v1/sessions/{id}/messages", new { request_id = "req-after-123", text = "Go." })).Status);
    }

    private static async Task<int> GetAsync(HttpClient client, string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.ParseAdd("application/json");
        using var answer = await client.SendAsync(request);
        return (int)answer.StatusCode;
    }

    private async Task<HttpClient> ClientAsync(string account, TokenScopes scopes)
    {
        var (_, secret) = await _hub.Hub.Services.GetRequiredService<ApiTokens>().CreateAsync(account, new ApiTokenRequest("test", scopes, 30), AccountActor.Of(_hub.Hub.Person), CancellationToken.None);
        var client = _hub.Hub.CreateClient();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        return client;
    }
}
