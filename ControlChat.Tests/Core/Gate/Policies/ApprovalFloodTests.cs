using System.Diagnostics;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Gate.Policies;

/// <summary>Very many approvals at once: pages of them cost a few statements, whoever decides which.</summary>
public abstract class ApprovalFloodTests(TestStore store)
{
    private const int Many = 500;

    [Fact]
    public async Task Five_hundred_that_wait_are_paged_counted_and_read_within_a_second()
    {
        await using var hub = await PolicyHub.CreateAsync(store);
        hub.Gate.Settings.Current = new HubOptions
        {
            Limits = new HubOptions().Limits with { PendingApprovals = Many },
            Policy = new PolicySection { Tools = new Dictionary<string, string> { ["note.drop"] = "second_person" } },
        };
        var (olga, ben) = (await hub.PersonAsync("Olga", "admin"), await hub.PersonAsync("Ben"));
        for (var i = 0; i < Many; i++)
        {
            await hub.Gate.SetAsync($"n{i}", "one", ben);
            Assert.Equal("confirmation_required", (await hub.Gate.CallAsync("note.drop", new { id = $"n{i}" }, ben)).Status);
        }
        var since = Stopwatch.GetTimestamp();
        var page = await hub.Gate.Approvals.ListAsync(olga, new ApprovalFilter("pending", Limit: 100) { Decidable = true }, default);
        var count = await hub.Gate.Approvals.CountWaitingAsync(olga, default);
        var took = Stopwatch.GetElapsedTime(since);
        Assert.Equal((100, Many), (page.Items.Count, count));
        Assert.True(took < TimeSpan.FromSeconds(1), $"A page took {took.TotalMilliseconds:0} ms.");

        var seen = new HashSet<string>();
        for (string? cursor = null; ;)
        {
            page = await hub.Gate.Approvals.ListAsync(olga, new ApprovalFilter("pending", Cursor: cursor, Limit: 100), default);
            seen.UnionWith(page.Items.Select(a => a.Id));
            Assert.All(page.Items, a => Assert.True(a.MayDecide && a.Plan is not null));
            if ((cursor = page.NextCursor) is null) break;
        }
        Assert.Equal(Many, seen.Count);
    }

    [Fact]
    public async Task A_page_costs_as_many_statements_with_many_as_with_few()
    {
        await using var hub = await PolicyHub.CreateAsync(store);
        hub.Gate.Settings.Current = new HubOptions { Policy = new PolicySection { Tools = new Dictionary<string, string> { ["note.set"] = "second_person" } } };
        var (olga, ben) = (await hub.PersonAsync("Olga", "admin"), await hub.PersonAsync("Ben"));
        for (var i = 0; i < 15; i++) await hub.Gate.SetAsync($"n{i}", "one", ben);
        await using var session = await hub.Gate.Database.ReadAsync(default);
        var reader = new CountingReader(session);
        var rows = await ApprovalStore.ListAsync(reader, null, olga.Key, new ApprovalFilter("pending", Limit: 200), [], default);
        await ApprovalViews.ShowAsync(reader, olga, [.. rows.Take(2)], default);
        var few = reader.Statements;
        Assert.Equal(15, (await ApprovalViews.ShowAsync(reader, olga, rows, default)).Count);
        Assert.Equal(few - 1, reader.Statements - few);
    }

    private sealed class CountingReader(IHubReader inner) : IHubReader
    {
        public int Statements { get; private set; }

        public DateTimeOffset Now => inner.Now;

        public SqlDialect Dialect => inner.Dialect;

        public Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object? arguments, CancellationToken cancellationToken) => Counted(inner.QueryAsync<T>(sql, arguments, cancellationToken));

        public Task<T?> FindAsync<T>(string sql, object? arguments, CancellationToken cancellationToken) => Counted(inner.FindAsync<T>(sql, arguments, cancellationToken));

        public Task ScanAsync(string sql, object? arguments, Func<System.Data.Common.DbDataReader, bool> row, CancellationToken cancellationToken) => inner.ScanAsync(sql, arguments, row, cancellationToken);

        private Task<T> Counted<T>(Task<T> work)
        {
            Statements++;
            return work;
        }
    }
}

public sealed class ApprovalFloodOnSqliteTests() : ApprovalFloodTests(TestStore.Sqlite);

public sealed class ApprovalFloodOnPostgresTests() : ApprovalFloodTests(TestStore.Postgres);
