using ControlChat.Core.Hub;

namespace ControlChat.Core.Runner;

/// <summary>The sign of life of this process's worker.</summary>
internal sealed class WorkerPulse(TimeProvider time) : IReadinessPart
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Null until the worker has begun.</summary>
    public DateTimeOffset? Last { get; set; }

    public string Name => "worker";

    public Task<string?> FaultAsync(CancellationToken cancellationToken) => Task.FromResult(
        Last is not { } last ? "The worker has not begun."
        : time.GetUtcNow() - last > Patience ? "The worker gives no sign of life."
        : null);
}
