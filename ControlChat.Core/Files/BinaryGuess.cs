namespace ControlChat.Core.Files;

/// <summary>What a file that is no text looks like by its first bytes (file signatures as in the "magic" of file(1)).</summary>
internal static class BinaryGuess
{
    public const int HeadLength = 512;

    private static readonly (byte[] Mark, int At, string Name)[] _known =
    [
        ([0x89, .. "PNG"u8], 0, "a PNG image"), ([0xFF, 0xD8, 0xFF], 0, "a JPEG image"), ([.. "GIF8"u8], 0, "a GIF image"), ([.. "RIFF"u8], 0, "a RIFF file (WebP, WAV or AVI)"),
        ([.. "II*\0"u8], 0, "a TIFF image"), ([.. "MM\0*"u8], 0, "a TIFF image"), ([.. "%PDF"u8], 0, "a PDF document"), ([.. "PK\u0003\u0004"u8], 0, "a ZIP archive (or an Office document)"),
        ([0x1F, 0x8B], 0, "gzip data"), ([0x28, 0xB5, 0x2F, 0xFD], 0, "Zstandard data"), ([0xFD, .. "7zXZ"u8], 0, "xz data"), ([.. "BZh"u8], 0, "bzip2 data"), ([.. "7z"u8, 0xBC, 0xAF], 0, "a 7z archive"),
        ([.. "ustar"u8], 257, "a tar archive"), ([0x7F, .. "ELF"u8], 0, "a program (ELF)"), ([.. "MZ"u8], 0, "a program (Windows)"), ([0, .. "asm"u8], 0, "a WebAssembly module"),
        ([.. "SQLite format 3"u8], 0, "an SQLite database"), ([.. "CDF"u8], 0, "a NetCDF file"), ([0x89, .. "HDF"u8], 0, "an HDF5 or NetCDF-4 file"), ([.. "PAR1"u8], 0, "a Parquet file"),
        ([0x93, .. "NUMPY"u8], 0, "a NumPy array"), ([.. "OggS"u8], 0, "Ogg media"), ([.. "ID3"u8], 0, "MP3 audio"), ([.. "ftyp"u8], 4, "MP4 media"),
    ];

    public static string Of(ReadOnlySpan<byte> head)
    {
        foreach (var (mark, at, name) in _known)
        {
            if (head.Length >= at + mark.Length && head[at..].StartsWith(mark)) return name;
        }
        return !head.Contains((byte)0) && Printable(head) ? "text in another encoding than UTF-8, perhaps Latin-1" : "unknown data";
    }

    private static bool Printable(ReadOnlySpan<byte> head)
    {
        var strange = 0;
        foreach (var value in head)
        {
            if (value < 0x20 && value is not ((byte)'\t' or (byte)'\n' or (byte)'\r' or (byte)'\f')) strange++;
        }
        return strange * 50 <= head.Length;
    }
}
