using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace ControlChat.Core.Sessions.Terminals.Archives;

/// <summary>Some bytes of one of a transcript's files, as the archive knows them.</summary>
internal sealed record ArchivePiece
{
    /// <summary>Bytes of a piece at most: what is in memory of a transcript at a time.</summary>
    public const int MostBytes = 1024 * 1024;

    /// <summary>Among all pieces of its transcript, from 0 on.</summary>
    public required long Number { get; init; }

    /// <summary>Which of the files it is of, from 0 on.</summary>
    public required long Part { get; init; }
    public required long Bytes { get; init; }

    /// <summary>SHA-256 in hex.</summary>
    public required string Hash { get; init; }

    public static ArchivePiece Of(long number, long part, ReadOnlySpan<byte> bytes) => new() { Number = number, Part = part, Bytes = bytes.Length, Hash = Convert.ToHexStringLower(SHA256.HashData(bytes)) };

    /// <summary>What all of them together are known by.</summary>
    public static string HashOf(IEnumerable<ArchivePiece> pieces)
    {
        using var all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var piece in pieces) all.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{piece.Part}:{piece.Bytes}:{piece.Hash}\n")));
        return Convert.ToHexStringLower(all.GetHashAndReset());
    }

    public static byte[] Pack(ReadOnlySpan<byte> bytes)
    {
        using var packed = new MemoryStream();
        using (var brotli = new BrotliStream(packed, CompressionLevel.Optimal, leaveOpen: true)) brotli.Write(bytes);
        return packed.ToArray();
    }

    /// <returns>The bytes; null: these are not what was packed. No more is unpacked than it says to have.</returns>
    public byte[]? Unpack(byte[] packed)
    {
        if (Bytes is < 0 or > MostBytes) return null;
        var bytes = new byte[Bytes];
        try
        {
            using var brotli = new BrotliStream(new MemoryStream(packed), CompressionMode.Decompress);
            brotli.ReadExactly(bytes);
            if (brotli.ReadByte() >= 0) return null;
        }
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException or EndOfStreamException)
        {
            return null;
        }
        return Of(Number, Part, bytes) == this ? bytes : null;
    }
}
