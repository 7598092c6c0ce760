using System.Text;

namespace ControlChat.Core.Audit;

/// <summary><c>checkpoints.jsonl</c>: one checkpoint a line, only ever appended to.</summary>
public static class CheckpointFile
{
    // Of the end of the file, for its last line: many times the length of one.
    private const int Tail = 65_536;

    /// <summary>
    /// The lines that were written whole. A last line without its line feed was cut by a crash before anyone could rely on it.
    /// </summary>
    public static IReadOnlyList<string> Lines(string path)
    {
        if (!File.Exists(path)) return [];
        return Whole(File.ReadAllText(path));
    }

    /// <summary>The newest checkpoint, or null in a new file.</summary>
    /// <exception cref="InvalidDataException">The last whole line is not a checkpoint.</exception>
    internal static Checkpoint? Last(string path) => LastLine(path) is not { } line ? null
        : Checkpoint.Parse(line) ?? throw new InvalidDataException("The last line of checkpoints.jsonl is not a checkpoint.");

    /// <summary>On the disk when it returns.</summary>
    internal static void Append(string path, IReadOnlyList<Checkpoint> checkpoints)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        using var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.Read,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        file.SetLength(EndOfLastLine(file));
        file.Seek(0, SeekOrigin.End);
        file.Write(Encoding.UTF8.GetBytes(string.Concat(checkpoints.Select(c => c.Line + "\n"))));
        file.Flush(flushToDisk: true);
    }

    // It is read every few seconds and grows for years: its end is enough.
    private static string? LastLine(string path)
    {
        if (!File.Exists(path)) return null;
        using var file = File.OpenRead(path);
        var cut = file.Length > Tail;
        if (cut) file.Seek(-Tail, SeekOrigin.End);
        using var reader = new StreamReader(file, Encoding.UTF8);
        var lines = Whole(reader.ReadToEnd());
        if (lines.Length > (cut ? 1 : 0)) return lines[^1];
        return cut && Lines(path) is [.., var last] ? last : null;
    }

    private static string[] Whole(string text) => text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static long EndOfLastLine(FileStream file)
    {
        for (var end = file.Length; end > 0; end--)
        {
            file.Position = end - 1;
            if (file.ReadByte() == '\n') return end;
        }
        return 0;
    }
}
