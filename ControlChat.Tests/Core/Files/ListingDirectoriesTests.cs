using ControlChat.Core.Files;
using Xunit;

namespace ControlChat.Tests.Core.Files;

public sealed class ListingDirectoriesTests : IDisposable
{
    private readonly FileTree _tree = new();

    public void Dispose() => _tree.Dispose();

    [Fact]
    public void Pages_follow_the_bytes_of_the_names_and_miss_nothing()
    {
        var names = Enumerable.Range(0, 57).Select(i => $"n{i * 7919 % 57:00}{(i % 3 == 0 ? "é" : "")}").ToList();
        foreach (var name in names) _tree.Put("d/" + name, name);
        var (seen, cursor) = (new List<string>(), (string?)null);
        do
        {
            var page = Page("d", cursor, 10);
            Assert.Equal(57, page.Total);
            Assert.True(page.Items.Count <= 10);
            seen.AddRange(page.Items.Select(i => i.Path));
            cursor = page.Cursor;
        }
        while (cursor is not null);
        Assert.Equal(names.Order(StringComparer.Ordinal).Select(n => "d/" + n), seen);
    }

    [Fact]
    public void A_page_says_what_each_name_is()
    {
        _tree.Put("file", "12345");
        _tree.Put("sub/x");
        File.CreateSymbolicLink(_tree["link"], "/etc");
        _tree.Shell("mkfifo pipe");
        var page = Page(".", null, 200);
        Assert.Equal([("file", EntryKind.File, 5L), ("link", EntryKind.Link, null), ("pipe", EntryKind.Other, null), ("sub", EntryKind.Directory, null)], page.Items.Select(i => (i.Path, i.Kind, i.Size)));
        Assert.All(page.Items, i => Assert.True(TimeProvider.System.GetUtcNow() - i.Modified < TimeSpan.FromMinutes(5)));
    }

    [Fact]
    public void Hostile_names_are_shown_on_one_line_and_can_be_read()
    {
        _tree.Put("a\nb.txt", "line");
        _tree.Put("\u202Etxt.exe", "bidi");
        _tree.Put(@"back\slash", "slash");
        _tree.Put("zero\u200Bwidth", "zero");
        _tree.Put("-rf", "dash");
        _tree.Shell("""printf odd > "$(printf 'bad\377\376.txt')" """);
        var paths = Page("", null, 200).Items.Select(i => i.Path).ToList();
        Assert.Equal(["-rf", @"a\u{A}b.txt", @"back\\slash", @"bad\xFF\xFE.txt", @"zero\u{200B}width", @"\u{202E}txt.exe"], paths);
        Assert.Equal(["dash", "line", "slash", "odd", "zero", "bidi"], paths.Select(p => _tree.Text(p).Content));
        var written = Assert.IsType<FileWriting.Written>(_tree.Files.Write(@"bad\xFF\xFE.txt", "new"u8, _tree.Text(@"bad\xFF\xFE.txt").Version, _tree.Backups));
        Assert.Equal(written.Version, _tree.Text(@"bad\xFF\xFE.txt").Version);
        // The runtime cannot name it to remove it.
        _tree.Shell("rm bad*");
    }

    [Fact]
    public void A_farm_of_links_is_listed_and_not_entered()
    {
        Directory.CreateDirectory(_tree["farm"]);
        for (var i = 0; i < 300; i++) File.CreateSymbolicLink(_tree[$"farm/{i:000}"], i % 2 == 0 ? "." : "..");
        Assert.All(Page("farm", null, 1_000).Items, i => Assert.Equal(EntryKind.Link, i.Kind));
        Assert.Equal(300, Page("farm", null, 1_000).Items.Count);
        Assert.Contains("\"links\":300", Assert.IsType<ContentDescription.Summary>(_tree.Files.Describe(ContentProfile.Generic)).Json, StringComparison.Ordinal);
    }

    [Fact]
    public void A_bad_cursor_limit_or_path_is_refused()
    {
        _tree.Put("docs/a.md");
        Assert.Equal(FileProblem.Invalid, Refusal(".", "?", 10).Problem);
        Assert.Equal(FileProblem.Invalid, Refusal(".", "", 10).Problem);
        Assert.Equal(FileProblem.Invalid, Refusal(".", null, 0).Problem);
        Assert.Equal(FileProblem.Invalid, Refusal(".", null, WorkspaceFiles.MostEntries + 1).Problem);
        Assert.Equal(FileProblem.NotADirectory, Refusal("docs/a.md", null, 10).Problem);
        Assert.Equal(["docs"], Refusal("doc", null, 10).Nearest);
        Assert.Equal(FileProblem.Invalid, Refusal(string.Join('/', Enumerable.Repeat("d", WorkspacePath.MostDepth + 1)), null, 10).Problem);
    }

    private DirectoryPage.Entries Page(string path, string? cursor, int limit) => Assert.IsType<DirectoryPage.Entries>(_tree.Files.List(path, cursor, limit));

    private FileRefusal Refusal(string path, string? cursor, int limit) => Assert.IsType<DirectoryPage.Refused>(_tree.Files.List(path, cursor, limit)).Refusal;
}
