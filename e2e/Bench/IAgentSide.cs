namespace ControlChat.Bench;

/// <summary>One side of P1: something that makes agent runs against the same model server.</summary>
internal interface IAgentSide : IAsyncDisposable
{
    string Name { get; }

    /// <summary>Makes <paramref name="count"/> runs one after the other in each of <paramref name="concurrency"/> lanes.</summary>
    Task<Block> RunAsync(string scenario, int count, int concurrency);
}

/// <param name="Run">From asking to the end of the run, in ms.</param>
/// <param name="First">From asking to the first piece of text, in ms.</param>
/// <param name="CpuMs">CPU time the side's process used for the block; null where it has none of its own.</param>
/// <param name="MemoryMiB">Resident memory of the side's process after the block; null where it has none of its own.</param>
/// <param name="WallMs">The whole block.</param>
internal sealed record Block(IReadOnlyList<double> Run, IReadOnlyList<double> First, double? CpuMs, double? MemoryMiB, double WallMs);
