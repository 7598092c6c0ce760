using ControlChat.Core.Workspaces;
using ControlChat.Tests.Support;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace ControlChat.Tests.Core.Workspaces;

public abstract class WorkspaceDirectoriesTests(TestStore store) : IAsyncLifetime
{
    private readonly RecordedAudit _audit = new();
    private WorkspaceHub _hub = null!;
    private WorkspaceDirectories _directories = null!;

    public async ValueTask InitializeAsync()
    {
        _hub = await WorkspaceHub.OpenAsync(store);
        _directories = new WorkspaceDirectories(_hub.Database, _hub.Workspaces, _hub.Settings, _audit, NullLogger<WorkspaceDirectories>.Instance);
    }

    public ValueTask DisposeAsync() => _hub.DisposeAsync();

    [Fact]
    public async Task A_workspace_gets_a_directory_named_by_its_id_and_closed_to_others()
    {
        var id = await _hub.AddAsync("../../etc");
        await HandleAsync(id, "act_1");
        Assert.Equal([id], Directory.GetFileSystemEntries(_hub["workspaces"]).Select(Path.GetFileName));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.Combine(_hub["workspaces"], id)));
    }

    [Fact]
    public async Task Doing_it_again_changes_nothing_and_is_on_the_record_once()
    {
        var id = await _hub.AddAsync("w");
        await HandleAsync(id, "act_1");
        await File.WriteAllTextAsync(Path.Combine(_hub["workspaces"], id, "kept.txt"), "kept");
        await HandleAsync(id, "act_1");
        Assert.True(File.Exists(Path.Combine(_hub["workspaces"], id, "kept.txt")));
        await PurgeAsync(id);
        await HandleAsync(id, "act_2");
        await HandleAsync(id, "act_2");
        await HandleAsync(id, "act_1");
        Assert.Empty(Directory.GetFileSystemEntries(_hub["workspaces"]));
        Assert.Equal([("made", "act_1"), ("removed", "act_2")], _audit.Entries.Select(e => ((string)e.Data["directory"]!, e.ActionId!)));
        Assert.All(_audit.Entries, e => Assert.Equal(("tool.applied", "system", id), (e.Event, e.Actor.Via, e.WorkspaceId)));
    }

    [Fact]
    public async Task What_its_documents_held_before_goes_with_a_purged_workspace()
    {
        var (id, other) = (await _hub.AddAsync("w"), await _hub.AddAsync("v"));
        await HandleAsync(id, "act_1");
        foreach (var kept in new[] { id, other }) Directory.CreateDirectory(Path.Combine(_hub.Settings.Paths.Backups, kept, "deep"));
        await PurgeAsync(id);
        await HandleAsync(id, "act_2");
        Assert.Equal([other], Directory.GetFileSystemEntries(_hub.Settings.Paths.Backups).Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_trashed_workspace_keeps_its_directory()
    {
        var id = await _hub.AddAsync("w");
        await HandleAsync(id, "act_1");
        await _hub.WriteAsync(t => _hub.Workspaces.MoveAsync(t, id, "active", "trashed", null, CancellationToken.None));
        await HandleAsync(id, "act_1");
        Assert.True(Directory.Exists(Path.Combine(_hub["workspaces"], id)));
    }

    [Theory]
    [InlineData("../outside")]
    [InlineData("ws_1")]
    [InlineData("")]
    [InlineData("ws_0123456789abcdef0123456789abcdef/..")]
    public async Task A_name_that_is_no_id_of_ours_touches_nothing(string id)
    {
        Directory.CreateDirectory(_hub["outside"]);
        await Assert.ThrowsAsync<ArgumentException>(() => HandleAsync(id, "act_1"));
        Assert.True(Directory.Exists(_hub["outside"]));
        Assert.Empty(_audit.Entries);
    }

    [Fact]
    public async Task Removing_never_goes_through_a_link()
    {
        Directory.CreateDirectory(_hub["outside/deep"]);
        await File.WriteAllTextAsync(_hub["outside/precious.txt"], "x");
        var id = await _hub.AddAsync("w");
        await HandleAsync(id, "act_1");
        var own = Path.Combine(_hub["workspaces"], id);
        Directory.CreateSymbolicLink(Path.Combine(own, "way-out"), _hub["outside"]);
        Directory.CreateDirectory(Path.Combine(own, "a/b"));
        File.CreateSymbolicLink(Path.Combine(own, "a/b/file"), _hub["outside/precious.txt"]);
        await PurgeAsync(id);
        await HandleAsync(id, "act_2");
        Assert.False(Directory.Exists(own));
        Assert.True(File.Exists(_hub["outside/precious.txt"]));
        Assert.True(Directory.Exists(_hub["outside/deep"]));
    }

    [Fact]
    public async Task A_link_in_the_place_of_the_directory_goes_itself_and_is_never_taken_for_one()
    {
        Directory.CreateDirectory(_hub["outside"]);
        await File.WriteAllTextAsync(_hub["outside/precious.txt"], "x");
        Directory.CreateDirectory(_hub["workspaces"]);
        var id = await _hub.AddAsync("w");
        var own = Path.Combine(_hub["workspaces"], id);
        Directory.CreateSymbolicLink(own, _hub["outside"]);
        await Assert.ThrowsAsync<IOException>(() => HandleAsync(id, "act_1"));
        Assert.Empty(_audit.Entries);
        await PurgeAsync(id);
        await HandleAsync(id, "act_2");
        Assert.Null(new FileInfo(own).LinkTarget);
        Assert.True(File.Exists(_hub["outside/precious.txt"]));
    }

    [Fact]
    public async Task A_very_deep_tree_and_one_without_rights_are_removed_too()
    {
        var id = await _hub.AddAsync("w");
        await HandleAsync(id, "act_1");
        var own = Path.Combine(_hub["workspaces"], id);
        Directory.CreateDirectory(Path.Combine(own, string.Join('/', Enumerable.Repeat("d", 400))));
        Directory.CreateDirectory(Path.Combine(own, "locked/inside"));
        File.SetUnixFileMode(Path.Combine(own, "locked"), UnixFileMode.None);
        Directory.CreateDirectory(Path.Combine(own, ".removing-0"));
        await File.WriteAllTextAsync(Path.Combine(own, ".removing-1"), "in the way");
        await PurgeAsync(id);
        await HandleAsync(id, "act_2");
        Assert.False(Directory.Exists(own));
    }

    private Task HandleAsync(string id, string actionId) => _directories.HandleAsync(WorkspaceDirectories.Order(id, actionId), CancellationToken.None);

    private async Task PurgeAsync(string id)
    {
        await _hub.WriteAsync(t => _hub.Workspaces.MoveAsync(t, id, "active", "trashed", null, CancellationToken.None));
        Assert.True(await _hub.WriteAsync(t => _hub.Workspaces.PurgeAsync(t, id, CancellationToken.None)));
    }
}

public sealed class WorkspaceDirectoriesOnSqliteTests() : WorkspaceDirectoriesTests(TestStore.Sqlite);

public sealed class WorkspaceDirectoriesOnPostgresTests() : WorkspaceDirectoriesTests(TestStore.Postgres);
