using ControlChat.Core.Processes;

namespace ControlChat.Core.Sessions.Containment;

/// <summary>A process took more memory, with all it started, than it may.</summary>
/// <param name="Taken">MiB.</param>
/// <param name="Most">MiB: <c>Sessions:MemoryMegabytes</c>.</param>
public sealed record MemoryExcess(long Taken, int Most)
{
    /// <summary>Whether it takes that much now.</summary>
    public static MemoryExcess? Of(int process, int most) => ProcessMemory.Above([process], most) is [var (_, taken)] ? new MemoryExcess(taken, most) : null;
}
