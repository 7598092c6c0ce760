using ControlChat.Core.Settings;
using ControlChat.Core.Sync;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Sync;

/// <summary>The real rsync over the real ssh, to a real sshd.</summary>
[Collection(SshTurns.Name)]
public sealed class SshSyncTests(SshServer server) : IAsyncLifetime
{
    private readonly SyncBed _bed = new();

    public async ValueTask InitializeAsync()
    {
        await server.ReadyAsync();
        _bed.Settings.Paths = _bed.Settings.Paths with { SyncKey = server.Key };
    }

    public ValueTask DisposeAsync()
    {
        _bed.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Files_go_there_and_come_back()
    {
        foreach (var name in (string[])["a b", "-dash", "new\nline", "$(id)", "ü"]) SyncBed.Write(_bed.Own, name, name);
        SyncBed.Write(_bed.Remote, "old", "old");
        var difference = await _bed.CompareAsync(Order(SyncDirection.Push));
        Assert.Equal((5, 0, 1), (difference.Count("create"), difference.Count("update"), difference.Count("delete")));
        var done = await _bed.RunAsync(Order(SyncDirection.Push));
        Assert.Equal(difference.Digest, done.Digest);
        Assert.Equal(SyncBed.Names(_bed.Own), SyncBed.Names(_bed.Remote));
        SyncBed.Write(_bed.Remote, "theirs", "theirs");
        await _bed.RunAsync(Order(SyncDirection.Pull));
        Assert.Equal("theirs", File.ReadAllText(Path.Combine(_bed.Own, "theirs")));
    }

    [Fact]
    public async Task A_host_is_asked_for_its_key_and_a_pinned_one_is_kept()
    {
        var scan = new HostKeyScan(TimeProvider.System);
        var remote = (SyncRemote.Ssh)SyncRemote.Parse(server.Remote("/x"))!;
        Assert.Equal(server.HostKey, await scan.AskAsync(remote, null, CancellationToken.None));
        Assert.Equal(server.HostKey, await scan.AskAsync(remote, server.HostKey, CancellationToken.None));
        Assert.Equal(server.HostKey, await scan.AskAsync(remote, server.OtherKey, CancellationToken.None));
    }

    [Fact]
    public async Task A_host_that_is_not_there_is_told_as_such()
    {
        var nobody = (SyncRemote.Ssh)SyncRemote.Parse("ssh://127.0.0.1:1/x")!;
        var failure = await Assert.ThrowsAsync<SyncFailedException>(() => new HostKeyScan(TimeProvider.System).AskAsync(nobody, null, CancellationToken.None));
        Assert.True(failure.IsOutside);
        var unreachable = await Assert.ThrowsAsync<SyncFailedException>(() => _bed.CompareAsync(_bed.Order(new SyncConfig(nobody, SyncDirection.Push, [], server.HostKey, null))));
        Assert.True(unreachable.IsOutside);
    }

    // The same refused connection twice, as rsync 3.5.0 told it: it did and did not find out in time how its ssh ended.
    [Theory]
    [InlineData(255, "unexplained error")]
    [InlineData(12, "error in rsync protocol data stream")]
    public void A_connection_that_failed_is_told_as_such_whichever_program_ended_first(int code, string words)
    {
        var complaint = $"ssh: connect to host 127.0.0.1 port 1: Connection refused\nrsync: connection unexpectedly closed (0 bytes received so far) [sender]\nrsync error: {words} (code {code}) at io.c(285) [sender=3.5.0]\n";
        var failure = Rsync.Failure(Order(SyncDirection.Push), code, complaint);
        Assert.True(failure.IsOutside);
        Assert.EndsWith("ssh: connect to host 127.0.0.1 port 1: Connection refused", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_rsync_that_failed_at_the_other_end_is_no_lost_connection()
    {
        var failure = Rsync.Failure(Order(SyncDirection.Push), 12, "rsync: [receiver] write failed on \"/x/a\": No space left on device (28)\nrsync error: error in rsync protocol data stream (code 12) at io.c(285) [sender=3.5.0]\n");
        Assert.False(failure.IsOutside);
        Assert.Contains("No space left", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_host_with_another_key_than_the_pinned_is_refused_with_clear_words()
    {
        SyncBed.Write(_bed.Own, "a", "a");
        var order = Order(SyncDirection.Push);
        var difference = await _bed.CompareAsync(order);
        await server.ChangeHostKeyAsync();
        foreach (var attempt in (Func<Task>[])[() => _bed.CompareAsync(order), () => _bed.Rsync.RunAsync(order, difference, _ => { }, CancellationToken.None)])
        {
            var refused = await Assert.ThrowsAsync<SyncFailedException>(attempt);
            Assert.Contains("not the one that was pinned", refused.Message, StringComparison.Ordinal);
            Assert.Contains(server.HostKey.Fingerprint, refused.Message, StringComparison.Ordinal);
        }
        Assert.Empty(SyncBed.Names(_bed.Remote));
    }

    [Fact]
    public async Task Without_a_key_to_sign_in_with_it_says_what_to_set_and_with_a_wrong_one_that_it_is_not_let_in()
    {
        _bed.Settings.Paths = _bed.Settings.Paths with { SyncKey = null };
        Assert.Contains("Sync:SshKey", (await Assert.ThrowsAsync<SyncFailedException>(() => _bed.CompareAsync(Order(SyncDirection.Push)))).Message, StringComparison.Ordinal);
        _bed.Settings.Paths = _bed.Settings.Paths with { SyncKey = Path.Combine(Path.GetDirectoryName(server.Key)!, "other_key") };
        Assert.Contains("authorized_keys", (await Assert.ThrowsAsync<SyncFailedException>(() => _bed.CompareAsync(Order(SyncDirection.Push)))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Places_with_spaces_and_quotes_are_only_places()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder["it's a key"]);
        File.Copy(server.Key, folder["key of ours"]);
        File.SetUnixFileMode(folder["key of ours"], UnixFileMode.UserRead | UnixFileMode.UserWrite);
        _bed.Settings.Paths = new HubPaths(folder["data of ours"], "/nowhere", "/nowhere/local", "/nowhere/c") { SyncKey = folder["key of ours"] };
        var remote = folder["it's a key"];
        SyncBed.Write(_bed.Own, "a", "a");
        await _bed.RunAsync(_bed.Order(new SyncConfig(SyncRemote.Parse(server.Remote(remote))!, SyncDirection.Push, [], server.HostKey, null)));
        Assert.Equal(["a"], SyncBed.Names(remote));
    }

    private SyncOrder Order(string direction) => _bed.Order(new SyncConfig(SyncRemote.Parse(server.Remote(_bed.Remote))!, direction, [], server.HostKey, null));
}
