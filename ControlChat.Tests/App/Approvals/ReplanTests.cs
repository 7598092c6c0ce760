using System.Text.Json;
using ControlChat.Core.Gate;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace ControlChat.Tests.App.Approvals;

/// <summary>A fresh plan after an expiry is a new request: of whoever makes it, by the door they came through, within their limits.</summary>
public sealed class ReplanTests : IAsyncLifetime
{
    private readonly FakeTime _time = new();
    private TestHub _hub = null!;
    private int _requests;

    public async ValueTask InitializeAsync() => _hub = await TestHub.StartAsync(_time, ["--Limits:PendingApprovals=1"]);

    public ValueTask DisposeAsync() => _hub.DisposeAsync();

    [Fact]
    public async Task The_card_names_the_door_that_asked_anew_and_not_the_first_one()
    {
        var expired = await ExpiredAsync();
        var token = await _hub.TokenAsync(name: "ci");
        var (status, fresh) = await TestHub.PostAsync(token, $"/api/v1/approvals/{expired}/replan");
        Assert.Equal(201, status);
        Assert.Equal(("rest", "ci"), (fresh["requested_by"]!["via"]!.ToString(), fresh["requested_by"]!["token_name"]!.ToString()));
        Assert.True(fresh["plan"]!["tainted"]!.GetValue<bool>());
        Assert.Equal("ask", (await TestHub.JsonAsync(_hub.Browser, $"/api/v1/approvals/{expired}"))["requested_by"]!["via"]!.ToString());
    }

    [Fact]
    public async Task Whoever_has_enough_waiting_already_gets_no_fresh_plan()
    {
        var expired = await ExpiredAsync();
        await AskAsync("31");
        var (status, refused) = await TestHub.PostAsync(_hub.Browser, $"/api/v1/approvals/{expired}/replan");
        Assert.Equal((429, "too_many_pending"), (status, refused["code"]!.ToString()));
        Assert.Single((await TestHub.JsonAsync(_hub.Browser, "/api/v1/approvals?status=pending"))["items"]!.AsArray());
    }

    private async Task<string> ExpiredAsync()
    {
        var id = await AskAsync("30");
        _time.Sleep(TimeSpan.FromHours(2));
        return id;
    }

    private async Task<string> AskAsync(string days)
    {
        var arguments = JsonSerializer.SerializeToElement(new { key = "Logs:Days", value = days });
        var outcome = await _hub.Services.GetRequiredService<IToolGate>().InvokeAsync(_hub.Person, new ToolCall("config.set", $"request-{_requests++:0000}", arguments, new CallOrigin("ask", Tainted: true)), default);
        return outcome.ApprovalId!;
    }
}
