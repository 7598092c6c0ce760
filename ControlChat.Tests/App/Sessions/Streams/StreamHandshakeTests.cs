using System.Net;
using ControlChat.Core.Accounts;
using ControlChat.Core.Sessions;
using ControlChat.Tests.Core.Sessions;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.App.Sessions.Streams;

/// <summary>Who gets a terminal's stream, and by what.</summary>
public sealed class StreamHandshakeTests : IAsyncLifetime
{
    private StreamBench _bench = null!;

    public async ValueTask InitializeAsync() => _bench = await StreamBench.StartAsync();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task A_browser_a_program_and_a_ticket_open_it()
    {
        var browser = await _bench.ConnectAsync();
        Assert.Equal(StreamBench.Protocol, browser.Socket.SubProtocol);
        var hello = await browser.NextAsync("hello");
        Assert.Equal(1, hello["v"]!.GetValue<int>());
        Assert.Equal(_bench.Session, hello["session"]!["id"]!.GetValue<string>());
        Assert.Matches("^[A-Za-z0-9_-]{43}$", hello["resume_token"]!.GetValue<string>());
        Assert.Equal((true, false, true), (hello["may_control"]!.GetValue<bool>(), hello["you_control"]!.GetValue<bool>(), hello.ContainsKey("controller")));

        var program = await _bench.ConnectAsync(await _bench.Hub.TokenAsync());
        Assert.True((await program.NextAsync("hello"))["may_control"]!.GetValue<bool>());
        var reader = await _bench.ConnectAsync(await _bench.Hub.TokenAsync(TokenScopes.Read));
        Assert.False((await reader.NextAsync("hello"))["may_control"]!.GetValue<bool>());

        var byTicket = await _bench.ConnectAsync(_bench.Hub.Anonymous, $"?ticket={await _bench.TicketAsync()}");
        Assert.False((await byTicket.NextAsync("hello"))["may_control"]!.GetValue<bool>());
        var toControl = await _bench.ConnectAsync(_bench.Hub.Anonymous, $"?ticket={await _bench.TicketAsync(access: "control")}");
        Assert.True((await toControl.NextAsync("hello"))["may_control"]!.GetValue<bool>());
    }

    [Fact]
    public async Task What_is_not_let_in_hears_why()
    {
        var (browser, anonymous) = (_bench.Hub.Browser, _bench.Hub.Anonymous);
        Assert.Equal(401, (await _bench.TryAsync(anonymous)).Status);
        Assert.Equal(401, (await _bench.TryAsync(anonymous, "?ticket=" + new string('A', 43))).Status);
        Assert.Equal(401, (await _bench.TryAsync(browser, "?ticket=x")).Status);
        Assert.Equal(403, (await _bench.TryAsync(browser, origin: "https://elsewhere.example")).Status);
        Assert.Equal(403, (await _bench.TryAsync(anonymous, $"?ticket={await _bench.TicketAsync()}", origin: "https://elsewhere.example")).Status);
        Assert.Equal(403, (await _bench.TryAsync(await _bench.Hub.TokenAsync(), origin: "null")).Status);
        Assert.Equal(404, (await _bench.TryAsync(browser, session: "ags_0")).Status);
        Assert.Equal(404, (await _bench.TryAsync(await _bench.MemberAsync(null))).Status);
        Assert.Equal(404, (await _bench.TryAsync(browser, session: await _bench.BeginAsync(SessionMode.Chat))).Status);
        Assert.Equal(400, (await _bench.TryAsync(browser, protocol: null)).Status);
        Assert.Equal(400, (await _bench.TryAsync(browser, protocol: "controlchat.v2")).Status);
        foreach (var cursor in new[] { "-1", "x", "1.0", "9223372036854775808", "" }) Assert.Equal((cursor, 422), (cursor, (await _bench.TryAsync(browser, $"?cursor={cursor}")).Status));
    }

    [Fact]
    public async Task A_request_that_is_no_WebSocket_is_told_what_this_is()
    {
        using var answer = await _bench.Hub.Browser.GetAsync(new Uri($"/api/v1/sessions/{_bench.Session}/stream", UriKind.Relative));
        Assert.Equal(HttpStatusCode.UpgradeRequired, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal("upgrade_required", (await TestHub.BodyAsync(answer))["code"]!.GetValue<string>());
    }

    [Fact]
    public async Task A_chat_has_tickets_as_little_as_a_terminal()
    {
        var (status, body) = await TestHub.PostAsync(_bench.Hub.Browser, $"/api/v1/sessions/{await _bench.BeginAsync(SessionMode.Chat)}/ticket");
        Assert.Equal((404, "not_supported"), (status, body["code"]!.GetValue<string>()));
        Assert.Contains("/events", body["detail"]!.GetValue<string>(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_ticket_opens_one_connection()
    {
        var ticket = await _bench.TicketAsync();
        var tries = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _bench.TryAsync(_bench.Hub.Anonymous, $"?ticket={ticket}")));
        Assert.Single(tries, t => t.Status == 101);
        Assert.All(tries.Where(t => t.Status != 101), t => Assert.Equal(401, t.Status));
        // Another session's is used up by the try.
        var other = await _bench.BeginAsync(SessionMode.Terminal);
        var wrong = await _bench.TicketAsync();
        Assert.Equal(401, (await _bench.TryAsync(_bench.Hub.Anonymous, $"?ticket={wrong}", session: other)).Status);
        Assert.Equal(401, (await _bench.TryAsync(_bench.Hub.Anonymous, $"?ticket={wrong}")).Status);
    }

    [Fact]
    public async Task A_ticket_is_kept_as_a_hash_and_reaches_no_log()
    {
        var ticket = await _bench.TicketAsync(access: "control");
        var client = await _bench.ConnectAsync(_bench.Hub.Anonymous, $"?ticket={ticket}");
        var window = (await client.NextAsync("hello"))["resume_token"]!.GetValue<string>();
        Assert.Equal(401, (await _bench.TryAsync(_bench.Hub.Anonymous, $"?ticket={ticket}")).Status);
        var unused = await _bench.TicketAsync();
        var rows = await _bench.Database.WriteAsync(t => t.QueryAsync<string>("select hash from session_tickets", null, default));
        Assert.Contains(Credential.Hash(unused), rows);
        Assert.Contains(Credential.Hash(window), rows);
        Assert.DoesNotContain(Credential.Hash(ticket), rows);
        Assert.Contains("/stream answered 401", _bench.Hub.Log.Text, StringComparison.Ordinal);
        foreach (var secret in new[] { ticket, unused, window }) Assert.DoesNotContain(secret, _bench.Hub.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_may_only_look_gets_no_ticket_to_control()
    {
        foreach (var client in new[] { await _bench.MemberAsync("viewer"), await _bench.MemberAsync("collaborator", TokenScopes.Read), await _bench.Hub.TokenAsync(TokenScopes.Read) })
        {
            Assert.Equal(403, (await TestHub.PostAsync(client, $"/api/v1/sessions/{_bench.Session}/ticket", new { access = "control" })).Status);
            var (status, body) = await TestHub.PostAsync(client, $"/api/v1/sessions/{_bench.Session}/ticket");
            Assert.Equal((200, "view"), (status, body["access"]!.GetValue<string>()));
        }
        // In place of a cookie it opens what that would, unless less was asked for.
        foreach (var (asked, given) in new[] { ("control", "control"), (null, "control"), ("view", "view") })
        {
            var (status, body) = await TestHub.PostAsync(await _bench.MemberAsync("collaborator"), $"/api/v1/sessions/{_bench.Session}/ticket", asked is null ? null : new { access = asked });
            Assert.Equal((200, given), (status, body["access"]!.GetValue<string>()));
        }
        Assert.Equal(404, (await TestHub.PostAsync(await _bench.MemberAsync(null), $"/api/v1/sessions/{_bench.Session}/ticket")).Status);
        Assert.Equal(422, (await TestHub.PostAsync(_bench.Hub.Browser, $"/api/v1/sessions/{_bench.Session}/ticket", new { access = "all" })).Status);
        Assert.Equal(401, (await TestHub.PostAsync(_bench.Hub.Anonymous, $"/api/v1/sessions/{_bench.Session}/ticket")).Status);
        _bench.Hub.Browser.DefaultRequestHeaders.Remove("X-CSRF-Token");
        Assert.Equal(403, (await TestHub.PostAsync(_bench.Hub.Browser, $"/api/v1/sessions/{_bench.Session}/ticket")).Status);
    }

    [Fact]
    public async Task Tickets_and_connections_have_a_limit()
    {
        var token = await _bench.Hub.TokenAsync();
        var statuses = new List<int>();
        while (statuses.Count < 40 && statuses.LastOrDefault() != 429) statuses.Add((await TestHub.PostAsync(token, $"/api/v1/sessions/{_bench.Session}/ticket")).Status);
        Assert.Equal(429, statuses[^1]);
        Assert.InRange(statuses.Count(s => s == 200), 20, 30);
        for (var i = 0; i < 32; i++) await _bench.ConnectAsync(token);
        Assert.Equal(429, (await _bench.TryAsync(token)).Status);
        Assert.Equal(101, (await _bench.TryAsync(_bench.Hub.Browser)).Status);
    }

    [Fact]
    public async Task An_old_ticket_opens_nothing_and_is_removed()
    {
        var time = new FakeTime();
        await using var bench = await StreamBench.StartAsync(time);
        var ticket = await bench.TicketAsync();
        time.Sleep(TimeSpan.FromSeconds(31));
        Assert.Equal(401, (await bench.TryAsync(bench.Hub.Anonymous, $"?ticket={ticket}")).Status);
        await Waiting.UntilAsync(async () =>
        {
            time.Sleep(TimeSpan.FromSeconds(61));
            return await bench.Database.WriteAsync(t => t.FindAsync<long>("select count(*) from session_tickets", null, default)) == 0;
        });
    }
}
