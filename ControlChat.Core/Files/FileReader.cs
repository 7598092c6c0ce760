using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace ControlChat.Core.Files;

/// <summary>Reads a part of a file as text; never more of it into memory than was asked for.</summary>
internal static class FileReader
{
    private const int LongestCharacter = 4;

    public static FileReading Read(BeneathRoot root, WorkspacePath path, long offset, int limit)
    {
        using var file = Open(root, path, out var status, out var refusal);
        if (file is null) return new FileReading.Refused(refusal!);
        if (offset > status.Size) return new FileReading.Refused(new FileRefusal(FileProblem.Invalid, $"{path} has {status.Size} bytes; read from an offset within it."));
        return Read(file, status.Size, offset, limit);
    }

    public static FileReading ReadWhole(BeneathRoot root, WorkspacePath path, int most)
    {
        using var file = Open(root, path, out var status, out var refusal);
        if (file is null) return new FileReading.Refused(refusal!);
        if (ReadAll(file, status.Size, most) is { } content) return new FileReading.Whole(content, VersionOf(content));
        return new FileReading.Refused(new FileRefusal(FileProblem.TooLarge, $"{path} has more than {most} bytes, too many to be read as a whole."));
    }

    private static SafeFileHandle? Open(BeneathRoot root, WorkspacePath path, out FileStatus status, out FileRefusal? refusal)
    {
        status = default;
        if (!root.TryOpen(path, FileCalls.ToRead, links: true, out var file, out refusal))
        {
            if (refusal.Problem == FileProblem.Absent) refusal = refusal with { Nearest = NearestNames.To(root, path) };
            return null;
        }
        status = FileStatus.Of(file);
        refusal = Unreadable(status, path);
        if (refusal is null) return file;
        file.Dispose();
        return null;
    }

    /// <returns>Null for a regular file.</returns>
    public static FileRefusal? Unreadable(FileStatus status, WorkspacePath path) => status.Kind switch
    {
        EntryKind.File => null,
        EntryKind.Directory => new FileRefusal(FileProblem.IsADirectory, $"{path} is a directory: list it."),
        _ => new FileRefusal(FileProblem.NotRegular, $"{path} is a pipe, a socket or a device, not a file."),
    };

    /// <summary>All of a file, if it is no longer than so many bytes.</summary>
    public static byte[]? ReadAll(SafeFileHandle file, long size, int most)
    {
        if (size > most) return null;
        // One more than it said, so that one which grows meanwhile is not taken for whole.
        var buffer = new byte[size + 1];
        var length = Fill(file, buffer, 0);
        return length > size ? null : buffer[..length];
    }

    public static string VersionOf(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content));

    private static string VersionOf(ReadOnlySpan<byte> mark, ReadOnlySpan<byte> rest)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(mark);
        hash.AppendData(rest);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static FileReading Read(SafeFileHandle file, long size, long offset, int limit)
    {
        Span<byte> head = stackalloc byte[BinaryGuess.HeadLength];
        head = head[..Fill(file, head, 0)];
        var encoding = TextEncoding.Of(head);
        // A text that is binary at its beginning is no text anywhere.
        if (encoding.Decode(WholeUnits(encoding, head, encoding.MarkLength, atEnd: head.Length >= size)) is null) return new FileReading.Binary(size, BinaryGuess.Of(head));

        var from = Math.Max(offset, encoding.MarkLength);
        if (encoding.Unit == 2) from += (from - encoding.MarkLength) % 2;
        limit = Math.Max(limit, LongestCharacter);
        // Room for the rest of a character that the offset lies in.
        var buffer = new byte[Math.Clamp(size - from, 0, (long)limit + LongestCharacter - 1)];
        var length = Fill(file, buffer, from);
        var skipped = from > encoding.MarkLength ? encoding.Before(buffer.AsSpan(0, length)) : 0;
        var part = buffer.AsSpan(skipped, length - skipped);
        // Shorter than it said: somebody cut it meanwhile, and there is nothing to go on with.
        var atEnd = part.Length <= limit && (from + length >= size || length < buffer.Length);
        if (!atEnd)
        {
            part = part[..Math.Min(limit, part.Length)];
            part = part[..^encoding.Behind(part)];
        }
        if (encoding.Decode(part) is not { } text) return new FileReading.Binary(size, BinaryGuess.Of(head));
        var whole = atEnd && from == encoding.MarkLength;
        return new FileReading.Text(text, encoding.Name, size, from + skipped, atEnd ? null : from + skipped + part.Length, whole ? VersionOf(head[..encoding.MarkLength], part) : null);
    }

    private static ReadOnlySpan<byte> WholeUnits(TextEncoding encoding, ReadOnlySpan<byte> head, int from, bool atEnd)
    {
        var rest = head[Math.Min(from, head.Length)..];
        return atEnd ? rest : rest[..^encoding.Behind(rest)];
    }

    private static int Fill(SafeFileHandle file, Span<byte> buffer, long from)
    {
        var filled = 0;
        for (int read; filled < buffer.Length && (read = RandomAccess.Read(file, buffer[filled..], from + filled)) > 0;) filled += read;
        return filled;
    }
}
