using System.Diagnostics;
using System.Text;
using ControlChat.Core.Documents;
using ControlChat.Tests.Support;
using Xunit;

namespace ControlChat.Tests.Core.Documents;

public sealed class DocumentDifferenceTests
{
    [Theory]
    [InlineData("a\nb\nc\n", "a\nB\nc\n")]
    [InlineData("", "a\n")]
    [InlineData("a\n", "")]
    [InlineData("a\nb", "a\nb\n")]
    [InlineData("1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n", "0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n12\n13")]
    [InlineData("x\nx\nx\ny\nx\n", "x\ny\nx\nx\nx\nx\n")]
    public void Patch_makes_the_one_from_the_other(string before, string after)
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["file"], before);
        File.WriteAllText(folder["diff"], Unified(before, after));
        using var patch = Process.Start(new ProcessStartInfo("git", ["apply", "--unidiff-zero", "-p0", "diff"]) { WorkingDirectory = folder.Path })!;
        patch.WaitForExit();
        Assert.Equal(0, patch.ExitCode);
        Assert.Equal(after, File.Exists(folder["file"]) ? File.ReadAllText(folder["file"]) : "");
    }

    [Fact]
    public void Changes_that_lie_apart_stand_apart_and_nothing_is_nothing()
    {
        var before = string.Concat(Enumerable.Range(0, 100).Select(i => $"line {i}\n"));
        var difference = Unified(before, before.Replace("line 5\n", "5\n", StringComparison.Ordinal).Replace("line 90\n", "90\n", StringComparison.Ordinal));
        Assert.Equal(["@@ -3,7 +3,7 @@", "@@ -88,7 +88,7 @@"], difference.Split('\n').Where(l => l.StartsWith("@@", StringComparison.Ordinal)));
        Assert.Equal("", Unified(before, before));
    }

    [Fact]
    public void It_is_bounded_whatever_changed()
    {
        var (before, after) = (string.Concat(Enumerable.Repeat("a\n", 200_000)), string.Concat(Enumerable.Repeat("b\n", 200_000)));
        var difference = Unified(before, after);
        Assert.InRange(difference.Length, 1, 1_100);
        Assert.EndsWith("… the rest of the difference is left out\n", difference, StringComparison.Ordinal);
    }

    private static string Unified(string before, string after) => DocumentDifference.Unified("file", Encoding.UTF8.GetBytes(before), Encoding.UTF8.GetBytes(after), 1_000);
}
