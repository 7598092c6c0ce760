using ControlChat.Core.Processes;
using ControlChat.Core.Sync;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Sync;

/// <summary>The real rsync, between two directories.</summary>
public sealed class RsyncTests : IDisposable
{
    private readonly SyncBed _bed = new();

    public void Dispose() => _bed.Dispose();

    [Fact]
    public async Task The_difference_says_what_a_run_then_does_and_comparing_changes_nothing()
    {
        SyncBed.Write(_bed.Own, "new/a.txt", "four");
        SyncBed.Write(_bed.Own, "changed.txt", "longer than before");
        SyncBed.Write(_bed.Own, "same.txt", "same");
        SyncBed.Write(_bed.Remote, "changed.txt", "before");
        SyncBed.Write(_bed.Remote, "gone/b.txt", "b");
        File.Copy(Path.Combine(_bed.Own, "same.txt"), Path.Combine(_bed.Remote, "same.txt"));
        File.SetLastWriteTimeUtc(Path.Combine(_bed.Remote, "same.txt"), File.GetLastWriteTimeUtc(Path.Combine(_bed.Own, "same.txt")));
        var before = SyncBed.Names(_bed.Remote);
        var order = _bed.Order(SyncDirection.Push);

        var difference = await _bed.CompareAsync(order);
        Assert.Equal(
            [("update", "changed.txt", 18), ("delete", "gone/", 0), ("delete", "gone/b.txt", 0), ("create", "new/", 0), ("create", "new/a.txt", 4)],
            difference.Changes.Select(c => (c.Op, c.Path, c.Bytes)));
        Assert.Equal(before, SyncBed.Names(_bed.Remote));

        var done = await _bed.Rsync.RunAsync(order, difference, _ => { }, CancellationToken.None);
        Assert.Equal(difference.Digest, done.Digest);
        Assert.Equal(SyncBed.Names(_bed.Own), SyncBed.Names(_bed.Remote));
        Assert.Equal("longer than before", File.ReadAllText(Path.Combine(_bed.Remote, "changed.txt")));
        Assert.Empty((await _bed.CompareAsync(order)).Changes);
    }

    [Fact]
    public async Task Pulling_makes_the_workspace_like_the_remote_and_what_is_left_out_stays_on_both_sides()
    {
        SyncBed.Write(_bed.Own, "own.txt", "own");
        SyncBed.Write(_bed.Own, "keep/own.txt", "own");
        SyncBed.Write(_bed.Remote, "theirs.txt", "theirs");
        SyncBed.Write(_bed.Remote, "keep/theirs.txt", "theirs");
        await _bed.RunAsync(_bed.Order(SyncDirection.Pull, "keep/"));
        Assert.Equal(["keep/", "keep/own.txt", "theirs.txt"], SyncBed.Names(_bed.Own));
        Assert.Equal(["keep/", "keep/theirs.txt", "theirs.txt"], SyncBed.Names(_bed.Remote));
    }

    [Fact]
    public async Task A_file_that_changed_by_size_or_by_time_is_another_difference()
    {
        SyncBed.Write(_bed.Own, "a", "aaaa");
        var order = _bed.Order(SyncDirection.Push);
        var first = (await _bed.CompareAsync(order)).Digest;
        Assert.Equal(first, (await _bed.CompareAsync(_bed.Order(SyncDirection.Push))).Digest);
        File.SetLastWriteTimeUtc(Path.Combine(_bed.Own, "a"), new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));
        var touched = (await _bed.CompareAsync(order)).Digest;
        SyncBed.Write(_bed.Own, "a", "aaaaa");
        Assert.Equal(3, new[] { first, touched, (await _bed.CompareAsync(order)).Digest }.Distinct().Count());
    }

    [Fact]
    public async Task Names_are_names_whatever_they_look_like()
    {
        string[] names = ["-e sh", "--delete", "a\nb", ":act:>f+++++++++:1:x:y", "*deleting  ", "tab\tand\rreturn", "back\\#012", "back\\slash", " space ", "ünïcödé", "\u202ertl", "$(id)", "`id`", "a;b|c", "'\"", "#", "[x]*?", "host:file"];
        foreach (var name in names) SyncBed.Write(_bed.Own, name, "x");
        SyncBed.Write(_bed.Own, "dir\n:x:/in", "x");
        var difference = await _bed.CompareAsync(_bed.Order(SyncDirection.Push));
        Assert.Equal(names.Length + 2, difference.Changes.Count);
        Assert.All(difference.Changes, c => Assert.DoesNotContain(c.Path, char.IsControl));
        Assert.Contains("a\\#012b", difference.Changes.Select(c => c.Path));
        await _bed.RunAsync(_bed.Order(SyncDirection.Push));
        Assert.Equal(SyncBed.Names(_bed.Own), SyncBed.Names(_bed.Remote));
        await _bed.RunAsync(_bed.Order(SyncDirection.Pull));
        Assert.Equal(names.Length + 2, SyncBed.Names(_bed.Own).Count);
    }

    [Fact]
    public async Task Links_out_of_the_source_are_not_followed_and_not_carried()
    {
        SyncBed.Write(_bed.Outside, "secret", "secret");
        SyncBed.Write(_bed.Own, "plain", "plain");
        File.CreateSymbolicLink(Path.Combine(_bed.Own, "link"), Path.Combine(_bed.Outside, "secret"));
        Directory.CreateSymbolicLink(Path.Combine(_bed.Own, "linked"), _bed.Outside);
        Directory.CreateSymbolicLink(Path.Combine(_bed.Own, "up"), "..");
        File.CreateSymbolicLink(Path.Combine(_bed.Own, "inside"), "plain");
        var difference = await _bed.RunAsync(_bed.Order(SyncDirection.Push));
        Assert.Equal(["plain"], SyncBed.Names(_bed.Remote));
        Assert.Equal(4, difference.Skipped);
    }

    [Theory, InlineData(SyncDirection.Push), InlineData(SyncDirection.Pull)]
    public async Task Links_in_the_target_lead_nothing_outside(string direction)
    {
        var (source, target) = direction == SyncDirection.Push ? (_bed.Own, _bed.Remote) : (_bed.Remote, _bed.Own);
        SyncBed.Write(_bed.Outside, "victim", "untouched");
        SyncBed.Write(source, "file", "new");
        SyncBed.Write(source, "dir/victim", "new");
        SyncBed.Write(source, "deep/er/victim", "new");
        File.CreateSymbolicLink(Path.Combine(target, "file"), Path.Combine(_bed.Outside, "victim"));
        Directory.CreateSymbolicLink(Path.Combine(target, "dir"), _bed.Outside);
        Directory.CreateDirectory(Path.Combine(target, "deep"));
        Directory.CreateSymbolicLink(Path.Combine(target, "deep/er"), _bed.Outside);
        Directory.CreateSymbolicLink(Path.Combine(target, "extra"), _bed.Outside);
        await _bed.RunAsync(_bed.Order(direction));
        Assert.Equal(["victim"], SyncBed.Names(_bed.Outside));
        Assert.Equal("untouched", File.ReadAllText(Path.Combine(_bed.Outside, "victim")));
        Assert.Equal(SyncBed.Names(source), SyncBed.Names(target));
    }

    [Fact]
    public async Task Rights_that_could_hurt_are_not_carried_but_that_it_can_be_run_is()
    {
        SyncBed.Write(_bed.Own, "program", "x");
        File.SetUnixFileMode(Path.Combine(_bed.Own, "program"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.SetUser | UnixFileMode.SetGroup);
        await _bed.RunAsync(_bed.Order(SyncDirection.Push));
        var mode = File.GetUnixFileMode(Path.Combine(_bed.Remote, "program"));
        Assert.True(mode.HasFlag(UnixFileMode.UserExecute));
        Assert.False(mode.HasFlag(UnixFileMode.SetUser) || mode.HasFlag(UnixFileMode.SetGroup));
    }

    [Fact]
    public async Task What_came_since_the_comparison_is_not_deleted()
    {
        SyncBed.Write(_bed.Own, "a", "a");
        var order = _bed.Order(SyncDirection.Push);
        var nothingToDelete = await _bed.CompareAsync(order);
        SyncBed.Write(_bed.Remote, "late", "late");
        await _bed.Rsync.RunAsync(order, nothingToDelete, _ => { }, CancellationToken.None);
        Assert.Equal(["a", "late"], SyncBed.Names(_bed.Remote));
    }

    [Fact]
    public async Task Too_many_differences_are_refused_with_the_setting_to_raise()
    {
        _bed.Sync = new() { MaxFiles = 2 };
        foreach (var name in (string[])["a", "b", "c"]) SyncBed.Write(_bed.Own, name, name);
        var refused = await Assert.ThrowsAsync<SyncFailedException>(() => _bed.CompareAsync(_bed.Order(SyncDirection.Push)));
        Assert.Contains("Sync:MaxFiles", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancelling_in_the_middle_leaves_no_process_and_no_half_file()
    {
        _bed.Sync = new() { KilobytesPerSecond = 256 };
        File.WriteAllBytes(Path.Combine(_bed.Own, "big"), new byte[64 << 20]);
        var order = _bed.Order(SyncDirection.Push);
        var difference = await _bed.CompareAsync(order);
        using var stop = new CancellationTokenSource();
        var moved = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var run = _bed.Rsync.RunAsync(order, difference, p =>
        {
            if (p.Bytes > 0) moved.TrySetResult();
        }, stop.Token);
        await moved.Task.WaitAsync(TimeSpan.FromMinutes(1));
        Assert.NotEmpty(Processes(order));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => run);
        Assert.Empty(Processes(order));
        Assert.Empty(SyncBed.Names(_bed.Remote));
    }

    [Fact]
    public async Task A_run_that_takes_too_long_is_stopped_and_names_the_setting()
    {
        _bed.Sync = new() { KilobytesPerSecond = 64, Timeout = TimeSpan.FromSeconds(2) };
        File.WriteAllBytes(Path.Combine(_bed.Own, "big"), new byte[64 << 20]);
        var order = _bed.Order(SyncDirection.Push);
        var stopped = await Assert.ThrowsAsync<SyncFailedException>(() => _bed.RunAsync(order));
        Assert.Contains("Sync:Timeout", stopped.Message, StringComparison.Ordinal);
        Assert.Empty(Processes(order));
    }

    [Fact]
    public async Task A_reader_that_breaks_does_not_make_the_process_stand_still()
    {
        var lines = new ProcessOrder("seq", ["1", "100000"], "/", new Dictionary<string, string> { ["PATH"] = Programs.Path });
        var process = LongProcess.Start(lines, _ => throw new FormatException("not understood"));
        await Assert.ThrowsAsync<FormatException>(() => process.Exited.WaitAsync(TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public async Task What_an_earlier_process_left_is_found_by_its_action_and_ended()
    {
        _bed.Sync = new() { KilobytesPerSecond = 64 };
        File.WriteAllBytes(Path.Combine(_bed.Own, "big"), new byte[64 << 20]);
        var order = _bed.Order(SyncDirection.Push);
        var run = _bed.Rsync.RunAsync(order, await _bed.CompareAsync(order), _ => { }, CancellationToken.None);
        await Waiting.UntilAsync(() => Processes(order).Count > 0, TimeSpan.FromMinutes(1));
        await new Rsync(_bed.Settings, TimeProvider.System).EndLeftoversAsync(order.Mark);
        Assert.Empty(Processes(order));
        await Assert.ThrowsAsync<SyncFailedException>(() => run);
    }

    private static IReadOnlyList<ProcessEntry> Processes(SyncOrder order) => ProcessTable.With($"--out-format={RsyncOutput.Format(order.Mark)}");
}
