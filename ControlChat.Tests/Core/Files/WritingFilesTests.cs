using System.Text;
using ControlChat.Core.Files;
using Xunit;

namespace ControlChat.Tests.Core.Files;

public sealed class WritingFilesTests : IDisposable
{
    private readonly FileTree _tree = new();

    public void Dispose() => _tree.Dispose();

    [Fact]
    public void A_file_is_replaced_keeps_its_mode_and_leaves_a_backup()
    {
        _tree.Put("a.md", "old");
        File.SetUnixFileMode(_tree["a.md"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead);
        var written = Assert.IsType<FileWriting.Written>(Write("a.md", "new", _tree.Text("a.md").Version));
        Assert.Equal(("new", written.Version), (_tree.Text("a.md").Content, _tree.Text("a.md").Version));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead, File.GetUnixFileMode(_tree["a.md"]));
        Assert.Equal("old"u8, _tree.Backups.Read(written.Backup!)!);
        Assert.Equal(["a.md"], Directory.GetFileSystemEntries(_tree.Root).Select(Path.GetFileName));
    }

    [Fact]
    public void A_new_file_is_made_only_where_nothing_is()
    {
        Directory.CreateDirectory(_tree["docs"]);
        Assert.Null(Assert.IsType<FileWriting.Written>(Write("docs/n.md", "1", null)).Backup);
        Assert.Equal(FileProblem.Stale, Refused("docs/n.md", "2", null).Problem);
        Assert.Equal("1", _tree.Text("docs/n.md").Content);
        Assert.Equal(FileProblem.Stale, Refused("docs/gone.md", "2", new string('0', 64)).Problem);
        Assert.Equal(FileProblem.Absent, Refused("nowhere/n.md", "2", null).Problem);
        Assert.Equal(["docs/n.md"], Directory.GetFiles(_tree.Root, "*", SearchOption.AllDirectories).Select(p => Path.GetRelativePath(_tree.Root, p)));
    }

    [Fact]
    public void What_changed_since_it_was_read_is_left_alone()
    {
        _tree.Put("a.md", "old");
        var version = _tree.Text("a.md").Version;
        _tree.Put("a.md", "theirs");
        Assert.Equal(FileProblem.Stale, Refused("a.md", "mine", version).Problem);
        Assert.Equal("theirs", _tree.Text("a.md").Content);
        Assert.Empty(_tree.Backups.Of(PathOf("a.md")));
    }

    [Fact]
    public void The_same_content_is_not_written_again()
    {
        _tree.Put("a.md", "same");
        var before = File.GetLastWriteTimeUtc(_tree["a.md"]);
        Assert.IsType<FileWriting.Unchanged>(Write("a.md", "same", _tree.Text("a.md").Version));
        Assert.Equal(before, File.GetLastWriteTimeUtc(_tree["a.md"]));
        Assert.Empty(_tree.Backups.Of(PathOf("a.md")));
    }

    [Fact]
    public void Links_directories_and_what_is_too_large_are_refused()
    {
        _tree.Put("docs/a.md", "old");
        File.CreateSymbolicLink(_tree["link.md"], "docs/a.md");
        File.CreateSymbolicLink(_tree["in"], "docs");
        Assert.Equal(FileProblem.Link, Refused("link.md", "x", _tree.Text("docs/a.md").Version).Problem);
        Assert.Equal(FileProblem.Link, Refused("in/a.md", "x", _tree.Text("docs/a.md").Version).Problem);
        Assert.Equal(FileProblem.IsADirectory, Refused("docs", "x", "v").Problem);
        Assert.Equal(FileProblem.IsADirectory, Refused(".", "x", null).Problem);
        Assert.Equal(FileProblem.TooLarge, Refused("docs/b.md", new string('x', FileTree.MostBytes + 1), null).Problem);
        _tree.Put("docs/big.md", new string('x', FileTree.MostBytes + 1));
        Assert.Equal(FileProblem.TooLarge, Refused("docs/big.md", "x", new string('0', 64)).Problem);
        Assert.Equal("old", _tree.Text("docs/a.md").Content);
    }

    [Fact]
    public void Backups_are_bounded_for_one_file_and_in_all()
    {
        foreach (var name in new[] { "a.md", "b.md" })
        {
            Assert.IsType<FileWriting.Written>(Write(name, "0", null));
            for (var i = 1; i <= 6; i++) Assert.IsType<FileWriting.Written>(Write(name, $"{i}", _tree.Text(name).Version));
        }
        Assert.Equal(["5", "4", "3"], _tree.Backups.Of(PathOf("b.md")).Select(n => Encoding.UTF8.GetString(_tree.Backups.Read(n)!)));
        Assert.Equal(["5", "4"], _tree.Backups.Of(PathOf("a.md")).Select(n => Encoding.UTF8.GetString(_tree.Backups.Read(n)!)));
        Assert.Null(_tree.Backups.Read("../root/a.md"));
    }

    [Fact]
    public async Task Of_many_who_write_at_once_with_one_version_exactly_one_wins()
    {
        for (var round = 0; round < 20; round++)
        {
            var name = $"f{round}.md";
            if (round % 2 == 0) _tree.Put(name, "old");
            var version = round % 2 == 0 ? _tree.Text(name).Version : null;
            var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => Task.Run(() => Write(name, $"writer {i}", version))));
            var winner = Assert.Single(answers.OfType<FileWriting.Written>());
            Assert.Equal(5, answers.OfType<FileWriting.Refused>().Count(r => r.Refusal.Problem == FileProblem.Stale));
            Assert.Equal(winner.Version, _tree.Text(name).Version);
        }
    }

    [Fact]
    public void As_root_a_file_belongs_to_the_owner_of_its_directory()
    {
        Directory.CreateDirectory(_tree["theirs"]);
        _tree.Put("theirs/old.md", "old");
        // Only root may give files away; as anybody else the file is simply ours.
        var wanted = Environment.IsPrivilegedProcess ? "12345:23456" : "$(id -u):$(id -g)";
        if (Environment.IsPrivilegedProcess) _tree.Shell("chown 12345:23456 theirs");
        Write("theirs/new.md", "x", null);
        Write("theirs/old.md", "x", _tree.Text("theirs/old.md").Version);
        _tree.Shell($"""test "$(stat -c %u:%g theirs/new.md)" = "{wanted}" && test "$(stat -c %u:%g theirs/old.md)" = "{wanted}" """);
    }

    private FileWriting Write(string path, string content, string? version) => _tree.Files.Write(path, Encoding.UTF8.GetBytes(content), version, _tree.Backups);

    private FileRefusal Refused(string path, string content, string? version) => Assert.IsType<FileWriting.Refused>(Write(path, content, version)).Refusal;

    private static WorkspacePath PathOf(string text) => WorkspacePath.TryRead(text, out var path, out _) ? path : throw new InvalidOperationException(text);
}
