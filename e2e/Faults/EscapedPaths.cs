using ControlChat.Core.Files;
using ControlChat.Harness;

namespace ControlChat.Faults;

/// <summary>F12: paths that want out of a workspace, and a directory or file that is swapped with a link during the call; with openat2 and without.</summary>
public sealed class EscapedPaths : Fault
{
    private const int MostBytes = 1 << 20;

    public override string Id => "F12";

    public override string Title => "path escapes: traversal lists, absolute, encoded, links, swaps during the call; 0 bytes read or written outside";

    public override int Trials => 20_000;

    public override int ShortTrials => 1_000;

    public override async Task RunAsync(FaultRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        using (var tree = new EscapeTree())
        {
            using var files = WorkspaceFiles.Open(tree.Root, MostBytes, TimeProvider.System);
            using var walking = WorkspaceFiles.OpenWalking(tree.Root, MostBytes, TimeProvider.System);
            var backups = new BackupFolder(tree.Backups, TimeProvider.System);
            Expose(run, tree, files);
            foreach (var trial in run.EachTrial())
            {
                var path = TraversalPaths.Next(run.Dice, tree);
                var version = run.Dice.Next(3) == 0 ? tree.VersionOutside("docs/a.md") : null;
                foreach (var breach in tree.Try(trial % 2 == 0 ? files : walking, backups, path, version)) run.Expect(false, breach);
                run.Count(Kind(files.Read(path)));
                if (trial % 500 == 0) Judge(run, tree);
            }
            Judge(run, tree);
        }
        foreach (var (directory, walks) in new[] { (true, false), (false, false), (true, true), (false, true) }) await RaceAsync(run, directory, walks);
    }

    private static async Task RaceAsync(FaultRun run, bool directory, bool walks)
    {
        using var tree = new EscapeTree();
        using var files = walks ? WorkspaceFiles.OpenWalking(tree.Root, MostBytes, TimeProvider.System) : WorkspaceFiles.Open(tree.Root, MostBytes, TimeProvider.System);
        var race = new SwapRace(tree, files, new BackupFolder(tree.Backups, TimeProvider.System));
        await race.RunAsync(swaps: run.Trials / 8, calls: run.Trials / 8, directory);
        foreach (var breach in race.Breaches) run.Expect(false, $"swapped {(directory ? "directory" : "file")}{(walks ? ", without openat2" : "")}: {breach}");
        run.Count("swaps", race.Swaps);
        foreach (var (answer, count) in race.Answers) run.Count($"race {answer}", count);
        run.Expect(race.MetBoth, "the race never met both sides, so nothing was tested");
    }

    /// <summary>The tree is only worth something if a reader without our care gets out of it.</summary>
    private static void Expose(FaultRun run, EscapeTree tree, WorkspaceFiles files)
    {
        run.Expect(File.ReadAllText(Path.Combine(tree.Root, "out", "a.md")).StartsWith(EscapeTree.Outside, StringComparison.Ordinal), "the links lead nowhere");
        run.Expect(files.Read("docs/a.md") is FileReading.Text, "what is inside cannot be read");
    }

    private static void Judge(FaultRun run, EscapeTree tree) => run.Expect(tree.Harm() is null, $"written outside: {tree.Harm()}");

    private static string Kind(FileReading reading) => reading is FileReading.Refused refused ? $"refused as {refused.Refusal.Problem}" : $"read as {reading.GetType().Name}";
}
