using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using ControlChat.Core.Files;
using Xunit;

namespace ControlChat.Tests.Core.Files;

public sealed class ReadingFilesTests : IDisposable
{
    private readonly FileTree _tree = new();

    public void Dispose() => _tree.Dispose();

    [Fact]
    public void A_text_comes_whole_with_its_version()
    {
        _tree.Put("docs/a.md", "# Größe\r\n");
        var text = _tree.Text("docs//./a.md");
        Assert.Equal("# Größe\r\n", text.Content);
        Assert.Equal(("utf-8", 11L, 0L, null), (text.Encoding, text.Size, text.Offset, text.NextOffset));
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData("# Größe\r\n"u8)), text.Version);
        _tree.Put("empty.txt");
        Assert.Equal(("", null), (_tree.Text("empty.txt").Content, _tree.Text("empty.txt").NextOffset));
    }

    [Fact]
    public void Parts_of_any_length_join_to_the_whole_and_cut_no_character()
    {
        var content = string.Concat(Enumerable.Range(0, 300).Select(i => "aé東🙂"[..(i % 4 == 3 ? 5 : i % 4 + 1)]));
        foreach (var encoding in new Encoding[] { new UTF8Encoding(false), new UTF8Encoding(true), new UnicodeEncoding(false, true), new UnicodeEncoding(true, true) })
        {
            _tree.Put("t.txt", [.. encoding.GetPreamble(), .. encoding.GetBytes(content)]);
            for (var limit = 1; limit < 12; limit++)
            {
                var (all, at) = (new StringBuilder(), (long?)0);
                while (at is { } from)
                {
                    var part = _tree.Text("t.txt", from, limit);
                    Assert.True(part.NextOffset is null || part.NextOffset > from);
                    all.Append(part.Content);
                    at = part.NextOffset;
                }
                Assert.Equal(content, all.ToString());
            }
            Assert.Equal(content, _tree.Text("t.txt").Content);
            Assert.NotNull(_tree.Text("t.txt").Version);
            Assert.Null(_tree.Text("t.txt", 0, 50).Version);
        }
        Assert.Equal("utf-16be", _tree.Text("t.txt").Encoding);
    }

    [Fact]
    public void An_offset_within_a_character_begins_with_the_next_one()
    {
        _tree.Put("t.txt", "é東🙂z");
        Assert.Equal(("東🙂z", 2L), (_tree.Text("t.txt", 1).Content, _tree.Text("t.txt", 1).Offset));
        Assert.Equal(("z", 9L), (_tree.Text("t.txt", 6).Content, _tree.Text("t.txt", 6).Offset));
    }

    [Theory]
    [InlineData(new byte[] { 0x89, (byte)'P', (byte)'N', (byte)'G', 0, 0 }, "a PNG image")]
    [InlineData(new byte[] { (byte)'C', (byte)'D', (byte)'F', 1, 0 }, "a NetCDF file")]
    [InlineData(new byte[] { (byte)'a', 0xE9, (byte)'b' }, "text in another encoding than UTF-8, perhaps Latin-1")]
    [InlineData(new byte[] { 1, 2, 3, 0 }, "unknown data")]
    public void What_is_no_text_is_called_binary_with_a_guess(byte[] content, string guess)
    {
        _tree.Put("b", content);
        Assert.Equal(new FileReading.Binary(content.Length, guess), _tree.Files.Read("b"));
    }

    [Fact]
    public void Text_that_turns_binary_further_on_is_binary_there()
    {
        _tree.Put("b", [.. Encoding.ASCII.GetBytes(new string('a', 2_000)), 0xFF, .. Encoding.ASCII.GetBytes(new string('b', 2_000))]);
        Assert.Equal(1_000, _tree.Text("b", 0, 1_000).Content.Length);
        Assert.IsType<FileReading.Binary>(_tree.Files.Read("b", 1_500, 1_000));
    }

    [Fact]
    public void More_than_the_most_comes_in_parts()
    {
        _tree.Put("big.txt", new string('a', FileTree.MostBytes + 10));
        var first = _tree.Text("big.txt", 0, int.MaxValue);
        Assert.Equal((FileTree.MostBytes, FileTree.MostBytes), (first.Content.Length, first.NextOffset));
        Assert.Equal(10, _tree.Text("big.txt", first.NextOffset!.Value).Content.Length);
        Assert.Equal(FileProblem.Invalid, _tree.Refusal("big.txt", FileTree.MostBytes + 11).Problem);
        Assert.Equal(FileProblem.Invalid, _tree.Refusal("big.txt", -1).Problem);
        Assert.Equal(FileProblem.Invalid, _tree.Refusal("big.txt", 0, 0).Problem);
    }

    [Fact]
    public void A_file_of_a_gigabyte_is_read_by_range_without_loading_it()
    {
        using (var file = new FileStream(_tree["huge.txt"], FileMode.CreateNew))
        {
            file.Write(Encoding.ASCII.GetBytes(new string('x', 1_000)));
            file.Position = 1L << 30;
            file.Write("the end"u8);
        }
        var before = GC.GetAllocatedBytesForCurrentThread();
        var text = _tree.Text("huge.txt", 1L << 30, 1_000);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
        Assert.Equal(("the end", null), (text.Content, text.NextOffset));
    }

    [Fact]
    public void What_is_not_there_is_answered_with_what_looks_like_it()
    {
        foreach (var name in new[] { "docs/README.md", "docs/notes.md", "docs/far.txt" }) _tree.Put(name);
        Assert.Equal(["docs/README.md"], _tree.Refusal("docs/REDME.md").Nearest);
        Assert.Equal(["docs"], _tree.Refusal("dosc/README.md").Nearest);
        var refusal = _tree.Refusal("docs/readme.md");
        Assert.Equal((FileProblem.Absent, "There is no docs/readme.md."), (refusal.Problem, refusal.Why));
        Assert.Equal(["docs/README.md"], refusal.Nearest);
        Assert.Empty(_tree.Refusal("docs/quite-another").Nearest);
        Assert.Equal(FileProblem.NotADirectory, _tree.Refusal("docs/README.md/a").Problem);
    }

    [Fact]
    public void Directories_pipes_and_sockets_are_refused_at_once()
    {
        _tree.Shell("mkfifo pipe");
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(_tree["socket"]));
        var since = Stopwatch.GetTimestamp();
        Assert.Equal(FileProblem.NotRegular, _tree.Refusal("pipe").Problem);
        Assert.Equal(FileProblem.NotRegular, _tree.Refusal("socket").Problem);
        Assert.Equal(FileProblem.IsADirectory, _tree.Refusal(".").Problem);
        Assert.IsType<FileWriting.Refused>(_tree.Files.Write("pipe", "x"u8, "0", _tree.Backups));
        Assert.True(Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void A_link_that_stays_inside_is_followed_and_one_that_leads_out_is_not()
    {
        _tree.Put("docs/a.md", "inside");
        File.CreateSymbolicLink(_tree["in"], "docs");
        File.CreateSymbolicLink(_tree["out"], "../backups");
        File.CreateSymbolicLink(_tree["loop"], "loop");
        Assert.Equal("inside", _tree.Text("in/a.md").Content);
        Assert.Equal(FileProblem.Outside, _tree.Refusal("out/x").Problem);
        Assert.Equal(FileProblem.Link, _tree.Refusal("loop").Problem);
        using var walking = WorkspaceFiles.OpenWalking(_tree.Root, FileTree.MostBytes, TimeProvider.System);
        Assert.Equal(FileProblem.Link, Assert.IsType<FileReading.Refused>(walking.Read("in/a.md")).Refusal.Problem);
        Assert.Equal("inside", Assert.IsType<FileReading.Text>(walking.Read("docs/a.md")).Content);
    }
}
