using ControlChat.Core.Hub;

namespace ControlChat.Core.Audit;

/// <summary>How the checkpoints stand, for health and the page.</summary>
public sealed class CheckpointState
{
    /// <summary>The newest one written or found; null before the first.</summary>
    public Checkpoint? Last { get; internal set; }

    /// <summary>Why no checkpoint can be written, as a sentence for the operator; null while all is well.</summary>
    public string? Fault { get; internal set; }
}

internal sealed class CheckpointReadiness(CheckpointState state) : IReadinessPart
{
    public string Name => "checkpoint";

    public Task<string?> FaultAsync(CancellationToken cancellationToken) => Task.FromResult(state.Fault);
}
