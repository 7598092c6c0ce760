using System.Runtime.CompilerServices;
using System.Threading.Channels;
using ControlChat.Core.Bus;

namespace ControlChat.Tests.Support;

/// <summary>A bus on which nothing comes but what a test says, and whose tails break when it says so.</summary>
/// <param name="breaks">What the first tail, the second, … throws when it is read; after these they serve.</param>
internal sealed class TailBus(params IReadOnlyList<Exception> breaks) : IBus
{
    private readonly Channel<BusEntry> _said = Channel.CreateUnbounded<BusEntry>();
    private int _tails;

    public bool IsShared { get; init; }

    /// <summary>Tails that were opened.</summary>
    public int Tails => _tails;

    public void Say(string id) => _said.Writer.TryWrite(new BusEntry("stream:any", "1", BusMessage.New($$"""{"id":"{{id}}"}""")));

    public IAsyncEnumerable<BusEntry> TailAsync(string topic, string? after, CancellationToken cancellationToken) => ReadAsync(Interlocked.Increment(ref _tails), cancellationToken);

    public Task<string> AppendAsync(string topic, BusMessage message, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task ConsumeAsync(string topic, string group, string consumer, Func<BusEntry, CancellationToken, Task> handler, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<DeadLetter>> DeadLettersAsync(string? topic, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<bool> ReplayAsync(string topic, string group, string entryId, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<bool> IsHealthyAsync(CancellationToken cancellationToken) => Task.FromResult(true);

    private async IAsyncEnumerable<BusEntry> ReadAsync(int number, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (number <= breaks.Count) throw breaks[number - 1];
        await foreach (var entry in _said.Reader.ReadAllAsync(cancellationToken)) yield return entry;
    }
}
