using System.Runtime.CompilerServices;

namespace ControlChat.Tests.App.Ui;

/// <summary>The app's sources, for the rules that are about text.</summary>
internal static class SourceTree
{
    public static string App => Path.Combine(Root(), "ControlChat.App");

    public static string Read(params string[] path) => File.ReadAllText(Path.Combine([App, .. path]));

    /// <summary>Our own files with one of the endings, without build output.</summary>
    public static IEnumerable<string> Files(params string[] endings) =>
        Directory.EnumerateFiles(App, "*", SearchOption.AllDirectories)
            .Where(file => endings.Any(ending => file.EndsWith(ending, StringComparison.Ordinal)))
            .Where(file => !Path.GetRelativePath(App, file).Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj" or "_framework" or "lib" or "node_modules" or "console"));

    private static string Root([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", ".."));
}
