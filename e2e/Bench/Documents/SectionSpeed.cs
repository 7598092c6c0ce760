using System.Diagnostics;
using ControlChat.Core.Documents;
using ControlChat.Core.Files;
using Markdig;
using Markdig.Syntax;

namespace ControlChat.Bench.Documents;

/// <summary>P4: the sections of a document listed, and one replaced with backup, flush and rename; beside remark, a whole parse by Markdig, and the bare writes.</summary>
internal static class SectionSpeed
{
    private const int Blocks = 5;
    private const int MostBytes = 10 << 20;

    private static readonly MarkdownPipeline _markdig = new MarkdownPipelineBuilder().UsePipeTables().UseTaskLists().UseAutoLinks().Build();

    public static async Task MeasureAsync(BenchOptions options, Report report)
    {
        var folder = Directory.CreateTempSubdirectory("controlchat-markdown-");
        try
        {
            using var peer = options.Peers is null ? null : new MarkdownPeer(options.Peers);
            if (peer is null) report.Note("No --peers folder: remark was not measured.");
            foreach (var (name, size, goal) in new[] { ("5 KB", 5_000, 0.02), ("100 KB", 100_000, 0.15), ("1 MB", 1_000_000, 2.0) })
                await ListAsync(folder.FullName, name, size, goal, peer, report);
            Replace(folder.FullName, report);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task ListAsync(string folder, string name, int size, double goal, MarkdownPeer? peer, Report report)
    {
        var text = MarkdownCorpus.Make(size);
        var file = Path.Combine(folder, $"{size}.md");
        await File.WriteAllTextAsync(file, text);
        var bytes = await File.ReadAllBytesAsync(file);
        var each = size < 500_000 ? 200 : 40;
        var (ours, markdig, remark) = (new Samples(), new Samples(), new Samples());
        var (found, parsed, peers) = (0, 0, 0);
        // A hub that serves has compiled what it runs, and the compiler takes its time on a busy machine.
        for (var since = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(2);) found = SectionedDocument.Read(bytes)!.Headings.Count;
        for (var i = 0; i < each; i++) parsed = Markdown.Parse(text, _markdig).OfType<HeadingBlock>().Count();
        if (peer is not null) await peer.ListAsync(file, 5);
        for (var block = 0; block < Blocks; block++)
        {
            for (var i = 0; i < each; i++) Time(ours, () => found = SectionedDocument.Read(bytes)!.Headings.Count);
            for (var i = 0; i < each / 4; i++) Time(markdig, () => parsed = Markdown.Parse(text, _markdig).OfType<HeadingBlock>().Count());
            if (peer is null) continue;
            (var times, peers) = await peer.ListAsync(file, size < 500_000 ? 10 : 2);
            remark.AddRange(times);
        }
        if (found != parsed || (peer is not null && found != peers)) throw new InvalidOperationException($"{name}: {found} headings, Markdig finds {parsed}, remark {peers}.");
        report.Add($"list sections of {name}, {found} headings", ours, p50: goal);
        report.Add($"whole parse by Markdig, {name}", markdig);
        if (peer is not null) report.Add($"list by remark, {name}", remark);
    }

    private static void Replace(string folder, Report report)
    {
        var root = Directory.CreateDirectory(Path.Combine(folder, "workspace")).FullName;
        File.WriteAllText(Path.Combine(root, "report.md"), MarkdownCorpus.Make(100_000));
        using var files = WorkspaceFiles.Open(root, MostBytes, TimeProvider.System);
        var backups = new BackupFolder(Path.Combine(folder, "backups"), TimeProvider.System);
        var title = SectionedDocument.Read(File.ReadAllBytes(Path.Combine(root, "report.md")))!.Headings is var all ? all[all.Count / 2].Title : "";
        var (ours, edits, floor) = (new Samples(), new Samples(), new Samples());
        var content = File.ReadAllBytes(Path.Combine(root, "report.md"));
        for (var block = -1; block < Blocks; block++)
        {
            for (var i = 0; i < 40; i++)
            {
                var text = $"Replaced body {block} {i} with **bold** text.";
                Time(block < 0 ? new Samples() : ours, () => Replace(files, backups, title, text));
                Time(block < 0 ? new Samples() : edits, () => DocumentEditor.Apply(content, [new DocumentEdit.ReplaceSection(title, text)]));
            }
            for (var i = 0; i < 40; i++) Time(block < 0 ? new Samples() : floor, () => WriteBare(folder, content));
        }
        report.Add("replace a section of 100 KB: read, edit, backup, flush, rename", ours, p50: 2);
        report.Add("the edit alone, in memory", edits);
        report.Add("the bare writes: two files and a directory flushed, one rename", floor);
    }

    private static void Replace(WorkspaceFiles files, BackupFolder backups, string title, string text)
    {
        var whole = (FileReading.Whole)files.ReadWhole("report.md");
        var edited = (DocumentEditing.Edited)DocumentEditor.Apply(whole.Bytes, [new DocumentEdit.ReplaceSection(title, text)]);
        if (files.Write("report.md", edited.Bytes, whole.Version, backups) is not FileWriting.Written) throw new InvalidOperationException("The section was not written.");
    }

    private static void WriteBare(string folder, byte[] content)
    {
        foreach (var name in new[] { "bare.backup", "bare.tmp" })
        {
            using var file = new FileStream(Path.Combine(folder, name), FileMode.Create, FileAccess.Write);
            file.Write(content);
            file.Flush(flushToDisk: true);
        }
        File.Move(Path.Combine(folder, "bare.tmp"), Path.Combine(folder, "bare.md"), overwrite: true);
        using var directory = new Microsoft.Win32.SafeHandles.SafeFileHandle(Libc.Open(folder, Libc.Directory | Libc.CloseOnExec), ownsHandle: true);
        if (FileCalls.Flush(directory) != 0) throw Libc.Fault("flush the directory");
    }

    private static void Time(Samples samples, Action action)
    {
        var since = Stopwatch.GetTimestamp();
        action();
        samples.Add(Stopwatch.GetElapsedTime(since).TotalMilliseconds);
    }
}
