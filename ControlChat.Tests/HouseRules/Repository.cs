using System.Diagnostics;

namespace ControlChat.Tests.HouseRules;

/// <summary>The files of the repository as git sees them: tracked, or new and not ignored.</summary>
internal static class Repository
{
    private static readonly Lazy<IReadOnlyList<string>> _files = new(List);

    public static string Root { get; } = FindRoot();

    /// <summary>Paths relative to the root, with forward slashes.</summary>
    public static IReadOnlyList<string> Files => _files.Value;

    public static IEnumerable<SourceFile> CSharp => Files.Where(f => f.EndsWith(".cs", StringComparison.Ordinal)).Select(Source);

    public static IEnumerable<SourceFile> ProductCSharp => CSharp.Where(f =>
        f.Path.StartsWith("ControlChat.Core/", StringComparison.Ordinal) || f.Path.StartsWith("ControlChat.App/", StringComparison.Ordinal));

    public static string Text(string path) => File.ReadAllText(Path.Combine(Root, path));

    /// <summary>Null for what is not text (images, fonts).</summary>
    public static string? TextOrNull(string path)
    {
        var bytes = File.ReadAllBytes(Path.Combine(Root, path));
        return Array.IndexOf(bytes, (byte)0) >= 0 ? null : System.Text.Encoding.UTF8.GetString(bytes);
    }

    private static SourceFile Source(string path) => new(path, SourceText.Read(Text(path)));

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "ControlChat.sln"))) return folder.FullName;
        }
        throw new InvalidOperationException("ControlChat.sln is not above the test's output folder.");
    }

    private static List<string> List()
    {
        // safe.directory: a build machine may run as another user than the one who cloned.
        var start = new ProcessStartInfo("git", ["-c", "safe.directory=*", "-C", Root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        {
            RedirectStandardOutput = true,
        };
        using var git = Process.Start(start)!;
        var output = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        if (git.ExitCode != 0) throw new InvalidOperationException("git ls-files failed; the house rules read the list of files from git.");
        return [.. output.Split('\0', StringSplitOptions.RemoveEmptyEntries).Distinct().Where(f => File.Exists(Path.Combine(Root, f)))];
    }
}

internal sealed record SourceFile(string Path, SourceText Text)
{
    public string At(int position) => $"{Path}:{Text.LineOf(position)}";
}
