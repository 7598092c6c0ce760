namespace ControlChat.Core.Audit;

/// <summary>What a verification found (contracts, section 6).</summary>
public sealed record VerifyResult
{
    /// <summary>True when every row looked at is what was written, and every checkpoint fits.</summary>
    public bool Ok => Problem is null;

    /// <summary>Rows found good.</summary>
    public long Rows { get; init; }

    /// <summary>The last good row; 0 when there is none.</summary>
    public long LastSeq { get; init; }

    public string? LastHash { get; init; }

    /// <summary>Checkpoints that were checked and fit.</summary>
    public int Checkpoints { get; init; }

    /// <summary>The first row that is wrong, missing, or not what was signed; null when all is well.</summary>
    public long? FirstBadSeq { get; init; }

    /// <summary>One of <see cref="AuditProblems"/>, or null.</summary>
    public string? Problem { get; init; }

    /// <summary>The key that checkpoints were checked with; null when there was none to check.</summary>
    public string? KeyId { get; init; }

    /// <summary>Whether that key was given by the caller, not found beside the record.</summary>
    public bool Pinned { get; init; }

    /// <summary>A filtered export: each row was checked alone, and nothing is promised about what is absent.</summary>
    public bool Filtered { get; init; }
}

public static class AuditProblems
{
    /// <summary>A row is not what its hashes say.</summary>
    public const string RowChanged = "row_changed";

    /// <summary>A row is missing.</summary>
    public const string Gap = "gap";

    /// <summary>A row does not follow the one before it.</summary>
    public const string Order = "order";

    /// <summary>The end of an export is not what its last line says.</summary>
    public const string HeadMismatch = "head_mismatch";

    /// <summary>A row is not what a checkpoint says, or the checkpoints do not follow each other.</summary>
    public const string CheckpointMismatch = "checkpoint_mismatch";

    /// <summary>A checkpoint is not signed by the key.</summary>
    public const string BadSignature = "bad_signature";

    /// <summary>The record ends before a row that was signed, or an export before its last line.</summary>
    public const string Truncated = "truncated";
}
