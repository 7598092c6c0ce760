using System.Text;

namespace ControlChat.Core.Audit;

/// <summary><c>checkpoints.jsonl</c>: one checkpoint a line, only ever appended to.</summary>
internal static class CheckpointFile
{
    /// <summary>
    /// The lines that were written whole. A last line without its line feed was cut by a crash before anyone could rely on it.
    /// </summary>
    public static IReadOnlyList<string> Lines(string path)
    {
        if (!File.Exists(path)) return [];
        var text = File.ReadAllText(path);
        return text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    /// <summary>The newest checkpoint, or null in a new file.</summary>
    /// <exception cref="InvalidDataException">The last whole line is not a checkpoint.</exception>
    public static Checkpoint? Last(string path) => Lines(path) switch
    {
        [] => null,
        [.., var line] => Checkpoint.Parse(line) ?? throw new InvalidDataException("The last line of checkpoints.jsonl is not a checkpoint."),
    };

    /// <summary>On the disk when it returns.</summary>
    public static void Append(string path, Checkpoint checkpoint)
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
        file.Write(Encoding.UTF8.GetBytes(checkpoint.Line + "\n"));
        file.Flush(flushToDisk: true);
    }

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
