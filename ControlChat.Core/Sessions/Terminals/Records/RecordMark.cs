using System.Globalization;
using ControlChat.Core.Sessions.Transcripts;

namespace ControlChat.Core.Sessions.Terminals.Records;

/// <summary>
/// Beside the parts of a transcript that is left before its terminal ends: up to where it was written, by a process that closed it well. Without it, more may
/// have been shown than is on disk, and its numbers must not be given to other frames: whoever goes on begins far behind them, and the hole is a gap.
/// </summary>
internal static class RecordMark
{
    /// <summary>More frames than one process can show while its disk takes none: each has at least a byte, and <c>Sessions:OutputMegabytes</c> is far below by default.</summary>
    public const long Leap = 100_000_000;

    private const string Name = "left";

    /// <param name="file">Just opened.</param>
    /// <param name="begun">An earlier process wrote here, or was about to.</param>
    /// <returns>The sequence behind which frames go on.</returns>
    public static long Begin(string folder, TranscriptFile file, bool begun)
    {
        var path = Path.Combine(folder, Name);
        if (!begun) return file.LastSeq;
        try
        {
            var left = File.Exists(path) && long.TryParse(File.ReadAllText(path), NumberStyles.None, CultureInfo.InvariantCulture, out var seq) && seq == file.LastSeq;
            File.Delete(path);
            return left ? file.LastSeq : file.LastSeq + Leap;
        }
        catch (UnauthorizedAccessException)
        {
            return file.LastSeq + Leap;
        }
    }

    /// <summary>All that was shown is written.</summary>
    public static void Leave(string folder, long last)
    {
        try
        {
            using var file = new FileStream(Path.Combine(folder, Name), new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite });
            file.Write(System.Text.Encoding.ASCII.GetBytes(last.ToString(CultureInfo.InvariantCulture)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Then there is a gap.
        }
    }
}
