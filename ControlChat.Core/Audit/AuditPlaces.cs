using ControlChat.Core.Hub;

namespace ControlChat.Core.Audit;

/// <summary>Where the record's files are; absolute paths.</summary>
/// <param name="DataDirectory">The hub's own directory; the signing key lies in <c>keys</c> below it.</param>
/// <param name="CheckpointDirectory">Holds <c>checkpoints.jsonl</c>; better on another disk or machine.</param>
public sealed record AuditPlaces(string DataDirectory, string CheckpointDirectory)
{
    /// <summary>Where the signing key is when several processes share it; null: in <see cref="SigningKey"/>.</summary>
    public ISharedKeys? SharedKeys { get; init; }

    public string SigningKey => Path.Combine(DataDirectory, "keys", "audit-signing.pem");

    public string Checkpoints => Path.Combine(CheckpointDirectory, "checkpoints.jsonl");
}
