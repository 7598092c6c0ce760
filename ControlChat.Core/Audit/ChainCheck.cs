using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace ControlChat.Core.Audit;

/// <summary>
/// The one judge of rows: takes them in order and stops at the first bad one. Online, offline and for exports alike.
/// </summary>
internal sealed class ChainCheck(IReadOnlyList<Checkpoint> checkpoints, bool filtered)
{
    private readonly byte[] _link = new byte[64 + 1 + 20 + 1 + 64];
    private readonly byte[] _digest = new byte[32];
    private byte[] _utf8 = new byte[4096];
    private int _next;

    public long Rows { get; private set; }

    public long LastSeq { get; private set; }

    public string? LastHash { get; private set; }

    /// <summary>What the first row says of the one before it.</summary>
    public string? FirstPrev { get; private set; }

    public long? BadSeq { get; private set; }

    public string? Problem { get; private set; }

    /// <summary>Checkpoints met and found right; those before a range's first row are not met.</summary>
    public int CheckpointsMet { get; private set; }

    /// <summary>The <c>seq</c> the first row must have; null takes the first row as it comes.</summary>
    public long? First { get; init; } = 1;

    /// <returns>False at the first bad row.</returns>
    public bool Add(long seq, string body, string prevHash, string bodyHash, string hash)
    {
        var most = Encoding.UTF8.GetMaxByteCount(body.Length);
        if (_utf8.Length < most) _utf8 = new byte[most];
        return Add(seq, _utf8.AsSpan(0, Encoding.UTF8.GetBytes(body, _utf8)), prevHash, bodyHash, hash);
    }

    /// <param name="seq">The row's number.</param>
    /// <param name="body">In UTF-8, as it is hashed.</param>
    /// <param name="prevHash">What the row says of the one before.</param>
    /// <param name="bodyHash">What it says of its body.</param>
    /// <param name="hash">What it says of itself.</param>
    /// <returns>False at the first bad row.</returns>
    public bool Add(long seq, ReadOnlySpan<byte> body, string prevHash, string bodyHash, string hash)
    {
        if (Fault(seq, body, prevHash, bodyHash, hash) is { } problem) return Fail(problem == AuditProblems.Gap ? Expected(seq) : seq, problem);
        if (Rows == 0) FirstPrev = prevHash;
        (LastSeq, LastHash) = (seq, hash);
        Rows++;
        return filtered || MeetCheckpoints(seq, hash);
    }

    /// <summary>Neighbouring blocks, each checked by itself, as one check of them all; null unless everything fits.</summary>
    public static ChainCheck? Join(IReadOnlyList<ChainCheck> blocks, IReadOnlyList<Checkpoint> checkpoints, long to)
    {
        for (var i = 0; i < blocks.Count; i++)
        {
            if (blocks[i].Problem is not null || blocks[i].FirstPrev != (i == 0 ? AuditChain.Start : blocks[i - 1].LastHash)) return null;
        }
        var met = blocks.Sum(b => b.CheckpointsMet);
        if (blocks.Sum(b => b.Rows) != to || met != checkpoints.Count(c => c.LastSeq <= to)) return null;
        return new ChainCheck(checkpoints, filtered: false) { Rows = to, LastSeq = to, LastHash = blocks[^1].LastHash, CheckpointsMet = met, _next = met };
    }

    /// <summary>After the last row: what was signed must have come.</summary>
    public void End()
    {
        if (Problem is null && !filtered && _next < checkpoints.Count) Fail(LastSeq + 1, AuditProblems.Truncated);
    }

    /// <summary>Whether an export that says it goes up to this row does.</summary>
    public bool ReachesTo(long? to) => filtered || to is null || to == LastSeq || Rows == 0 && to < First;

    public bool Fail(long seq, string problem)
    {
        (BadSeq, Problem) = (seq, problem);
        return false;
    }

    private string? Fault(long seq, ReadOnlySpan<byte> body, string prevHash, string bodyHash, string hash)
    {
        if (seq < Expected(seq)) return AuditProblems.Order;
        if (!filtered && seq > Expected(seq)) return AuditProblems.Gap;
        if (!IsDigest(body, bodyHash)) return AuditProblems.RowChanged;
        var own = IsLink(prevHash, seq, bodyHash, hash);
        if (filtered || LastHash is null && seq != 1) return own ? null : AuditProblems.RowChanged;
        var before = LastHash ?? AuditChain.Start;
        if (prevHash == before) return own ? null : AuditProblems.RowChanged;
        // Where the right link would fit, only the row's word about the one before was changed; else it stands in the wrong place.
        return !own && IsLink(before, seq, bodyHash, hash) ? AuditProblems.RowChanged : AuditProblems.Order;
    }

    private long Expected(long seq) => Rows > 0 ? LastSeq + 1 : First ?? seq;

    private bool MeetCheckpoints(long seq, string hash)
    {
        while (_next < checkpoints.Count && checkpoints[_next].LastSeq <= seq)
        {
            var checkpoint = checkpoints[_next++];
            if (checkpoint.LastSeq < seq) continue;
            if (checkpoint.LastHash != hash) return Fail(seq, AuditProblems.CheckpointMismatch);
            CheckpointsMet++;
        }
        return true;
    }

    private bool IsLink(string prevHash, long seq, string bodyHash, string hash)
    {
        if (prevHash.Length != 64 || bodyHash.Length != 64) return false;
        var length = Encoding.UTF8.GetBytes(prevHash, _link.AsSpan(0, 64));
        _link[length++] = (byte)'\n';
        Utf8Formatter.TryFormat(seq, _link.AsSpan(length), out var digits);
        length += digits;
        _link[length++] = (byte)'\n';
        length += Encoding.UTF8.GetBytes(bodyHash, _link.AsSpan(length));
        return IsDigest(_link.AsSpan(0, length), hash);
    }

    private bool IsDigest(ReadOnlySpan<byte> bytes, string hex)
    {
        SHA256.HashData(bytes, _digest);
        Span<char> text = stackalloc char[64];
        return Convert.TryToHexStringLower(_digest, text, out _) && hex.AsSpan().SequenceEqual(text);
    }
}
