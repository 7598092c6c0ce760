using System.Buffers;
using ControlChat.Core.Sessions.Transcripts;

namespace ControlChat.Core.Sessions.Terminals.Records;

/// <summary>Where a terminal's clean frames end up: its file, which may have to be opened again, with a gap for what never came.</summary>
internal sealed class RecordSink(string folder, TranscriptFile first)
{
    private const int Batch = 512 * 1024;
    private readonly ArrayBufferWriter<byte> _lines = new(64 * 1024);
    private TranscriptFile? _file = first;

    /// <exception cref="IOException">The disk is full or gone, or another process writes it.</exception>
    public async Task OpenAsync() => _file ??= await TranscriptFile.OpenAsync(folder, CancellationToken.None);

    /// <summary>Writes some of the frames, from the first on.</summary>
    /// <returns>How many are done with.</returns>
    /// <exception cref="IOException">The disk is full or gone; nothing can be said of them.</exception>
    public int Write(IEnumerable<TerminalFrame> frames)
    {
        _lines.ResetWrittenCount();
        var (count, last, ends) = (0, _file!.LastSeq, false);
        foreach (var frame in frames)
        {
            count++;
            if (frame.Seq <= last) continue;
            if (TerminalLine.First(frame) > last + 1) TerminalLine.Write(_lines, TerminalLine.Gap(last + 1, TerminalLine.First(frame) - 1, frame.At));
            TerminalLine.Write(_lines, frame);
            (last, ends) = (frame.Seq, frame.Type == TerminalFrames.Ended);
            if (_lines.WrittenCount >= Batch) break;
        }
        if (_lines.WrittenCount > 0) _file.Append(_lines.WrittenSpan, last, ends);
        if (ends) _file.Sync();
        return count;
    }

    /// <summary>After a fault: opened again it ends with the last whole record.</summary>
    public void Drop()
    {
        try
        {
            Close();
        }
        catch (IOException)
        {
            // The fault is known.
        }
    }

    /// <returns>Up to where it is written, when that is not the end of the terminal; null: it is, or it is closed already.</returns>
    /// <exception cref="IOException">The disk could not take it.</exception>
    public long? Close()
    {
        if (_file is not { } file) return null;
        _file = null;
        try
        {
            file.Sync();
            return file.IsComplete ? null : file.LastSeq;
        }
        finally
        {
            file.Dispose();
        }
    }
}
