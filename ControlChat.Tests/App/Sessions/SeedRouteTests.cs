using System.Net.Http.Json;
using ControlChat.Core.Accounts;
using ControlChat.ScriptedModel;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.Sessions;

/// <summary>The routes of the first design (R61-R64), word for word.</summary>
public sealed class SeedRouteTests
{
    [Fact]
    public async Task A_session_is_started_talked_to_and_ended_with_the_answers_of_the_first_design()
    {
        await using var hub = await SessionHub.StartAsync();
        hub.Bench.Model.Enqueue(Reply.Text("The first."), Reply.Text("The second."));
        var chat = $"/runs/{hub.Workspace}/default/agent/chat";
        var (status, body) = await TestHub.PostAsync(hub.Hub.Browser, chat, new { initial_message = "Hello." });
        var id = body["session_id"]!.GetValue<string>();
        Assert.Equal((200, $"stream:{id}", "initializing"), (status, (string?)body["redis_channel"], (string?)body["status"]));
        Assert.StartsWith("act_", (string?)body["job_id"], StringComparison.Ordinal);
        Assert.Equal(["session_id", "job_id", "redis_channel", "status"], body.Select(p => p.Key));
        await hub.SaidAsync(id, "The first.");
        await hub.UntilAsync(id, "idle");
        var (said, sent) = await TestHub.PostAsync(hub.Hub.Browser, $"{chat}/{id}", new { message = "And now?" });
        Assert.Equal((200, """{"status":"sent"}"""), (said, sent.ToJsonString()));
        await hub.SaidAsync(id, "The second.");
        foreach (var empty in (object[])[new { }, new { message = " " }, new { message = "" }])
        {
            var (refused, why) = await TestHub.PostAsync(hub.Hub.Browser, $"{chat}/{id}", empty);
            Assert.Equal((400, """{"error":"No message provided"}"""), (refused, why.ToJsonString()));
        }
        using var none = await hub.Hub.Browser.PostAsync(new Uri($"{chat}/{id}", UriKind.Relative), null);
        Assert.Equal((400, """{"error":"No message provided"}"""), ((int)none.StatusCode, await none.Content.ReadAsStringAsync()));
        using var ended = await hub.Hub.Browser.DeleteAsync(new Uri($"{chat}/{id}", UriKind.Relative));
        Assert.Equal((200, """{"status":"terminated"}"""), ((int)ended.StatusCode, await ended.Content.ReadAsStringAsync()));
        Assert.Equal("stopped", (string?)(await hub.FindAsync(id))["end_reason"]);
        Assert.Equal(409, (await TestHub.PostAsync(hub.Hub.Browser, $"{chat}/{id}", new { message = "More." })).Status);
    }

    [Fact]
    public async Task Each_has_the_rights_of_the_sessions_own_routes()
    {
        await using var hub = await SessionHub.StartAsync();
        var chat = $"/runs/{hub.Workspace}/default/agent/chat";
        var (status, body) = await TestHub.PostAsync(hub.Hub.Browser, chat);
        Assert.Equal(200, status);
        var one = $"{chat}/{body["session_id"]}";
        var reader = await hub.Hub.TokenAsync(TokenScopes.Read);
        Assert.Equal("403 403 403", await EachAsync(reader, chat, one));
        Assert.Equal("401 401 401", await EachAsync(hub.Hub.Anonymous, chat, one));
        var stranger = await ClientAsync(hub, "acc_stranger", "member", null);
        Assert.Equal("404 404 404", await EachAsync(stranger, chat, one));
        var viewer = await ClientAsync(hub, "acc_viewer", "member", "viewer");
        Assert.Equal("403 403 403", await EachAsync(viewer, chat, one));
        var admin = await ClientAsync(hub, "acc_admin", "admin", null);
        // An admin sees and ends every session, and works where they belong only.
        Assert.Equal("404 403", await EachAsync(admin, chat, one, delete: false));
        Assert.Equal("404 404 404", await EachAsync(hub.Hub.Browser, "/runs/ws_0123456789abcdef0123456789abcdef/default/agent/chat", $"/runs/ws_0123456789abcdef0123456789abcdef/default/agent/chat/{body["session_id"]}"));
        Assert.Equal(404, (await TestHub.PostAsync(hub.Hub.Browser, "/runs/Place/default/agent/chat")).Status);
        Assert.Equal(404, (await TestHub.PostAsync(hub.Hub.Browser, $"/runs/{hub.Workspace}/documents/agent/chat/{body["session_id"]}", new { message = "x" })).Status);
        Assert.Equal(422, (await TestHub.PostAsync(hub.Hub.Browser, $"/runs/{hub.Workspace}/none/agent/chat")).Status);
        Assert.Equal(422, (await TestHub.PostAsync(hub.Hub.Browser, chat, new { more = 1 })).Status);
        using var ended = await admin.DeleteAsync(new Uri(one, UriKind.Relative));
        Assert.Equal(200, (int)ended.StatusCode);
    }

    [Fact]
    public async Task A_browser_shows_its_own_token_and_comes_from_the_hubs_own_pages()
    {
        await using var hub = await SessionHub.StartAsync();
        var chat = $"/runs/{hub.Workspace}/default/agent/chat";
        hub.Hub.Browser.DefaultRequestHeaders.Remove("Origin");
        hub.Hub.Browser.DefaultRequestHeaders.Add("Origin", "http://127.0.0.1:1");
        Assert.Equal((403, "csrf"), await CodeAsync(hub.Hub.Browser, chat));
        hub.Hub.Browser.DefaultRequestHeaders.Remove("Origin");
        hub.Hub.Browser.DefaultRequestHeaders.Add("Origin", hub.Hub.Url);
        hub.Hub.Browser.DefaultRequestHeaders.Remove("X-CSRF-Token");
        Assert.Equal((403, "csrf"), await CodeAsync(hub.Hub.Browser, chat));
        Assert.Empty((await TestHub.JsonAsync(hub.Hub.Browser, "/api/v1/sessions?open=true"))["items"]!.AsArray());
        Assert.Equal(200, (await TestHub.PostAsync(await hub.Hub.TokenAsync(), chat)).Status);
    }

    private static async Task<(int, string?)> CodeAsync(HttpClient client, string path)
    {
        var (status, body) = await TestHub.PostAsync(client, path);
        return (status, (string?)body["code"]);
    }

    private static async Task<string> EachAsync(HttpClient client, string chat, string one, bool delete = true)
    {
        using var start = await client.PostAsJsonAsync(new Uri(chat, UriKind.Relative), new { });
        using var say = await client.PostAsJsonAsync(new Uri(one, UriKind.Relative), new { message = "Hello." });
        if (!delete) return $"{(int)start.StatusCode} {(int)say.StatusCode}";
        using var end = await client.DeleteAsync(new Uri(one, UriKind.Relative));
        return $"{(int)start.StatusCode} {(int)say.StatusCode} {(int)end.StatusCode}";
    }

    // An account of its own, with a token that may do what it may.
    private static async Task<HttpClient> ClientAsync(SessionHub hub, string account, string role, string? member)
    {
        await Core.Sessions.SessionBench.WriteAsync(hub.Bench.Database, async t =>
        {
            await t.ExecuteAsync("insert into accounts (id, name, email, role, created_at) values (@account, @account, @email, @role, hub_now())", new { account, email = $"{account}@example.org", role }, default);
            if (member is not null) await t.ExecuteAsync("insert into workspace_members (workspace_id, account_id, role, state, updated_at) select id, @account, @member, state, updated_at from workspaces where id = @Workspace", new { account, member, hub.Workspace }, default);
            return true;
        });
        var (_, secret) = await hub.Hub.Services.GetRequiredService<ApiTokens>().CreateAsync(account, new ApiTokenRequest("test", TokenScopes.All, 1), AccountActor.Of(hub.Hub.Person), CancellationToken.None);
        var client = hub.Hub.CreateClient();
        client.DefaultRequestHeaders.Authorization = new("Bearer", secret);
        return client;
    }
}
