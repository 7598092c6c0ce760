using Xunit;

namespace ControlChat.Tests.Core.Sessions.Codex;

internal static class Golden
{
    /// <summary>Holds a text against the file beside the recording. The text as it is now is left beside the test's own files, to compare and copy.</summary>
    public static void Compare(string name, string actual)
    {
        var file = Recording.PathOf(name + ".events.txt");
        if (File.Exists(file) && File.ReadAllText(file) == actual) return;
        var beside = Path.Combine(AppContext.BaseDirectory, name + ".events.txt");
        File.WriteAllText(beside, actual);
        Assert.Fail($"{name}: the events are not those of {Path.GetFileName(file)}. They are in {beside}.");
    }
}
