using ControlChat.Core.Gate;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Gate;

/// <summary>What notices ask of the store.</summary>
public abstract class ApprovalNewsTests(TestStore store)
{
    [Fact]
    public async Task What_came_or_was_reminded_of_within_a_time_and_still_waits_is_news()
    {
        await using var hub = await GateHub.CreateAsync(store);
        var reminded = await AskAsync(hub);
        hub.Time.Advance(TimeSpan.FromMinutes(5));
        await AskAsync(hub, "n-two");
        hub.Time.Advance(TimeSpan.FromMinutes(7));
        var (came, declined) = (await AskAsync(hub, "n-three"), await AskAsync(hub, "n-four"));
        Assert.Equal(1, await hub.Get<ApprovalReminders>().RemindDueAsync(default));
        await hub.Approvals.DeclineAsync(GateHub.Ada, declined, null, default);
        hub.Time.Advance(TimeSpan.FromSeconds(5));
        var read = await NewsAsync(hub, TimeSpan.FromSeconds(10));
        Assert.Equal(new[] { reminded, came }.Order(StringComparer.Ordinal), read.News.Select(n => n.Id).Order(StringComparer.Ordinal));
        Assert.Equal(hub.Time.GetUtcNow(), read.At);
        Assert.Empty((await NewsAsync(hub, TimeSpan.FromSeconds(4))).News);
        Assert.Equal((declined, "declined"), (await NewsAsync(hub, null, declined, "apr_none")).News.Select(n => (n.Id, n.Status)).Single());
        // Nothing of hers is his to see.
        Assert.Empty((await hub.Approvals.NewsAsync(GateHub.Ben, new ApprovalNewsQuery([came], TimeSpan.FromHours(1)), default)).News);
    }

    [Fact]
    public async Task No_look_for_what_is_due_or_new_reads_all_approvals()
    {
        await using var hub = await GateHub.CreateAsync(store);
        var flood = await ApprovalReminderTests.FloodAsync(hub, 200);
        await using var reader = await hub.Database.ReadAsync(default);
        var plans = new PlanReader(reader);
        await ApprovalStore.RemindersDueAsync(plans, reader.Now, 10, default);
        foreach (var account in new[] { null, "acc_ada" })
        {
            await ApprovalStore.NewsSinceAsync(plans, account, reader.Now.AddMinutes(-1), 10, default);
            await ApprovalStore.NewsAsync(plans, account, flood.Take(3), default);
        }
        Assert.Equal(5, plans.Plans.Count);
        Assert.Empty(plans.Unindexed("approvals", "a", "plans", "p"));
    }

    private static Task<ApprovalNewsRead> NewsAsync(GateHub hub, TimeSpan? within, params IReadOnlyCollection<string> ids) =>
        hub.Approvals.NewsAsync(GateHub.Ada, new ApprovalNewsQuery(ids, within), default);

    private static async Task<string> AskAsync(GateHub hub, string note = "n-one")
    {
        await hub.SetAsync(note, "text of a person");
        return (await hub.CallAsync("note.drop", new { id = note })).ApprovalId!;
    }
}

public sealed class SqliteApprovalNewsTests() : ApprovalNewsTests(TestStore.Sqlite);

public sealed class PostgresApprovalNewsTests() : ApprovalNewsTests(TestStore.Postgres);
