using System.Diagnostics;
using System.Text.Json.Nodes;
using ControlChat.Bench.Stores;
using ControlChat.Core.Workspaces;
using ControlChat.Harness;

namespace ControlChat.Bench.Workspaces;

/// <summary>P7: lists and searches of one account in a hub of 10,000 and of 100,000 workspaces, over HTTP and beside that in this process.</summary>
internal static class WorkspaceSpeed
{
    private const int Calls = 100;
    private const int Pages = 20;

    private static readonly (string Name, JsonObject Arguments)[] _lists =
    [
        ("first page", new()), ("archived ones", new() { ["state"] = "archived" }), ("a rare text", new() { ["text"] = "c4ca" }), ("a common text", new() { ["text"] = "project" }),
        ("two letters", new() { ["text"] = "f7" }), ("no such text", new() { ["text"] = "zzzz" }), ("a tag", new() { ["tag"] = "tag7" }), ("a text with a tag", new() { ["text"] = "project", ["tag"] = "tag7" }),
    ];

    public static Task OnSqliteAsync(BenchOptions options, Report report) => MeasureAsync(SqliteStore.CreateAsync, report);

    public static Task OnPostgresAsync(BenchOptions options, Report report) => MeasureAsync(PostgresStore.CreateAsync, report);

    private static async Task MeasureAsync(Func<Task<IBenchStore>> make, Report report)
    {
        foreach (var (size, p95) in new[] { (10_000, 8.0), (100_000, 12.0) })
        {
            await using var store = await make();
            await using var hub = await store.StartHubAsync();
            string account;
            using (var person = await HubClient.SignInAsync(hub)) account = (await person.GetAsync("/api/v1/me")).Json["account"]!["id"]!.GetValue<string>();
            await hub.StopAsync();
            var since = Stopwatch.GetTimestamp();
            await WorkspaceRows.FillAsync(store, size, account);
            await store.SettleAsync();
            report.Note($"{size} workspaces on {store.Name}, the account a member of all, put in in {Stopwatch.GetElapsedTime(since).TotalSeconds:0} s.");
            await InProcessAsync(store, account, size, report);
            await hub.StartAgainAsync();
            using var again = await HubClient.SignInAsync(hub);
            await OverHttpAsync(again, size, p95, report);
        }
    }

    private static async Task InProcessAsync(IBenchStore store, string account, int size, Report report)
    {
        await using var database = store.Open();
        var samples = new Samples();
        for (var i = 0; i < Calls; i++)
        {
            await samples.TimeAsync(async () =>
            {
                await using var reader = await database.ReadAsync(CancellationToken.None);
                await new WorkspaceSearch().ListAsync(reader, account, new WorkspaceFilter(null, null, WorkspaceState.Active, null, 50), CancellationToken.None);
            });
        }
        report.Add($"first page of {size}, the statements alone", samples);
    }

    private static async Task OverHttpAsync(HubClient person, int size, double p95, Report report)
    {
        // A hub that serves has compiled what it runs: the runtime does so behind the first calls of each kind.
        for (var i = 0; i < Calls; i++)
        {
            foreach (var (_, arguments) in _lists) await ListAsync(person, arguments);
        }
        foreach (var (name, arguments) in _lists)
        {
            var samples = new Samples();
            for (var i = 0; i < Calls; i++) await samples.TimeAsync(() => ListAsync(person, arguments));
            report.Add($"workspace.list over HTTP, {size}, {name}", samples, p95: p95);
        }
        var (older, cursor) = (new Samples(), (string?)null);
        for (var i = 0; i < Pages; i++) await older.TimeAsync(async () => cursor = await ListAsync(person, cursor is null ? new() : new() { ["cursor"] = cursor }));
        report.Add($"workspace.list over HTTP, {size}, page after page", older, p95: p95);
        var page = new Samples();
        for (var i = 0; i < Calls; i++) await page.TimeAsync(() => person.Http.GetStringAsync(new Uri("/workspaces", UriKind.Relative)));
        report.Add($"the page itself, {size}, as HTML", page);
    }

    /// <returns>The cursor of the next page.</returns>
    private static async Task<string?> ListAsync(HubClient person, JsonObject arguments)
    {
        var answer = await person.CallAsync("workspace.list", arguments);
        var result = answer.Json["result"];
        if (answer.Status != 200 || result is null) throw new InvalidOperationException($"workspace.list answered {answer.Status}: {answer.Text}");
        if (result["items"]!.AsArray().Count > 50) throw new InvalidOperationException("workspace.list answered more than 50 rows.");
        return result["next_cursor"]?.GetValue<string>();
    }
}
