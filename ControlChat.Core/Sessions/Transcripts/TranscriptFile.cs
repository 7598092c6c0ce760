using System.Globalization;

namespace ControlChat.Core.Sessions.Transcripts;

/// <summary>
/// The records of one session on disk: a folder of <c>000001.ndjson</c>, <c>000002.ndjson</c>, … that is only ever appended to, by one process
/// at a time. Opening it cuts what a crash left half written; what is missing then is behind <see cref="LastSeq"/>.
/// </summary>
internal sealed class TranscriptFile : IDisposable
{
    /// <summary>A part that is larger is followed by another.</summary>
    public const long PartBytes = 16 * 1024 * 1024;

    private const string LockName = "lock";
    private const UnixFileMode OwnerFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnerFolder = OwnerFile | UnixFileMode.UserExecute;
    private readonly string _folder;
    private readonly long _mostBytes;
    private readonly FileStream _lock;
    private FileStream _part;
    private int _number;

    private TranscriptFile(string folder, long mostBytes, FileStream @lock, int number)
    {
        (_folder, _mostBytes, _lock, _number) = (folder, mostBytes, @lock, number);
        _part = OpenPart();
    }

    /// <summary>Of the last whole record; 0 without any.</summary>
    public long LastSeq { get; private set; }

    /// <summary>The end of the session is in it.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Whether a session's end may be missing in its folder: a complete one has no lock any more.</summary>
    public static bool IsOpen(string folder) => File.Exists(Path.Combine(folder, LockName));

    /// <summary>Its parts in order; none where there is no folder.</summary>
    public static IReadOnlyList<string> Parts(string folder) => !Directory.Exists(folder) ? [] :
        [.. Directory.EnumerateFiles(folder, "*.ndjson").Where(p => NumberOf(p) > 0).Order(StringComparer.Ordinal)];

    /// <exception cref="IOException">The disk is full or gone, or another process writes it.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    public static async Task<TranscriptFile> OpenAsync(string folder, CancellationToken cancellationToken, long mostBytes = PartBytes)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(folder)!, OwnerFolder);
        Directory.CreateDirectory(folder, OwnerFolder);
        var held = new FileStream(Path.Combine(folder, LockName), Options(FileMode.OpenOrCreate, FileShare.None));
        TranscriptFile? file = null;
        try
        {
            var parts = Parts(folder);
            file = new TranscriptFile(folder, mostBytes, held, parts.Count == 0 ? 1 : NumberOf(parts[^1]));
            for (var i = parts.Count - 1; i >= 0 && file.LastSeq == 0; i--) await file.RecoverAsync(parts[i], cancellationToken);
            return file;
        }
        catch
        {
            if (file is null) await held.DisposeAsync();
            else file.Dispose();
            throw;
        }
    }

    /// <summary>Appends whole lines. After a fault it is of no use any more: dispose it and open it again, which cuts what was half written.</summary>
    /// <param name="line">With its line feed.</param>
    /// <param name="seq">Of its record.</param>
    /// <param name="ends">It is the end of the session.</param>
    /// <exception cref="IOException">The disk is full or gone.</exception>
    public void Append(ReadOnlySpan<byte> line, long seq, bool ends)
    {
        if (_part.Position > 0 && _part.Position + line.Length > _mostBytes) Rotate();
        // Without a buffer of its own: what was written survives the process.
        _part.Write(line);
        (LastSeq, IsComplete) = (seq, ends);
    }

    /// <summary>What was written survives the machine.</summary>
    /// <exception cref="IOException">The disk could not take it.</exception>
    public void Sync() => _part.Flush(flushToDisk: true);

    /// <summary>Forgets all of it: the rows begin again behind what it holds.</summary>
    public void StartOver()
    {
        _part.Dispose();
        foreach (var part in Parts(_folder)) File.Delete(part);
        (_number, LastSeq, IsComplete) = (1, 0, false);
        _part = OpenPart();
    }

    public void Dispose()
    {
        _part.Dispose();
        try
        {
            // Held while it goes: who opens it now makes another, and finds the end.
            if (IsComplete) File.Delete(_lock.Name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is looked at once more than it needs.
        }
        _lock.Dispose();
    }

    private void Rotate()
    {
        Sync();
        _part.Dispose();
        _number++;
        _part = OpenPart();
    }

    // Whatever stands behind the last whole record is what a crash left. What is wrong before it is kept for who looks: appending only.
    private async Task RecoverAsync(string path, CancellationToken cancellationToken)
    {
        long good = 0;
        await using (var source = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite))
        {
            var lines = new TranscriptLines(source);
            while (await lines.NextAsync(cancellationToken))
            {
                if (!lines.IsWhole || !TranscriptRecord.TryRead(TranscriptLine.Record(lines.Line), out var found)) continue;
                (good, LastSeq, IsComplete) = (lines.Position, found.Seq, found.Type == SessionEvents.Ended);
            }
        }
        if (path != _part.Name) return;
        _part.SetLength(good);
        _part.Position = good;
    }

    private static int NumberOf(string path) =>
        Path.GetFileNameWithoutExtension(path) is { Length: 6 } name && int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    private FileStream OpenPart() => new(Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"{_number:D6}.ndjson")), Options(FileMode.OpenOrCreate, FileShare.ReadWrite));

    private static FileStreamOptions Options(FileMode mode, FileShare share) => new() { Mode = mode, Access = FileAccess.ReadWrite, Share = share, BufferSize = 0, UnixCreateMode = OwnerFile };
}
