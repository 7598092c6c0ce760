using Bunit;
using ControlChat.App.Operations;
using ControlChat.Core.Accounts;
using ControlChat.Core.Bus;
using ControlChat.Core.Hub;
using ControlChat.Tests.App.Layout;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.App.Operations;

/// <summary>The page and its routes over the real hub: its outbox, its bus, its record.</summary>
public sealed class OperationsPageTests : IAsyncLifetime
{
    private readonly CancellationTokenSource _end = new(TimeSpan.FromSeconds(60));
    private readonly FakeTime _time = new();
    private HubShell _shell = null!;
    private TestHub _hub = null!;
    private IRenderedComponent<OperationsPage>? _page;

    private IBus Bus => _shell.Of<IBus>();

    public async ValueTask InitializeAsync()
    {
        _shell = await HubShell.StartAsync(_time);
        _hub = _shell.Hub;
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _shell.DisposeAsync();
        _end.Dispose();
    }

    [Fact]
    public void Without_dead_letters_it_says_that_everything_was_delivered() =>
        Show().WaitForAssertion(() => Assert.Contains("Everything was delivered", _page!.Markup, StringComparison.Ordinal));

    [Fact]
    public async Task A_letter_of_the_bus_is_shown_with_its_error_and_sent_again_and_both_is_on_the_record()
    {
        var healed = false;
        var done = new TaskCompletionSource<string>();
        _ = Bus.ConsumeAsync("chat:some-agent", "group", "a", (e, _) =>
        {
            if (!healed) throw new InvalidOperationException("the disk is full");
            done.TrySetResult(e.Message.Payload);
            return Task.CompletedTask;
        }, _end.Token);
        await Bus.AppendAsync("chat:some-agent", BusMessage.New("""{"id":"run_7","text":"private words"}"""), default);
        await Waiting.UntilAsync(async () => { _time.Advance(TimeSpan.FromSeconds(10)); return (await Bus.DeadLettersAsync(null, default)).Count == 1; });
        var page = Show();
        page.WaitForAssertion(() =>
        {
            var row = page.Find("tbody tr").TextContent;
            foreach (var part in (string[])["chat:some-agent", "run_7", "the disk is full", "5"]) Assert.Contains(part, row, StringComparison.Ordinal);
        });
        Assert.DoesNotContain("private words", page.Markup, StringComparison.Ordinal);
        healed = true;
        await page.Find("button[aria-label='Replay run_7']").ClickAsync(new());
        page.WaitForAssertion(() => Assert.Contains("Everything was delivered", page.Markup, StringComparison.Ordinal));
        Assert.Contains("run_7", await done.Task.WaitAsync(_end.Token), StringComparison.Ordinal);
        Assert.Equal(("completed", "chat:some-agent"), await RecordedAsync());
    }

    [Fact]
    public async Task A_letter_of_the_outbox_comes_over_the_api_and_is_sent_again_once()
    {
        await BuryAsync();
        var letter = (await TestHub.JsonAsync(_hub.Browser, "/api/v1/dead-letters"))["items"]!.AsArray().Single()!;
        Assert.Equal(("outbox", "chat:some-agent", "run_8", 8, "gone"),
            ((string)letter["source"]!, (string)letter["topic"]!, (string)letter["about"]!, (int)letter["attempts"]!, (string)letter["error"]!));
        var tail = Bus.TailAsync("chat:some-agent", IBus.Oldest, _end.Token).GetAsyncEnumerator(_end.Token);
        Assert.Equal(204, (await TestHub.PostAsync(_hub.Browser, $"/api/v1/dead-letters/{letter["id"]}/replay")).Status);
        await tail.MoveNextAsync();
        Assert.Equal("""{"id":"run_8"}""", tail.Current.Message.Payload);
        Assert.Equal(404, (await TestHub.PostAsync(_hub.Browser, $"/api/v1/dead-letters/{letter["id"]}/replay")).Status);
        Assert.Equal(("completed", "chat:some-agent"), await RecordedAsync());
    }

    [Fact]
    public async Task Only_admins_see_letters_and_no_token_sends_one()
    {
        await BuryAsync();
        var member = TestPrincipals.Person("acc_2");
        _shell.Who.Set(member);
        var page = Show();
        Assert.Contains("For admins", page.Markup, StringComparison.Ordinal);
        Assert.Empty(page.FindAll("tbody tr"));
        var desk = _shell.Of<DeadLetterDesk>();
        await Assert.ThrowsAsync<ControlChat.App.Api.ApiException>(() => desk.ListAsync(member, default));
        await Assert.ThrowsAsync<ControlChat.App.Api.ApiException>(() => desk.ReplayAsync(member, "out_x", default));
        Assert.Equal(403, (await TestHub.PostAsync(await _hub.TokenAsync(), "/api/v1/dead-letters/out_x/replay")).Status);
    }

    [Fact]
    public async Task Whose_browser_was_signed_out_or_who_is_no_admin_any_more_sends_nothing()
    {
        await BuryAsync();
        var desk = _shell.Of<DeadLetterDesk>();
        var people = _shell.Of<People>();
        Assert.IsType<PersonChange.Done>(await people.CreateAsync(null, "ben@halden.example", "Ben", "admin", false, default));
        Assert.IsType<PersonChange.Done>(await people.ChangeRoleAsync(null, _hub.Person.AccountId, "member", default));
        await RefusedAsync();
        Assert.IsType<PersonChange.Done>(await people.ChangeRoleAsync(null, _hub.Person.AccountId, "admin", default));
        Assert.Single(await desk.ListAsync(_hub.Person, default));
        await _shell.Of<BrowserSessions>().EndAllAsync(_hub.Person, default);
        await RefusedAsync();

        async Task RefusedAsync()
        {
            Assert.Equal(403, (await Assert.ThrowsAsync<ControlChat.App.Api.ApiException>(() => desk.ListAsync(_hub.Person, default))).Status);
            Assert.Equal(403, (await Assert.ThrowsAsync<ControlChat.App.Api.ApiException>(() => desk.ReplayAsync(_hub.Person, "out_1", default))).Status);
        }
    }

    private IRenderedComponent<OperationsPage> Show() => _page = _shell.Render<OperationsPage>();

    private async Task BuryAsync()
    {
        await using var transaction = await _shell.Of<HubDatabase>().BeginAsync(default);
        await transaction.ExecuteAsync(
            "insert into dead_letters (id, topic, ref_id, failed_at, attempts, last_error) values ('out_1', 'chat:some-agent', 'run_8', hub_now(), 8, 'gone')", null, default);
        await transaction.CommitAsync(default);
    }

    private async Task<(string Outcome, string Topic)> RecordedAsync()
    {
        var rows = (await TestHub.JsonAsync(_hub.Browser, "/api/v1/audit?tool=dead_letter.replay"))["items"]!.AsArray();
        var row = Assert.Single(rows)!;
        return ((string)row["outcome"]!, (string)row["data"]!["topic"]!);
    }
}
