using ControlChat.Core.Hub;

namespace ControlChat.Core.Audit;

internal static class AuditFigures
{
    private const string Last = "select max(seq) from audit";

    public static HubFigure LastSeq { get; } = new(
        "controlchat.audit.last_seq", null, "The number of the newest row of the record.",
        async (reader, cancellationToken) => await reader.FindAsync<long?>(Last, null, cancellationToken) ?? 0);

    public static HubFigure CheckpointAge(CheckpointState state) => new(
        "controlchat.audit.checkpoint_age", "s", "Time since the last signed checkpoint; it only grows while nothing is recorded.",
        (reader, _) => Task.FromResult(state.Last is { } last ? (reader.Now - last.At).TotalSeconds : (double?)null));

    /// <summary>More than 256 for longer than 5 s: checkpoints have stopped.</summary>
    public static HubFigure Unsigned(CheckpointState state) => new(
        "controlchat.audit.unsigned_rows", null, "Rows of the record after the last signed checkpoint.",
        async (reader, cancellationToken) => (await reader.FindAsync<long?>(Last, null, cancellationToken) ?? 0) - (state.Last?.LastSeq ?? 0));
}
