using System.Diagnostics;
using Bunit;
using ControlChat.App.Operations;
using ControlChat.Core.Hub;
using ControlChat.Core.Webhooks;
using ControlChat.Tests.App.Layout;
using ControlChat.Tests.Core.Sessions;
using ControlChat.Tests.Core.Webhooks;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Xunit;

namespace ControlChat.Tests.App.Operations;

/// <summary>The panel, its routes and panic stop over the real hub, with a real endpoint over TLS.</summary>
public sealed class WebhooksPanelTests : IAsyncLifetime
{
    private HookReceiver _receiver = null!;
    private HubShell _shell = null!;

    private TestHub Hub => _shell.Hub;

    public async ValueTask InitializeAsync()
    {
        _receiver = await HookReceiver.StartAsync();
        _shell = await HubShell.StartAsync(configure: services => services
            .Replace(ServiceDescriptor.Singleton(new WebhookEndpoints([_receiver.Endpoint("siem", "of the test", WebhookEvents.SessionPanic, "session.ended")], AllowPrivate: true)))
            .Replace(ServiceDescriptor.Singleton(new WebhookTiming { Tries = 2, First = TimeSpan.FromMilliseconds(20), Longest = TimeSpan.FromMilliseconds(20), LongestRest = TimeSpan.FromMilliseconds(20) }))
            .Replace(ServiceDescriptor.Singleton(_ => _receiver.Sender(new WebhookTiming()))));
        await Waiting.UntilAsync(async () => (await StandingAsync()) is not null && await KnownAsync());
    }

    public async ValueTask DisposeAsync()
    {
        await _shell.DisposeAsync();
        await _receiver.DisposeAsync();
    }

    [Fact]
    public async Task Panic_stop_tells_within_two_seconds_once_who_did_it_and_which_sessions()
    {
        var database = _shell.Of<HubDatabase>();
        var first = (await SessionBench.StartedAsync(database, SessionBench.Asked(Hub.Person.AccountId))).Session.Id;
        var second = (await SessionBench.StartedAsync(database, SessionBench.Asked(Hub.Person.AccountId))).Session.Id;
        var since = Stopwatch.GetTimestamp();
        Assert.Equal(200, (await TestHub.PostAsync(Hub.Browser, "/api/v1/sessions/panic-stop", new { scope = "mine" })).Status);
        await Waiting.UntilAsync(() => _receiver.Hooks.Any(h => h.Event == "session.panic"), TimeSpan.FromSeconds(5));
        Assert.InRange(Stopwatch.GetElapsedTime(since), TimeSpan.Zero, TimeSpan.FromSeconds(2));
        await Waiting.UntilAsync(() => _receiver.Hooks.Count >= 3);
        var panic = Assert.Single(_receiver.Hooks, h => h.Event == "session.panic").Json["data"]!;
        Assert.Equal((Hub.Person.AccountId, "mine", 2), ((string)panic["account_id"]!, (string)panic["scope"]!, (int)panic["stopped"]!));
        Assert.Equal(new[] { first, second }.Order(), panic["session_ids"]!.AsArray().Select(i => (string)i!).Order());
        var ended = _receiver.Hooks.First(h => h.Event == "session.ended").Json["data"]!;
        Assert.Equal((Hub.Person.AccountId, "chat", "panic", "ws_1"), ((string)ended["owner"]!, (string)ended["mode"]!, (string)ended["reason"]!, (string)ended["workspace_id"]!));
        Assert.Contains((string)ended["session_id"]!, new[] { first, second });
    }

    [Fact]
    public async Task Send_test_sends_one_and_both_is_on_the_record()
    {
        var page = _shell.Render<OperationsPage>();
        page.WaitForAssertion(() => Assert.Contains("Nothing sent yet", page.Markup, StringComparison.Ordinal));
        await page.Find("button[aria-label='Send test to siem']").ClickAsync(new());
        await Waiting.UntilAsync(() => _receiver.Hooks.Any(h => h.Event == "webhook.test"));
        Assert.Equal(Hub.Person.AccountId, (string)_receiver.Hooks.First().Json["data"]!["by"]!);
        await Waiting.UntilAsync(async () => (await StandingAsync())!.LastSuccessAt is not null);
        Assert.Single((await TestHub.JsonAsync(Hub.Browser, "/api/v1/audit?tool=webhook.test"))["items"]!.AsArray());
        Assert.DoesNotContain("of the test", page.Markup + (await TestHub.JsonAsync(Hub.Browser, "/api/v1/webhooks")).ToJsonString() + Hub.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_given_up_is_shown_with_its_error_and_tried_again()
    {
        var takes = false;
        _receiver.Answers = context =>
        {
            context.Response.StatusCode = takes ? 200 : 410;
            return Task.CompletedTask;
        };
        Assert.Equal(202, (await TestHub.PostAsync(Hub.Browser, "/api/v1/webhooks/siem/test")).Status);
        await Waiting.UntilAsync(async () => (await StandingAsync())!.Dead == 1);
        var page = _shell.Render<OperationsPage>();
        page.WaitForAssertion(() => Assert.Contains("It answered 410.", page.Find("[data-list='webhook-dead']").TextContent, StringComparison.Ordinal));
        takes = true;
        await page.Find("[data-list='webhook-dead'] button").ClickAsync(new());
        await Waiting.UntilAsync(async () => await StandingAsync() is { Dead: 0, Waiting: 0 });
        Assert.Equal(3, _receiver.Hooks.Count);
        Assert.Single((await TestHub.JsonAsync(Hub.Browser, "/api/v1/audit?tool=webhook.retry"))["items"]!.AsArray());
        Assert.Equal(404, (await TestHub.PostAsync(Hub.Browser, "/api/v1/webhooks/siem/retry")).Status);
    }

    [Fact]
    public async Task Only_admins_see_and_try_them_and_no_token_does()
    {
        var member = TestPrincipals.Person("acc_2");
        Assert.Null(await _shell.Of<WebhookDesk>().ListAsync(member, default));
        Assert.Equal(WebhookChange.Denied, await _shell.Of<WebhookDesk>().TestAsync(member, "siem", default));
        Assert.Equal(WebhookChange.Denied, await _shell.Of<WebhookDesk>().RetryAsync(member, "siem", null, default));
        Assert.Equal(403, (await TestHub.PostAsync(await Hub.TokenAsync(), "/api/v1/webhooks/siem/test")).Status);
        Assert.Equal(404, (await TestHub.PostAsync(Hub.Browser, "/api/v1/webhooks/nobody/test")).Status);
        Assert.Empty(_receiver.Hooks);
    }

    private async Task<WebhookStanding?> StandingAsync() => (await _shell.Of<WebhookDesk>().ListAsync(Hub.Person, default))?.SingleOrDefault();

    private async Task<bool> KnownAsync()
    {
        await using var reader = await _shell.Of<HubDatabase>().ReadAsync(default);
        return await _shell.Of<WebhookStore>().FindAsync(reader, "siem", default) is not null;
    }
}
