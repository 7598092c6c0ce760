using ControlChat.Core.Audit;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Audit;

public abstract class AuditTextTests(TestStore store)
{
    [Fact]
    public async Task A_search_goes_on_from_one_table_to_the_next_in_both_directions()
    {
        await using var hub = await AuditHub.CreateAsync(store);
        const long Edge = AuditTextTables.RowsPerTable;
        await using var transaction = await hub.Database.BeginAsync(default);
        foreach (var start in new[] { Edge - 3, Edge, 2 * Edge })
            await AuditText.AddAsync(transaction, [.. Enumerable.Range(0, 3).Select(i => new RowWords(start + i, i == 1 ? "needle" : "hay"))], default);

        Assert.Equal([2 * Edge + 1, Edge + 1, Edge - 2], await FindAsync("needle", 10, newestFirst: true));
        Assert.Equal([Edge - 2, Edge + 1, 2 * Edge + 1], await FindAsync("need", 10, newestFirst: false));
        Assert.Equal([2 * Edge + 2, 2 * Edge, Edge + 2], await FindAsync("hay", 3, newestFirst: true));
        Assert.Equal([Edge + 1], await FindAsync("needle", 10, newestFirst: true, new Span(Edge - 2, 2 * Edge)));

        Task<IReadOnlyList<long>> FindAsync(string word, int limit, bool newestFirst, Span? span = null) =>
            AuditText.FindAsync(transaction, [word], span ?? new Span(Edge - 4, 2 * Edge + 3), limit, newestFirst, default);
    }
}

public sealed class AuditTextOnSqliteTests() : AuditTextTests(TestStore.Sqlite);

public sealed class AuditTextOnPostgresTests() : AuditTextTests(TestStore.Postgres);
