using System.Text.Json.Nodes;
using ControlChat.Harness;
using Npgsql;
using Xunit;

namespace ControlChat.Tests.App.Backup;

/// <summary>A hub on PostgreSQL: its files by 'backup', then its rows by pg_dump, while it works; and a hub made of both, as the README says it.</summary>
public sealed class PostgresBackupTests : IAsyncLifetime
{
    private PostgresHubs _hubs = null!;

    public async ValueTask InitializeAsync() => _hubs = await PostgresHubs.StartAsync();

    public ValueTask DisposeAsync() => _hubs.DisposeAsync();

    [Fact]
    public async Task A_dump_taken_while_the_hub_works_comes_back_whole()
    {
        var settings = await _hubs.SettingsAsync();
        settings["Limits:RequestsPerMinute"] = "100000";
        var copy = _hubs.PathOf("copy");
        var dump = Path.Combine(_hubs.Server.Folder, "hub.dump");
        await using (var hub = await HubProcess.StartAsync(settings, _hubs.Folder("one")))
        {
            using var person = await HubClient.SignInAsync(hub);
            await CreateAsync(person, "Before");
            using var enough = new CancellationTokenSource();
            var writing = Task.Run(async () =>
            {
                var made = 0;
                while (!enough.IsCancellationRequested) await CreateAsync(person, $"Meanwhile {made++}");
                return made;
            });
            var backup = await hub.RunAsync("backup", "--output", copy);
            Assert.True(backup.Code == 0, backup.Errors);
            Assert.Contains("pg_dump", backup.Errors, StringComparison.Ordinal);
            PostgresServer.RunAsPostgres("pg_dump", "--format=custom", $"--file={dump}", "--host", _hubs.Server.Folder, NameOf(settings));
            await enough.CancelAsync();
            Assert.True(await writing > 0);
            Assert.Equal(0, await hub.StopAsync());
        }

        var restored = new Dictionary<string, string>(settings) { ["Hub:ConnectionString"] = await _hubs.Server.CreateDatabaseAsync() };
        PostgresServer.RunAsPostgres("pg_restore", "--exit-on-error", "--host", _hubs.Server.Folder, "--dbname", NameOf(restored), dump);
        var two = _hubs.Folder("two");
        var (code, output, error) = await HubProcess.RunAsync(restored, two, "restore", "--from", copy);
        Assert.True(code == 0, error);
        Assert.StartsWith("ok rows=", output, StringComparison.Ordinal);
        await using var again = await HubProcess.StartAsync(restored, two);
        using var visitor = await HubClient.SignInAsync(again);
        var titles = (await visitor.CallAsync("workspace.list", new JsonObject { ["text"] = "Before" })).Json["result"]!["items"]!.AsArray().Select(w => w!["title"]!.GetValue<string>());
        Assert.Contains("Before", titles);
        await CreateAsync(visitor, "After");
        Assert.Equal(0, await again.StopAsync());
        var verified = await again.RunAsync("audit", "verify");
        Assert.True(verified.Code == 0, verified.Output + verified.Errors);
    }

    [Fact]
    public async Task Files_of_a_backup_whose_rows_are_not_there_are_not_restored()
    {
        var settings = await _hubs.SettingsAsync();
        var copy = _hubs.PathOf("copy");
        await using (var hub = await HubProcess.StartAsync(settings, _hubs.Folder("one")))
        {
            Assert.Equal(0, await hub.StopAsync());
            Assert.Equal(0, (await hub.RunAsync("backup", "--output", copy)).Code);
        }
        var empty = new Dictionary<string, string>(settings) { ["Hub:ConnectionString"] = await _hubs.Server.CreateDatabaseAsync() };
        var two = _hubs.Folder("two");
        Assert.Equal(1, (await HubProcess.RunAsync(empty, two, "restore", "--from", copy)).Code);
        Assert.Empty(Directory.EnumerateFileSystemEntries(two));
    }

    private static string NameOf(Dictionary<string, string> settings) => new NpgsqlConnectionStringBuilder(settings["Hub:ConnectionString"]).Database!;

    private static async Task CreateAsync(HubClient person, string title) =>
        Assert.Equal("completed", (await person.CallAsync("workspace.create", new JsonObject { ["title"] = title }, "r-" + Guid.NewGuid().ToString("n"))).Field("status"));
}
