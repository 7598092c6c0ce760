using ControlChat.Core.Accounts;
using ControlChat.Core.Sessions.Terminals;
using ControlChat.Tests.Core.Sessions;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.Sessions.Streams;

/// <summary>Several windows, one keyboard; connections that break and come again; rights that are lost meanwhile.</summary>
public sealed class StreamControlTests : IAsyncLifetime
{
    private StreamBench _bench = null!;

    public async ValueTask InitializeAsync() => _bench = await StreamBench.StartAsync();

    public ValueTask DisposeAsync() => _bench.DisposeAsync();

    [Fact]
    public async Task Only_who_is_in_control_types_and_each_sees_who_that_is()
    {
        var owner = await ControllingAsync();
        var viewer = await _bench.ConnectAsync(await _bench.MemberAsync("viewer"));
        var state = await viewer.NextAsync("state", s => s["viewers"]!.AsArray().Count == 2);
        Assert.Equal((_bench.Hub.Person.AccountId, false, false), (state["controller"]!.GetValue<string>(), state["you_control"]!.GetValue<bool>(), state["may_control"]!.GetValue<bool>()));
        foreach (var frame in new object[] { new { v = 1, t = "in", data = "YQ==" }, new { v = 1, t = "resize", cols = 80, rows = 24 }, new { v = 1, t = "take_control" }, new { v = 1, t = "object" } })
        {
            await viewer.SendAsync(frame);
            Assert.Equal("view_only", await viewer.ErrorAsync());
        }
        var other = await _bench.ConnectAsync(await _bench.MemberAsync("collaborator"));
        await other.NextAsync("state", s => s["at_work"]!.GetValue<bool>());
        await other.TypeAsync("x");
        Assert.Equal("not_in_control", await other.ErrorAsync());
        await other.SendAsync(new { v = 1, t = "take_control" });
        var wish = (await owner.NextAsync("state", s => s["wish"] is not null))["wish"]!;
        Assert.StartsWith("acc", wish["account_id"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.NotNull(wish["until"]);
        await owner.SendAsync(new { v = 1, t = "object" });
        await other.NextAsync("state", s => s["wish"] is null);
        await owner.SendAsync(new { v = 1, t = "give_control" });
        await owner.NextAsync("state", s => s["controller"] is null);
        Assert.Equal(["take", "take", "object", "give"], _bench.Terminal.Asked);
        Assert.Equal("", _bench.Terminal.Typed);
    }

    [Fact]
    public async Task A_window_is_the_same_one_over_a_broken_connection()
    {
        _bench.Terminal.Print("one ");
        var first = await ControllingAsync();
        await Waiting.UntilAsync(() => first.Printed == "one ");
        var (token, window) = (Token, _bench.Terminal.ControllerWindow);
        Assert.NotEqual(token, window);
        first.Abort();
        _bench.Terminal.Print("two ");
        var second = await _bench.ConnectAsync(query: $"?cursor={first.Seq}");
        Assert.False((await second.NextAsync("hello"))["you_control"]!.GetValue<bool>());
        await second.SendAsync(new { v = 1, t = "resume", resume_token = token, after = first.Seq });
        var hello = await second.NextAsync("hello");
        Assert.Equal((token, true), (hello["resume_token"]!.GetValue<string>(), hello["you_control"]!.GetValue<bool>()));
        Assert.Equal(window, _bench.Terminal.Joined[^1].Id);
        await second.TypeAsync("mine");
        await Waiting.UntilAsync(() => _bench.Terminal.Typed == "mine");
        await Waiting.UntilAsync(() => second.Printed.Contains("two ", StringComparison.Ordinal));
        Assert.DoesNotContain("one ", second.Printed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_of_another_account_or_session_resumes_nothing()
    {
        await ControllingAsync();
        var stolen = Token;
        var other = await _bench.ConnectAsync(await _bench.MemberAsync("collaborator"));
        var own = (await other.NextAsync("hello"))["resume_token"]!.GetValue<string>();
        await other.SendAsync(new { v = 1, t = "resume", resume_token = stolen, after = 0 });
        Assert.Equal("resume_invalid", await other.ErrorAsync());
        await other.TypeAsync("x");
        Assert.Equal("not_in_control", await other.ErrorAsync());
        Assert.NotEqual(own, stolen);

        var elsewhere = await _bench.BeginAsync("terminal");
        _bench.Terminals.Begin(elsewhere);
        var (_, client) = await _bench.TryAsync(_bench.Hub.Browser, session: elsewhere);
        await client!.SendAsync(new { v = 1, t = "resume", resume_token = stolen, after = 0 });
        Assert.Equal("resume_invalid", await client.ErrorAsync());
        // A ticket is no window either.
        await client.SendAsync(new { v = 1, t = "resume", resume_token = await _bench.TicketAsync(), after = 0 });
        Assert.Equal("resume_invalid", await client.ErrorAsync());
    }

    [Fact]
    public async Task Reading_goes_on_behind_what_is_asked_for()
    {
        foreach (var text in new[] { "a", "b", "c" }) _bench.Terminal.Print(text);
        var client = await _bench.ConnectAsync(query: "?cursor=2");
        await client.NextAsync("out");
        Assert.Equal("c", client.Printed);
        await client.SendAsync(new { v = 1, t = "resume", after = 1 });
        await client.NextAsync("out", f => f["seq"]!.GetValue<long>() == 3);
        Assert.Equal("cbc", client.Printed);
        var far = await _bench.ConnectAsync(query: "?cursor=99");
        var error = await far.NextAsync("error");
        Assert.Equal(("sequence_invalid", 3), (error["code"]!.GetValue<string>(), error["newest"]!.GetValue<long>()));
        _bench.Terminal.Print("d");
        await far.NextAsync("out");
        Assert.Equal("d", far.Printed);
    }

    [Fact]
    public async Task Who_says_only_later_which_window_it_is_keeps_control()
    {
        var first = await _bench.ConnectAsync();
        var token = (await first.NextAsync("hello"))["resume_token"]!.GetValue<string>();
        await first.DisposeAsync();
        var client = await _bench.ControllingAsync();
        await client.SendAsync(new { v = 1, t = "resume", resume_token = token, after = 0 });
        await client.NextAsync("hello", h => h["resume_token"]!.GetValue<string>() == token);
        await client.TypeAsync("ls");
        await Waiting.UntilAsync(() => _bench.Terminal.Typed == "ls");
    }

    [Fact]
    public async Task Who_says_while_it_joins_which_window_it_is_keeps_control()
    {
        var first = await _bench.ConnectAsync();
        var token = (await first.NextAsync("hello"))["resume_token"]!.GetValue<string>();
        await first.DisposeAsync();
        await Waiting.UntilAsync(() => _bench.Terminal.Viewers == 0);
        var answer = new TaskCompletionSource();
        (_bench.Terminals.Answer, _bench.Terminal.IsFree) = (answer.Task, true);
        var client = await _bench.ConnectAsync();
        await Waiting.UntilAsync(() => _bench.Terminal.ControllerWindow is not null);
        await client.SendAsync(new { v = 1, t = "resume", resume_token = token, after = 0 });
        // Frames are taken one after the other: when this one is refused, that one was taken.
        await client.SendAsync(new { v = 1, t = "resume", after = -1 });
        Assert.Equal("sequence_invalid", await client.ErrorAsync());
        answer.SetResult();
        await client.NextAsync("hello", h => h["resume_token"]!.GetValue<string>() == token && h["you_control"]!.GetValue<bool>());
        await client.TypeAsync("ls");
        await Waiting.UntilAsync(() => _bench.Terminal.Typed == "ls");
    }

    [Fact]
    public async Task A_broken_way_to_the_worker_is_mended_without_the_client()
    {
        var client = await ControllingAsync();
        _bench.Terminal.Print("one ");
        await client.NextAsync("out");
        _bench.Terminals.AreAway = true;
        _bench.Terminal.Cut();
        Assert.Equal("not_at_work", await client.ErrorAsync());
        _bench.Terminal.Mend();
        _bench.Terminals.AreAway = false;
        _bench.Terminal.Print("two");
        await client.NextAsync("out");
        Assert.Equal("one two", client.Printed);
        Assert.Single(_bench.Terminal.Joined.Select(j => j.Id).Distinct());
    }

    [Fact]
    public async Task A_reader_that_fell_behind_hears_what_it_missed_and_is_closed()
    {
        var client = await _bench.ConnectAsync();
        for (var i = 0; i < 4; i++) _bench.Terminal.Print("x");
        await client.NextAsync("out", f => f["seq"]!.GetValue<long>() == 4);
        _bench.Terminal.Slow = new TerminalSlowException(5, 70);
        _bench.Terminal.Print("x");
        var gap = await client.NextAsync("gap");
        Assert.Equal((5, 70), (gap["from"]!.GetValue<long>(), gap["to"]!.GetValue<long>()));
        Assert.Equal(4001, await client.ClosedAsync());
    }

    [Fact]
    public async Task Who_loses_the_right_to_look_is_sent_away_and_who_loses_the_right_to_type_lets_go()
    {
        var member = await _bench.MemberAsync("collaborator");
        var client = await ControllingAsync(member);
        await ChangeAsync("update workspace_members set role = 'viewer' where workspace_id = @Workspace and role = 'collaborator'");
        await client.NextAsync("state", s => !s["may_control"]!.GetValue<bool>());
        await Waiting.UntilAsync(() => _bench.Terminal.ControllerWindow is null);
        await client.TypeAsync("x");
        Assert.Equal("view_only", await client.ErrorAsync());
        await ChangeAsync("update workspace_members set role = 'collaborator' where workspace_id = @Workspace and role = 'viewer'");
        await client.NextAsync("state", s => s["may_control"]!.GetValue<bool>());
        await ChangeAsync("delete from workspace_members where workspace_id = @Workspace and role = 'collaborator'");
        Assert.Equal(4003, await client.ClosedAsync());
    }

    [Fact]
    public async Task Signing_out_and_revoking_close_the_streams_they_opened()
    {
        var token = await _bench.Hub.TokenAsync();
        var id = (await TestHub.JsonAsync(token, "/api/v1/me"))["token"]!["id"]!.GetValue<string>();
        var (program, browser, byTicket) = (await _bench.ConnectAsync(token), await _bench.ConnectAsync(), await _bench.ConnectAsync(_bench.Hub.Anonymous, $"?ticket={await _bench.TicketAsync()}"));
        var other = await _bench.ConnectAsync(await _bench.Hub.SignInAsync());
        Assert.True(await _bench.Hub.Services.GetRequiredService<ApiTokens>().RevokeAsync(id, null, AccountActor.Hub, default));
        Assert.Equal(4003, await program.ClosedAsync());
        Assert.Equal(204, (await TestHub.PostAsync(_bench.Hub.Browser, "/logout")).Status);
        Assert.Equal(4003, await browser.ClosedAsync());
        Assert.Equal(4003, await byTicket.ClosedAsync());
        Assert.False(other.ClosedAsync().IsCompleted);
    }

    [Fact]
    public async Task A_hub_that_stops_says_so()
    {
        var client = await _bench.ConnectAsync();
        await client.NextAsync("hello");
        await _bench.Hub.StopAsync();
        Assert.Equal(1001, await client.ClosedAsync());
    }

    [Fact]
    public async Task A_client_that_leaves_leaves_nothing_behind()
    {
        var (closed, broken) = (await _bench.ConnectAsync(), await _bench.ConnectAsync());
        await Waiting.UntilAsync(() => _bench.Terminal.Viewers == 2);
        await closed.Socket.CloseOutputAsync(System.Net.WebSockets.WebSocketCloseStatus.NormalClosure, null, default);
        broken.Abort();
        await Waiting.UntilAsync(() => _bench.Terminal.Viewers == 0);
        Assert.Equal(1000, await closed.ClosedAsync());
        Assert.DoesNotContain(_bench.Hub.Log.Lines, l => l.Level is Microsoft.Extensions.Logging.LogLevel.Error or Microsoft.Extensions.Logging.LogLevel.Critical);
    }

    private string Token { get; set; } = "";

    private async Task<StreamClient> ControllingAsync(HttpClient? by = null)
    {
        var client = await _bench.ConnectAsync(by);
        Token = (await client.NextAsync("hello"))["resume_token"]!.GetValue<string>();
        await client.NextAsync("state", s => s["at_work"]!.GetValue<bool>());
        await client.SendAsync(new { v = 1, t = "take_control" });
        await client.NextAsync("state", s => s["you_control"]!.GetValue<bool>());
        return client;
    }

    private Task<int> ChangeAsync(string sql) => _bench.Database.WriteAsync(t => t.ExecuteAsync(sql, new { _bench.Workspace }, default));
}
