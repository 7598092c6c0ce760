using System.Runtime.InteropServices;
using ControlChat.Core.Processes;

namespace ControlChat.Core.Sessions.Codex;

/// <summary>The native Codex CLI of this machine. What npm puts on the path only starts it, needs a runtime of its own and would stand between us and its streams.</summary>
/// <param name="File">Absolute.</param>
/// <param name="Reads">What it reads of itself: the folder with its own sandbox's helper and others, or the program alone.</param>
internal sealed record CodexProgram(string File, string Reads)
{
    // The native program, relative to the package that npm installs: beside it or below it.
    private static readonly string[] Packages = ["..", "node_modules/@openai"];

    /// <param name="path">Of <c>Sessions:Codex:Path</c>: a path, or a name on PATH.</param>
    /// <returns>Null when there is none.</returns>
    public static CodexProgram? Find(string path)
    {
        var found = path.Contains('/') ? Path.GetFullPath(path) : Programs.Find(path);
        if (found is null || !System.IO.File.Exists(found)) return null;
        var real = System.IO.File.ResolveLinkTarget(found, returnFinalTarget: true)?.FullName ?? found;
        return IsNative(real) ? new CodexProgram(real, ReadsOf(real)) : Behind(real);
    }

    // …/@openai/codex/bin/codex.js starts …/@openai/codex-linux-x64/vendor/x86_64-unknown-linux-musl/bin/codex
    private static CodexProgram? Behind(string launcher)
    {
        var package = Path.GetDirectoryName(Path.GetDirectoryName(launcher));
        if (package is null) return null;
        var platform = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "codex-linux-arm64" : "codex-linux-x64";
        return Packages.Select(p => Path.GetFullPath(Path.Combine(package, p, platform, "vendor"))).Where(Directory.Exists)
            .SelectMany(vendor => Directory.EnumerateDirectories(vendor)).Select(target => Path.Combine(target, "bin", "codex"))
            .Where(file => System.IO.File.Exists(file) && IsNative(file)).Select(file => new CodexProgram(file, ReadsOf(file))).FirstOrDefault();
    }

    // A program that lies among others brings nothing along.
    private static string ReadsOf(string file)
    {
        var folder = Path.GetDirectoryName(file)!;
        return Path.GetFileName(folder) == "bin" && Directory.Exists(Path.Combine(folder, "..", "codex-resources")) ? Path.GetDirectoryName(folder)! : file;
    }

    // ELF, as man 5 elf says: a script is no program that can be run without what reads it.
    private static bool IsNative(string file)
    {
        Span<byte> start = stackalloc byte[4];
        using var stream = System.IO.File.OpenRead(file);
        return stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start.SequenceEqual("\u007fELF"u8);
    }
}
