using ControlChat.App.Ui;
using Xunit;

namespace ControlChat.Tests.App.Ui;

public sealed class UnifiedDiffTests
{
    [Fact]
    public void Signs_are_read_and_nothing_is_left_out()
    {
        const string diff = "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n keep\n-old\n+new\n\\ No newline at end of file\n";
        Assert.Equal(
            [(DiffKind.Same, "--- a/x"), (DiffKind.Same, "+++ b/x"), (DiffKind.Same, "@@ -1,2 +1,2 @@"), (DiffKind.Same, "keep"), (DiffKind.Removed, "old"), (DiffKind.Added, "new"), (DiffKind.Same, "\\ No newline at end of file")],
            UnifiedDiff.Of(diff).Select(l => (l.Kind, l.Text)));
    }

    [Fact]
    public void Inside_a_hunk_two_signs_are_a_change_and_no_head() =>
        Assert.Equal([DiffKind.Same, DiffKind.Removed, DiffKind.Added], UnifiedDiff.Of("@@ -1 +1 @@\n--- x\n+++ y").Select(l => l.Kind));

    [Fact]
    public void A_whole_file_is_added_line_by_line_whatever_its_lines_look_like()
    {
        var lines = UnifiedDiff.Whole("@@ a\n-b\n\nc\n", DiffKind.Added);
        Assert.Equal(["+@@ a", "+-b", "+", "+c"], lines.Select(l => l.WithSign));
        Assert.Empty(UnifiedDiff.Whole("", DiffKind.Added));
    }
}
