using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ControlChat.Core.Sync;

/// <summary>What a sync would do to one file or directory of the side that is changed.</summary>
/// <param name="Op"><c>create|update|delete</c>.</param>
/// <param name="Path">Relative; bytes that are no printable text as <c>\#ooo</c>; a directory ends with a slash.</param>
/// <param name="Bytes">The size of a file that is made or changed, else 0.</param>
/// <param name="What">rsync's own letters for what differs, and the time of the source: what makes one difference another.</param>
public sealed record SyncChange(string Op, string Path, long Bytes, string What)
{
    public bool IsDirectory => Path.EndsWith('/');
}

/// <summary>Everything a sync would do, in the order of the names.</summary>
public sealed class SyncDifference
{
    public SyncDifference(IEnumerable<SyncChange> changes, int skipped)
    {
        Changes = [.. changes.OrderBy(c => c.Path, StringComparer.Ordinal).ThenBy(c => c.Op, StringComparer.Ordinal)];
        Skipped = skipped;
        Digest = DigestOf(Changes);
    }

    public IReadOnlyList<SyncChange> Changes { get; }

    /// <summary>Links, devices and the like of the source, which are not carried.</summary>
    public int Skipped { get; }

    public long Bytes => Changes.Sum(c => c.Bytes);

    /// <summary>Lower-case hex SHA-256 over every change.</summary>
    public string Digest { get; }

    public int Count(string op) => Changes.Count(c => c.Op == op);

    // A length before each part: no name can be read as two.
    private static string DigestOf(IReadOnlyList<SyncChange> changes)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var part in changes.SelectMany(c => new[] { c.Op, c.Path, c.Bytes.ToString(CultureInfo.InvariantCulture), c.What }))
            hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Encoding.UTF8.GetByteCount(part)}:{part}")));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
