using System.Text.Json.Nodes;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Webhooks;
using ControlChat.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace ControlChat.Tests.Core.Gate;

public abstract class ApprovalReminderTests(TestStore store)
{
    private static readonly DateTimeOffset _at = new(2026, 11, 27, 8, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(24 * 60 * 60, 18 * 60 * 60)]
    [InlineData(60 * 60, 45 * 60)]
    [InlineData(15 * 60, 11 * 60 + 15)]
    [InlineData(2 * 60, 75)]
    [InlineData(90, 45)]
    public void It_is_due_when_three_quarters_of_the_time_are_over_and_early_enough_to_act(int life, int after) =>
        Assert.Equal(_at.AddSeconds(after), ApprovalReminders.At(_at, _at.AddSeconds(life)));

    [Fact]
    public void What_ends_soon_after_it_was_asked_for_is_not_reminded_of() => Assert.Null(ApprovalReminders.At(_at, _at.AddSeconds(89)));

    [Fact]
    public async Task What_still_waits_is_reminded_of_once_and_whoever_wants_is_told_of_it()
    {
        await using var hub = await StartAsync();
        var asked = await AskAsync(hub);
        hub.Time.Advance(TimeSpan.FromMinutes(11));
        Assert.Equal(0, await RemindAsync(hub));
        Assert.Null((await FindAsync(hub, asked)).RemindedAt);
        hub.Time.Advance(TimeSpan.FromSeconds(16));
        var said = new List<Announcement>();
        hub.Database.Committed = said.AddRange;
        Assert.Equal(1, await RemindAsync(hub));
        Assert.Equal((Approvals.ChangedTopic, asked), (said.Single().Topic, said.Single().Id));
        Assert.Equal(0, await RemindAsync(hub));
        var reminded = await FindAsync(hub, asked);
        Assert.Equal(("pending", hub.Time.GetUtcNow()), (reminded.Status, reminded.RemindedAt));
        var told = Assert.Single(await ToldAsync(hub));
        Assert.Equal(("apx_" + asked, asked, "note.drop", "destructive", "confirm", "acc_ada"),
            (told.Id, (string)told.Data["approval_id"]!, (string)told.Data["tool"]!, (string)told.Data["scope"]!, (string)told.Data["decision"]!, (string)told.Data["requested_by"]!));
        Assert.Equal(Timestamps.Format(reminded.ExpiresAt), (string)told.Data["expires_at"]!);
        // Nothing of what is asked for, nor of who asks but their id.
        Assert.DoesNotContain("n-one", told.Data.ToJsonString(), StringComparison.Ordinal);
        Assert.DoesNotContain(await hub.EventsAsync(), e => e.Contains("expiring", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_an_agent_asks_for_is_reminded_of_as_well()
    {
        await using var hub = await StartAsync();
        var asked = await hub.OpenAsync(AgentAsks.Command("touch /srv/outside"));
        var soon = await hub.OpenAsync(AgentAsks.Command(), "ask-2", AgentAsks.Session(hub, "ses_short", TimeSpan.FromMinutes(1)));
        hub.Time.Advance(TimeSpan.FromMinutes(45));
        Assert.Equal(1, await RemindAsync(hub));
        Assert.NotNull((await FindAsync(hub, asked)).RemindedAt);
        Assert.Null((await FindAsync(hub, soon)).RemindedAt);
        var told = Assert.Single(await ToldAsync(hub)).Data;
        Assert.Equal(("agent_command", null, null, "ses_agent", "ws_1"), ((string)told["kind"]!, (string?)told["tool"], (string?)told["scope"], (string)told["session_id"]!, (string)told["workspace_id"]!));
        Assert.DoesNotContain("outside", told.ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Two_sweepers_at_once_remind_of_each_once_and_of_hundreds_in_turns()
    {
        await using var hub = await StartAsync();
        await using var other = await hub.ReopenAsync();
        await FloodAsync(hub, 250);
        hub.Time.Advance(TimeSpan.FromMinutes(46));
        var counts = await Task.WhenAll(new[] { hub, other, hub, other }.Select(h => Task.Run(() => SweepAsync(h))));
        Assert.Equal(250, counts.Sum(c => c.Sum()));
        Assert.All(counts.SelectMany(c => c), one => Assert.InRange(one, 0, ApprovalReminders.Most));
        Assert.Equal(250, (await ToldAsync(hub)).Count);
        Assert.Equal(0, await RemindAsync(other));
    }

    [Fact]
    public async Task A_restart_neither_repeats_nor_forgets()
    {
        await using var hub = await StartAsync();
        var first = await AskAsync(hub);
        hub.Time.Advance(TimeSpan.FromMinutes(12));
        Assert.Equal(1, await RemindAsync(hub));
        var second = await AskAsync(hub, "n-two");
        hub.Time.Advance(TimeSpan.FromMinutes(2.5));
        await using (var again = await hub.ReopenAsync())
        {
            Assert.Equal(0, await RemindAsync(again));
            hub.Time.Advance(TimeSpan.FromMinutes(9));
            Assert.Equal(1, await RemindAsync(again));
        }
        Assert.Equal(new[] { first, second }.Order(StringComparer.Ordinal), (await ToldAsync(hub)).Select(t => (string)t.Data["approval_id"]!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task What_was_decided_or_is_almost_over_is_not_reminded_of()
    {
        await using var hub = await StartAsync();
        var approved = await AskAsync(hub);
        var declined = await AskAsync(hub, "n-two");
        Assert.IsType<ApprovalDecision.Done>(await hub.ApproveAsync(approved));
        hub.Time.Advance(TimeSpan.FromMinutes(12));
        await using (var reader = await hub.Database.ReadAsync(default))
            Assert.Equal([declined], await ApprovalStore.RemindersDueAsync(reader, reader.Now, 10, default));
        // Between the look and the mark somebody decides.
        Assert.IsType<ApprovalDecision.Declined>(await hub.Approvals.DeclineAsync(GateHub.Ada, declined, null, default));
        await using (var transaction = await hub.Database.BeginAsync(default))
            Assert.Empty(await ApprovalStore.RemindAsync(transaction, [approved, declined], transaction.Now, default));
        await AskAsync(hub, "n-three");
        hub.Time.Advance(TimeSpan.FromMinutes(14.6));
        Assert.Equal(0, await RemindAsync(hub));
        Assert.Empty(await ToldAsync(hub));
    }

    [Fact]
    public async Task A_fault_in_between_loses_nothing_and_repeats_nothing()
    {
        await using var hub = await StartAsync();
        var asked = await AskAsync(hub);
        hub.Time.Advance(TimeSpan.FromMinutes(12));
        var away = true;
        var database = new FaultyDatabase(hub.Database) { OnBegin = () => away ? new HubUnavailableException("Away.", new IOException()) : null };
        var reminders = new ApprovalReminders(database, hub.Get<WebhookOutbox>(), NullLogger<ApprovalReminders>.Instance);
        await Assert.ThrowsAsync<HubUnavailableException>(() => reminders.RemindDueAsync(default));
        away = false;
        // After the mark and before the commit.
        await WriteAsync(hub, "alter table webhook_deliveries rename to webhook_deliveries_away");
        await Assert.ThrowsAnyAsync<Exception>(() => reminders.RemindDueAsync(default));
        await WriteAsync(hub, "alter table webhook_deliveries_away rename to webhook_deliveries");
        Assert.Null((await FindAsync(hub, asked)).RemindedAt);
        Assert.Equal(1, await reminders.RemindDueAsync(default));
        Assert.Single(await ToldAsync(hub));
    }

    [Fact]
    public async Task Without_a_listener_nothing_is_kept_for_one()
    {
        await using var hub = await GateHub.CreateAsync(store);
        await AskAsync(hub);
        hub.Time.Advance(TimeSpan.FromMinutes(12));
        Assert.Equal(1, await RemindAsync(hub));
        Assert.Empty(await ToldAsync(hub));
    }

    [Fact]
    public async Task The_gates_sweep_reminds_by_itself()
    {
        await using var hub = await StartAsync();
        var asked = await AskAsync(hub);
        using var sweeper = await SweepingAsync(hub);
        hub.Time.Sleep(TimeSpan.FromMinutes(12));
        await Waiting.UntilAsync(async () => (await FindAsync(hub, asked)).RemindedAt is not null);
        await sweeper.StopAsync(default);
    }

    [Fact]
    public async Task One_that_cannot_be_read_holds_up_neither_the_others_nor_itself()
    {
        var log = new CapturingLogger();
        await using var hub = await StartAsync(log);
        var (odd, whole) = (await AskAsync(hub), await AskAsync(hub, "n-two"));
        await WriteAsync(hub, $"update plans set body = '{{' where id = (select plan_id from approvals where id = '{odd}')");
        using var sweeper = await SweepingAsync(hub);
        hub.Time.Sleep(TimeSpan.FromMinutes(12));
        await Waiting.UntilAsync(async () => await hub.CountAsync("select count(*) from approvals where reminded_at is not null") == 2);
        var told = (await ToldAsync(hub)).ToDictionary(t => (string)t.Data["approval_id"]!, t => (string?)t.Data["tool"]);
        Assert.Equal((null, "note.drop"), (told[odd], told[whole]));
        Assert.Contains(log.Lines, l => l.Level == LogLevel.Error && l.Message.Contains(odd, StringComparison.Ordinal));
        hub.Time.Sleep(TimeSpan.FromMinutes(4));
        await Waiting.UntilAsync(async () => await ExpiredAsync(hub) == 2);
        await sweeper.StopAsync(default);
    }

    [Fact]
    public async Task What_fails_in_reminding_stops_neither_expiry_nor_the_process()
    {
        var log = new CapturingLogger<GateSweeper>();
        await using var hub = await StartAsync();
        await AskAsync(hub);
        var broken = true;
        var database = new FaultyDatabase(hub.Database) { OnBegin = () => broken ? new InvalidOperationException("Odd.") : null };
        var reminders = new ApprovalReminders(database, hub.Get<WebhookOutbox>(), NullLogger<ApprovalReminders>.Instance);
        using var sweeper = new GateSweeper(hub.Database, hub.Get<ApprovalClosing>(), reminders, hub.Time, log);
        await sweeper.StartAsync(default);
        await Waiting.UntilAsync(() => hub.Time.Waiting > 0);
        hub.Time.Sleep(TimeSpan.FromMinutes(12));
        await Waiting.UntilAsync(() => log.Lines.Any(l => l.Level == LogLevel.Error));
        hub.Time.Sleep(TimeSpan.FromMinutes(4));
        await Waiting.UntilAsync(async () => await ExpiredAsync(hub) == 1);
        broken = false;
        await AskAsync(hub, "n-two");
        hub.Time.Sleep(TimeSpan.FromMinutes(12));
        await Waiting.UntilAsync(async () => (await ToldAsync(hub)).Count == 1);
        await sweeper.StopAsync(default);
    }

    private static Task<long> ExpiredAsync(GateHub hub) => hub.CountAsync("select count(*) from approvals where status = 'expired'");

    private static async Task<GateSweeper> SweepingAsync(GateHub hub)
    {
        var sweeper = hub.Get<IEnumerable<IHostedService>>().OfType<GateSweeper>().Single();
        await sweeper.StartAsync(default);
        await Waiting.UntilAsync(() => hub.Time.Waiting > 0);
        return sweeper;
    }

    private async Task<GateHub> StartAsync(CapturingLogger? log = null) => await GateHub.CreateAsync(await store.NewAsync(), services =>
        (log is null ? services : services.AddSingleton<ILoggerProvider>(log)).AddSingleton(new WebhookOutbox(new WebhookEndpoints([new WebhookEndpoint("siem", new Uri("https://siem.example/in"), [WebhookEvents.ApprovalExpiring], "of the test")], false), new WebhookStore())));

    private static async Task<string> AskAsync(GateHub hub, string note = "n-one")
    {
        await hub.SetAsync(note, "text of a person");
        return (await hub.CallAsync("note.drop", new { id = note })).ApprovalId!;
    }

    private static async Task<IReadOnlyList<int>> SweepAsync(GateHub hub)
    {
        var counts = new List<int>();
        // A round in which the other was faster is no end.
        for (var i = 0; i < 8; i++) counts.Add(await RemindAsync(hub));
        return counts;
    }

    private static Task<int> RemindAsync(GateHub hub) => hub.Get<ApprovalReminders>().RemindDueAsync(default);

    private static async Task<Approval> FindAsync(GateHub hub, string id) => (await hub.Approvals.FindAsync(GateHub.Ada, id, default))!;

    private static async Task<IReadOnlyList<(string Id, JsonObject Data)>> ToldAsync(GateHub hub)
    {
        await using var reader = await hub.Database.ReadAsync(default);
        var rows = await reader.QueryAsync<(string Id, string Data)>("select event_id, data from webhook_deliveries where event = 'approval.expiring'", null, default);
        return [.. rows.Select(r => (r.Id, JsonNode.Parse(r.Data)!.AsObject()))];
    }

    private static async Task WriteAsync(GateHub hub, string sql)
    {
        await using var transaction = await hub.Database.BeginAsync(default);
        await transaction.ExecuteAsync(sql, null, default);
        await transaction.CommitAsync(default);
    }

    /// <summary>What agents of Ada's sessions ask for, an hour long, all at once.</summary>
    internal static async Task<IReadOnlyList<string>> FloodAsync(GateHub hub, int count, string account = "acc_ada")
    {
        await using var transaction = await hub.Database.BeginAsync(default);
        var rows = Enumerable.Range(0, count).Select(i => new ApprovalRow
        {
            Id = Ids.New("apr"),
            Kind = ApprovalKinds.AgentCommand,
            PlanHash = new string('0', 64),
            Subject = AgentAsks.Command().ToJson(),
            PrincipalKey = account,
            AccountId = account,
            AccountName = "Ada",
            Via = AgentRecord.Via,
            SessionId = Ids.New("ses"),
            CallId = "ask-1",
            Tainted = true,
            CreatedAt = transaction.Now,
            ExpiresAt = transaction.Now.AddMinutes(60),
        }).ToList();
        foreach (var row in rows)
        {
            await ApprovalStore.InsertAsync(transaction, row, default);
            transaction.Hint(Approvals.ChangedTopic, row.Id);
        }
        await transaction.CommitAsync(default);
        return [.. rows.Select(r => r.Id)];
    }
}

public sealed class SqliteApprovalReminderTests() : ApprovalReminderTests(TestStore.Sqlite);

public sealed class PostgresApprovalReminderTests() : ApprovalReminderTests(TestStore.Postgres);
