using System.Security.Cryptography;
using System.Text;
using ControlChat.Core.Files;

namespace ControlChat.Harness;

/// <summary>
/// A workspace full of ways out, and beside it what must never be read or written. Everything inside says <see cref="Inside"/>,
/// everything outside says <see cref="Outside"/> and bears the same names, so that whoever gets out finds something.
/// </summary>
public sealed class EscapeTree : IDisposable
{
    public const string Inside = "INSIDE";
    public const string Outside = "OUTSIDE-SECRET";

    // More than anything that is written inside: a file made there may bear any name.
    private const int SecretBytes = 1_000;

    private readonly DirectoryInfo _base = Directory.CreateTempSubdirectory("controlchat-escape-");
    private readonly string _before;

    public EscapeTree()
    {
        foreach (var (place, content) in new[] { (Root, Inside), (Beyond, Outside) })
        {
            Directory.CreateDirectory(Path.Combine(place, "docs", "deep"));
            foreach (var name in new[] { "a.md", "docs/a.md", "docs/b.md", "docs/deep/c.md" }) File.WriteAllText(Path.Combine(place, name), content + " " + name);
        }
        foreach (var place in new[] { Beyond, Path.Combine(Beyond, "docs"), Path.Combine(Beyond, "docs", "deep") }) File.WriteAllText(Path.Combine(place, SecretName), Outside + new string('.', SecretBytes));
        foreach (var (link, target) in Links) File.CreateSymbolicLink(Path.Combine(Root, link), target);
        _before = Fingerprint();
    }

    /// <summary>A name that is only outside.</summary>
    public static string SecretName => "only-outside.txt";

    /// <summary>The workspace.</summary>
    public string Root => Path.Combine(_base.FullName, "root");

    public string Beyond => Path.Combine(_base.FullName, "beyond");

    /// <summary>For the hub's own backups.</summary>
    public string Backups => Path.Combine(_base.FullName, "backups");

    /// <summary>SHA-256 of what lies in the file of that name outside.</summary>
    public string VersionOutside(string name) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(Beyond, name))));

    public (string Link, string Target)[] Links =>
    [
        ("out", "../beyond"), ("out-absolute", Beyond), ("file", "../beyond/a.md"), ("file-absolute", Path.Combine(Beyond, "a.md")),
        ("chain", "chain-2"), ("chain-2", "docs/chain-3"), ("docs/chain-3", "../../beyond"), ("loop", "loop"), ("self", "."), ("in", "docs"), ("dangling", "../beyond/new.md"),
        ("docs/deep/up", "../../../beyond"), ("proc", "/proc/self/root"), ("proc-cwd", "/proc/self/cwd"), ("proc-fd", "/proc/self/fd"), ("slash", "/"), ("parent", ".."),
    ];

    /// <summary>Tries to read, list and write by one path.</summary>
    /// <returns>What got out, in words; empty when nothing did.</returns>
    public IEnumerable<string> Try(WorkspaceFiles files, BackupFolder backups, string path, string? version)
    {
        ArgumentNullException.ThrowIfNull(files);
        if (files.Read(path) is FileReading.Text text && !text.Content.StartsWith(Inside, StringComparison.Ordinal) && text.Content.Length > 0) yield return $"read '{path}': {text.Content[..Math.Min(40, text.Content.Length)]}";
        if (files.Read(path) is FileReading.Binary) yield return $"read '{path}' and found a binary file, which is nowhere inside";
        if (files.List(path) is DirectoryPage.Entries page && page.Items.FirstOrDefault(IsForeign) is { } foreign) yield return $"listed '{path}': {foreign.Path}";
        files.Write(path, Encoding.ASCII.GetBytes(Inside + " written"), version, backups);
    }

    /// <returns>What changed outside since the beginning; null: nothing.</returns>
    public string? Harm() => Fingerprint() is var now && now != _before ? $"outside was\n{_before}\nand is\n{now}" : null;

    public void Dispose() => _base.Delete(recursive: true);

    private static bool IsForeign(DirectoryEntry entry) => entry.Path.Split('/')[^1] is var name
        && (entry.Kind == EntryKind.Directory ? name is "beyond" or "backups" or "etc" or "usr" : (name == SecretName || name == "passwd") && entry.Size >= SecretBytes);

    // The folder above too: nothing may appear beside the workspace.
    private string Fingerprint() => string.Join('\n', Directory.EnumerateFileSystemEntries(_base.FullName).Where(p => p != Backups)
        .Concat(Directory.EnumerateFileSystemEntries(Beyond, "*", SearchOption.AllDirectories)).Order(StringComparer.Ordinal)
        .Select(p => Path.GetRelativePath(_base.FullName, p) + (File.Exists(p) ? " " + Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(p))) : "")))
        + (File.Exists("/etc/new.md") ? "\n/etc/new.md" : "");
}
