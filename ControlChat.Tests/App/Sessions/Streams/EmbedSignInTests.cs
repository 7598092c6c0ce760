using System.Text.Json.Nodes;
using ControlChat.Core.Accounts;
using ControlChat.Core.Sessions;
using ControlChat.Tests.Core.Sessions;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.Sessions.Streams;

/// <summary>The key of an embedded page: for one session, for little.</summary>
public sealed class EmbedSignInTests
{
    private const string Origins = "--Embed:Origins:0=https://parent.example";

    [Fact]
    public async Task A_ticket_signs_a_page_in_for_its_one_session()
    {
        await using var bench = await StreamBench.StartAsync(args: [Origins]);
        var program = await bench.Hub.TokenAsync();
        var (page, key) = await PageAsync(bench, await bench.TicketAsync(program, "control"));
        Assert.Equal((bench.Session, "control"), (key["session_id"]!.GetValue<string>(), key["access"]!.GetValue<string>()));
        Assert.Matches("^cce_[A-Za-z0-9_-]{43}$", key["token"]!.GetValue<string>());
        Assert.Equal(bench.Session, (await TestHub.JsonAsync(page, $"/api/v1/sessions/{bench.Session}"))["id"]!.GetValue<string>());
        foreach (var part in new[] { "transcript", "transcript?format=md", "transcript/verify" }) Assert.Equal((part, 200), (part, await GetAsync(page, $"/api/v1/sessions/{bench.Session}/{part}")));
        var stream = await bench.ConnectAsync(bench.Hub.Anonymous, $"?ticket={await bench.TicketAsync(page, "control")}");
        Assert.True((await stream.NextAsync("hello"))["may_control"]!.GetValue<bool>());

        var other = await bench.BeginAsync(SessionMode.Terminal);
        foreach (var path in new[] { $"/api/v1/sessions/{other}", $"/api/v1/sessions/{other}/transcript", $"/api/v1/sessions/{bench.Session}/events", "/api/v1/sessions", "/api/v1/me", "/api/v1/audit", "/mcp/control", "/nowhere" })
            Assert.Equal((path, 403), (path, await GetAsync(page, path)));
        foreach (var path in new[] { $"/api/v1/sessions/{other}/ticket", $"/api/v1/sessions/{bench.Session}/messages", $"/api/v1/sessions/{bench.Session}/interrupt", "/api/v1/sessions", "/api/v1/sessions/panic-stop", "/api/v1/tools/workspace.list", "/logout" })
            Assert.Equal((path, 403), (path, (await TestHub.PostAsync(page, path)).Status));
        Assert.Equal(403, (await bench.TryAsync(page)).Status);
        // With its account's key it is over.
        Assert.True(await bench.Hub.Services.GetRequiredService<ApiTokens>().RevokeAsync((await TestHub.JsonAsync(program, "/api/v1/me"))["token"]!["id"]!.GetValue<string>(), null, AccountActor.Hub, default));
        Assert.Equal(401, await GetAsync(page, $"/api/v1/sessions/{bench.Session}"));
        Assert.Equal(4003, await stream.ClosedAsync());
        var row = (await TestHub.JsonAsync(bench.Hub.Browser, "/api/v1/audit?event=signin.ok"))["items"]!.AsArray()[0]!;
        Assert.Equal("embed", row["data"]!["method"]!.GetValue<string>());
        Assert.DoesNotContain(key["token"]!.GetValue<string>(), bench.Hub.Log.Text + row.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_that_may_look_gets_no_ticket_to_control_and_a_browsers_ticket_serves_too()
    {
        await using var bench = await StreamBench.StartAsync(args: [Origins]);
        var (page, _) = await PageAsync(bench, await bench.TicketAsync());
        Assert.Equal(403, (await TestHub.PostAsync(page, $"/api/v1/sessions/{bench.Session}/ticket", new { access = "control" })).Status);
        var stream = await bench.ConnectAsync(bench.Hub.Anonymous, $"?ticket={await bench.TicketAsync(page)}");
        Assert.False((await stream.NextAsync("hello"))["may_control"]!.GetValue<bool>());
        // The page's own requests come from the hub's own address.
        page.DefaultRequestHeaders.Add("Origin", "https://parent.example");
        Assert.Equal(403, (await TestHub.PostAsync(page, $"/api/v1/sessions/{bench.Session}/ticket")).Status);
        Assert.Equal(204, (await TestHub.PostAsync(bench.Hub.Browser, "/logout")).Status);
        page.DefaultRequestHeaders.Remove("Origin");
        Assert.Equal(401, await GetAsync(page, $"/api/v1/sessions/{bench.Session}"));
    }

    [Fact]
    public async Task A_sign_in_needs_the_hubs_own_origin_a_fresh_ticket_and_an_operator_who_allows_it()
    {
        await using var bench = await StreamBench.StartAsync(args: [Origins]);
        var ticket = await bench.TicketAsync();
        Assert.Equal(403, (await SignInAsync(bench, ticket, null)).Status);
        Assert.Equal(403, (await SignInAsync(bench, ticket, "https://parent.example")).Status);
        Assert.Equal(401, (await SignInAsync(bench, new string('A', 43), bench.Hub.Url)).Status);
        Assert.Equal(422, (await SignInAsync(bench, null, bench.Hub.Url)).Status);
        var (status, _, cookies) = await SignInAsync(bench, ticket, bench.Hub.Url);
        Assert.Equal((200, false), (status, cookies));
        Assert.Equal(401, (await SignInAsync(bench, ticket, bench.Hub.Url)).Status);

        await using var closed = await StreamBench.StartAsync();
        Assert.Equal(404, (await SignInAsync(closed, await closed.TicketAsync(), closed.Hub.Url)).Status);
    }

    [Fact]
    public async Task The_key_ends_with_its_session_after_a_while_and_with_its_time()
    {
        var time = new FakeTime();
        await using var bench = await StreamBench.StartAsync(time, [Origins]);
        var (page, key) = await PageAsync(bench, await bench.TicketAsync());
        Assert.Equal(time.GetUtcNow() + TimeSpan.FromMinutes(45), key["expires_at"]!.GetValue<DateTimeOffset>());
        await SessionBench.EndAsync(bench.Database, bench.Session);
        time.Sleep(TimeSpan.FromMinutes(14));
        Assert.Equal(200, await GetAsync(page, $"/api/v1/sessions/{bench.Session}"));
        time.Sleep(TimeSpan.FromMinutes(2));
        Assert.Equal(401, await GetAsync(page, $"/api/v1/sessions/{bench.Session}"));
    }

    private static async Task<(HttpClient Page, JsonObject Key)> PageAsync(StreamBench bench, string ticket)
    {
        var (status, key, _) = await SignInAsync(bench, ticket, bench.Hub.Url);
        Assert.True(status == 200, key.ToJsonString());
        var page = bench.Hub.CreateClient();
        page.DefaultRequestHeaders.Authorization = new("Bearer", key["token"]!.GetValue<string>());
        return (page, key);
    }

    private static async Task<(int Status, JsonObject Body, bool Cookies)> SignInAsync(StreamBench bench, string? ticket, string? origin)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/embed/api/sign-in") { Content = System.Net.Http.Json.JsonContent.Create(new { ticket }) };
        if (origin is not null) request.Headers.Add("Origin", origin);
        using var answer = await bench.Hub.Anonymous.SendAsync(request);
        return ((int)answer.StatusCode, await TestHub.BodyAsync(answer), answer.Headers.Contains("Set-Cookie"));
    }

    private static async Task<int> GetAsync(HttpClient client, string path)
    {
        using var answer = await client.GetAsync(new Uri(path, UriKind.Relative));
        return (int)answer.StatusCode;
    }
}
