using ControlChat.Core.Files;
using ControlChat.Harness;
using Xunit;

namespace ControlChat.Tests.Core.Files;

/// <summary>The short form of F12; the long one is <c>e2e/Faults</c>.</summary>
public sealed class ConfinementTests : IDisposable
{
    private readonly EscapeTree _tree = new();

    public void Dispose() => _tree.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void No_path_reads_lists_or_writes_outside(bool walks)
    {
        using var files = Open(walks);
        var backups = new BackupFolder(_tree.Backups, TimeProvider.System);
        var seed = Random.Shared.Next();
        var dice = new Random(seed);
        for (var i = 0; i < 1_500; i++)
        {
            var path = TraversalPaths.Next(dice, _tree);
            Assert.True(_tree.Try(files, backups, path, i % 3 == 0 ? _tree.VersionOutside("a.md") : null).FirstOrDefault() is null, $"seed {seed}: {path}");
        }
        Assert.True(_tree.Harm() is null, $"seed {seed}: {_tree.Harm()}");
        Assert.IsType<FileReading.Text>(files.Read("docs/a.md"));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public async Task A_link_swapped_in_during_the_call_leads_nowhere(bool directory, bool walks)
    {
        using var files = Open(walks);
        var race = new SwapRace(_tree, files, new BackupFolder(_tree.Backups, TimeProvider.System));
        await race.RunAsync(swaps: 500, calls: 500, directory);
        Assert.Empty(race.Breaches);
        Assert.True(race.MetBoth, string.Join(", ", race.Answers));
    }

    [Fact]
    public void Magic_links_of_the_system_are_never_followed()
    {
        using var files = WorkspaceFiles.Open("/proc/self", 1 << 20, TimeProvider.System);
        foreach (var path in new[] { "root/etc/passwd", "cwd", "fd/0", "exe" })
            Assert.IsType<FileReading.Refused>(files.Read(path));
        Assert.IsType<DirectoryPage.Refused>(files.List("root"));
    }

    private WorkspaceFiles Open(bool walks) => walks ? WorkspaceFiles.OpenWalking(_tree.Root, 1 << 20, TimeProvider.System) : WorkspaceFiles.Open(_tree.Root, 1 << 20, TimeProvider.System);
}
