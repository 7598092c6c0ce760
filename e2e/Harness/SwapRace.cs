using System.Diagnostics;
using System.Text;
using ControlChat.Core.Files;

namespace ControlChat.Harness;

/// <summary>Once only: somebody swaps a directory, or a file, with a link to outside and back, as fast as the machine can, while it is read, listed and written by name.</summary>
public sealed class SwapRace(EscapeTree tree, WorkspaceFiles files, BackupFolder backups)
{
    private volatile bool _ended;
    private int _swaps;

    /// <summary>What was answered, by kind.</summary>
    public Dictionary<string, int> Answers { get; } = [];

    public int Swaps => Volatile.Read(ref _swaps);

    public List<string> Breaches { get; } = [];

    /// <summary>Whether calls came upon the one and upon the other: else nothing was tested.</summary>
    public bool MetBoth => Answers.ContainsKey("read Text") && Answers.Keys.Any(a => a.EndsWith(" Link", StringComparison.Ordinal) || a.EndsWith(" Outside", StringComparison.Ordinal));

    /// <summary>Goes on until both have been done so often and both sides were met (for at most a minute more).</summary>
    /// <param name="directory">Swap the directory; false: the file in it.</param>
    public async Task RunAsync(int swaps, int calls, bool directory)
    {
        var swapping = Task.Run(() => Swap(directory ? Path.Combine(tree.Root, "docs") : Path.Combine(tree.Root, "docs", "a.md"), directory ? tree.Beyond + "/docs" : tree.Beyond + "/docs/a.md"));
        try
        {
            var since = Stopwatch.GetTimestamp();
            for (var call = 0; call < calls || Swaps < swaps || (!MetBoth && Stopwatch.GetElapsedTime(since) < TimeSpan.FromMinutes(1)); call++) Call(call);
        }
        finally
        {
            _ended = true;
            await swapping;
        }
        if (tree.Harm() is { } harm) Breaches.Add(harm);
    }

    private void Swap(string path, string target)
    {
        var aside = path + ".aside";
        while (!_ended)
        {
            // A write puts its file where the link was, between these steps; both are replaced as they are found.
            Move(path, aside);
            TryLink(path, target);
            File.Delete(path);
            Move(aside, path);
            Interlocked.Increment(ref _swaps);
        }
    }

    private static void Move(string from, string to)
    {
        if (Directory.Exists(from) && new DirectoryInfo(from).LinkTarget is null) Directory.Move(from, to);
        else if (File.Exists(from)) File.Move(from, to, overwrite: true);
    }

    private static void TryLink(string path, string target)
    {
        try
        {
            File.CreateSymbolicLink(path, target);
        }
        catch (IOException)
        {
            // A new file took the name first.
        }
    }

    private void Call(int call)
    {
        switch (call % 3)
        {
            case 0:
                var read = files.Read("docs/a.md");
                if (read is FileReading.Text text && !text.Content.StartsWith(EscapeTree.Inside, StringComparison.Ordinal)) Breaches.Add($"read {text.Content}");
                Count("read", read);
                break;
            case 1:
                var page = files.List("docs");
                if (page is DirectoryPage.Entries entries && entries.Items.Any(e => e.Path.EndsWith(EscapeTree.SecretName, StringComparison.Ordinal))) Breaches.Add("listed the directory outside");
                Count("list", page);
                break;
            default:
                var version = call % 2 == 0 ? tree.VersionOutside("docs/a.md") : (files.Read("docs/a.md") as FileReading.Text)?.Version;
                if (version is null) break;
                Count("write", files.Write("docs/a.md", Encoding.ASCII.GetBytes($"{EscapeTree.Inside} {call}"), version, backups));
                break;
        }
    }

    private void Count(string what, object answer)
    {
        var refusal = answer switch { FileReading.Refused r => r.Refusal, DirectoryPage.Refused r => r.Refusal, FileWriting.Refused r => r.Refusal, _ => null };
        var name = $"{what} {refusal?.Problem.ToString() ?? answer.GetType().Name}";
        Answers[name] = Answers.GetValueOrDefault(name) + 1;
    }
}
