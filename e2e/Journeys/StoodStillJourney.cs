using System.Globalization;
using System.Text.Json.Nodes;
using ControlChat.Faults;
using ControlChat.Harness;
using Npgsql;
using Xunit;

namespace ControlChat.Journeys;

/// <summary>
/// A node stands still in the middle of what it does outside of the database, hosts and syncs. Another one takes over or ends it, and when
/// the first goes on, nothing is done twice and the record has one outcome.
/// </summary>
public sealed class StoodStillJourney : IAsyncLifetime
{
    private const string Sync = "sync.run";
    private const string Host = "workspace.start_host";
    private static readonly TimeSpan _long = TimeSpan.FromSeconds(90);
    private readonly DirectoryInfo _remote = Directory.CreateTempSubdirectory("controlchat-remote-");
    private HubNodes _nodes = null!;
    private HubProcess _one = null!;
    private HubClient _person = null!;
    private HubProcess? _two;

    public async ValueTask InitializeAsync()
    {
        _nodes = await HubNodes.MakeAsync(("Sync:Directories:0", _remote.FullName), ("Sync:KilobytesPerSecond", "256"));
        _one = await _nodes.StartAsync();
        _person = await HubClient.SignInAsync(_one);
    }

    public async ValueTask DisposeAsync()
    {
        // Hosts outlive the hub that started them.
        foreach (var host in Processes("--workspace")) Kill(host);
        _person?.Dispose();
        await _nodes.DisposeAsync();
        _remote.Delete(recursive: true);
    }

    [Theory]
    [InlineData(Sync)]
    [InlineData(Host)]
    public async Task What_a_node_committed_and_did_not_begin_another_carries_out_once(string tool)
    {
        var id = await CreateAsync("first");
        var asked = await AskAsync(_person, tool, id);
        Task<HubAnswer> approving;
        await using (var writers = await HeldWriters.HoldAsync(_nodes.ConnectionString))
        {
            approving = Bed.ApproveAsync(_person, asked);
            await writers.LetThroughUntilAsync(async () => await StateAsync(tool, id) is not ("" or "off"));
            await _one.PauseAsync();
        }
        _two = await _nodes.StartAsync();
        await UntilAsync(async () => await StateAsync(tool, id) is "completed" or "on");
        // What is done a second time would take this away again.
        if (tool == Sync) await File.WriteAllTextAsync(Path.Combine(RemoteOf(id), "later"), "later");

        await _one.ResumeAsync();
        var applied = await approving;
        Assert.True(applied.Field("status") == "completed", applied.Text);
        await ExpectOnceAsync(applied.Field("action_id")!, tool, "completed");
        // It is awake and has done what waited there before, when it has done another one.
        var other = await CreateAsync("second");
        var second = await Bed.ApproveAsync(_person, await AskAsync(_person, tool, other));
        Assert.True(second.Status == 200, second.Text);
        await UntilAsync(async () => await StateAsync(tool, other) is "completed" or "on");
        await ExpectOnceAsync(applied.Field("action_id")!, tool, "completed");
        if (tool == Sync) Assert.Equal(["later", "note"], Names(id));
        else Assert.Single(Processes(id));
        await RecordHoldsAsync();
    }

    [Fact]
    public async Task A_sync_whose_node_stands_still_while_it_moves_is_ended_once_and_moves_no_more()
    {
        var id = await CreateAsync("first");
        await File.WriteAllBytesAsync(Path.Combine(_one.WorkspacesRoot, id, "big"), new byte[64 << 20]);
        var applied = await Bed.ApproveAsync(_person, await AskAsync(_person, Sync, id));
        var action = applied.Field("action_id")!;
        await UntilAsync(async () => await AnswerAsync<long>("select coalesce(max(bytes), 0) from sync_runs where workspace_id = @id and state = 'running'", id) > 0);
        Assert.NotEmpty(Processes(action));
        await _one.PauseAsync();
        await SleepAsync("sync_runs", id);
        _two = await _nodes.StartAsync();
        await UntilAsync(async () => await StateAsync(Sync, id) == "failed");
        Assert.NotEmpty(Processes(action));

        await _one.ResumeAsync();
        await UntilAsync(() => Task.FromResult(Processes(action).Count == 0));
        await ExpectOnceAsync(action, Sync, "failed");
        Assert.Equal([], Names(id));
        // Whoever is asked next may.
        File.Delete(Path.Combine(_one.WorkspacesRoot, id, "big"));
        Assert.Equal(200, (await Bed.ApproveAsync(_person, await AskAsync(_person, Sync, id))).Status);
        await UntilAsync(async () => await StateAsync(Sync, id) == "completed");
        await ExpectOnceAsync(action, Sync, "failed");
        Assert.Equal(["note"], Names(id));
        await RecordHoldsAsync();
    }

    [Fact]
    public async Task A_host_whose_node_stands_still_while_it_starts_is_given_up_once_and_does_not_stay()
    {
        var id = await CreateAsync("first");
        var asked = await AskAsync(_person, Host, id);
        Task<HubAnswer> approving;
        await using (var writers = await HeldWriters.HoldAsync(_nodes.ConnectionString))
        {
            approving = Bed.ApproveAsync(_person, asked);
            await writers.LetThroughUntilAsync(async () => await AnswerAsync<long>("select count(*) from workspace_hosts where workspace_id = @id and node is not null", id) == 1);
            // The host comes up; that it did is what the node would write next.
            await UntilAsync(() => Task.FromResult(Processes(id).Count == 1));
            await _one.PauseAsync();
        }
        await SleepAsync("workspace_hosts", id);
        _two = await _nodes.StartAsync();
        await UntilAsync(async () => await StateAsync(Host, id) == "failed");
        Assert.Single(Processes(id));

        await _one.ResumeAsync();
        var applied = await approving;
        Assert.True(applied.Field("status") == "completed", applied.Text);
        await UntilAsync(() => Task.FromResult(Processes(id).Count == 0));
        await ExpectOnceAsync(applied.Field("action_id")!, Host, "failed");
        Assert.Equal("failed", await StateAsync(Host, id));
        Assert.Equal(200, (await Bed.ApproveAsync(_person, await AskAsync(_person, Host, id))).Status);
        await UntilAsync(async () => await StateAsync(Host, id) == "on");
        await ExpectOnceAsync(applied.Field("action_id")!, Host, "failed");
        await RecordHoldsAsync();
    }

    private string RemoteOf(string id) => Path.Combine(_remote.FullName, id);

    private IEnumerable<string> Names(string id) => Directory.EnumerateFileSystemEntries(RemoteOf(id)).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal);

    /// <summary>A workspace with a note in it, to be pushed to a directory of its own.</summary>
    private async Task<string> CreateAsync(string title)
    {
        var id = Bed.CreatedId(await _person.CallAsync("workspace.create", new JsonObject { ["title"] = title }));
        await UntilAsync(() => Task.FromResult(Directory.Exists(Path.Combine(_one.WorkspacesRoot, id))));
        await File.WriteAllTextAsync(Path.Combine(_one.WorkspacesRoot, id, "note"), "note");
        Directory.CreateDirectory(RemoteOf(id));
        var configured = await Bed.ApproveAsync(_person, await OpenAsync(_person, await _person.CallAsync("sync.configure", new JsonObject { ["workspace_id"] = id, ["remote"] = RemoteOf(id), ["direction"] = "push" })));
        Assert.True(configured.Status == 200, configured.Text);
        return id;
    }

    private static async Task<Opened> AskAsync(HubClient person, string tool, string id) => await OpenAsync(person, await person.CallAsync(tool, new JsonObject { ["workspace_id"] = id }));

    private static async Task<Opened> OpenAsync(HubClient person, HubAnswer asked)
    {
        Assert.True(asked.Status == 202, asked.Text);
        return new Opened(asked.Field("approval_id")!, (await person.GetAsync($"/api/v1/approvals/{asked.Field("approval_id")}")).Field("confirm_token")!);
    }

    /// <summary>As the database has it; empty when there is nothing.</summary>
    private async Task<string> StateAsync(string tool, string id) =>
        await AnswerAsync<string>($"select coalesce(max(state), '') from {(tool == Sync ? "sync_runs" : "workspace_hosts")} where workspace_id = @id", id);

    /// <summary>As if its node had given no sign for longer than anybody waits for one.</summary>
    private async Task SleepAsync(string table, string id) =>
        Assert.Equal(id, await AnswerAsync<string>($"update {table} set seen_at = '2001-01-01T00:00:00.000Z' where workspace_id = @id returning workspace_id", id));

    private async Task<T> AnswerAsync<T>(string sql, string id)
    {
        await using var connection = new NpgsqlConnection(_nodes.ConnectionString + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new NpgsqlParameter("id", id) } };
        return (T)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Of the action there are two rows: that it was approved, and what became of it.</summary>
    private async Task ExpectOnceAsync(string action, string tool, string outcome)
    {
        var rows = (await _person.GetAsync($"/api/v1/audit?action_id={action}")).Json["items"]!.AsArray();
        Assert.Equal([$"system {tool} {outcome}", $"rest {tool} completed"], rows.Select(r => $"{r!["actor"]!["via"]} {r["tool"]} {r["outcome"]}"));
    }

    private async Task RecordHoldsAsync()
    {
        var verdict = (await _person.GetAsync("/api/v1/audit/verify")).Json;
        Assert.True(verdict["ok"]!.GetValue<bool>(), verdict.ToJsonString());
    }

    /// <summary>Processes of this hub's hosts and syncs that name something on their command line.</summary>
    private List<int> Processes(string named) => [.. Directory.EnumerateDirectories("/proc").Select(p => Path.GetFileName(p)).Where(p => p.All(char.IsAsciiDigit))
        .Where(p => CommandOf(p) is var words && words.Contains(named, StringComparison.Ordinal) && (words.Contains(_one.DataDirectory, StringComparison.Ordinal) || (_two is not null && words.Contains(_two.DataDirectory, StringComparison.Ordinal)) || words.Contains(_remote.FullName, StringComparison.Ordinal)))
        .Select(p => int.Parse(p, CultureInfo.InvariantCulture))];

    private static string CommandOf(string process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process}/cmdline").Replace('\0', ' ');
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static void Kill(int process)
    {
        using var kill = System.Diagnostics.Process.Start("kill", ["-KILL", process.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    private async Task UntilAsync(Func<Task<bool>> holds) => Assert.True(await Soon.HoldsAsync(holds, _long), $"{_one.Tail()}\n\n{_two?.Tail()}");
}
