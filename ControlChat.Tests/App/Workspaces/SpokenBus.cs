using ControlChat.Core.Bus;

namespace ControlChat.Tests.App.Workspaces;

/// <summary>A bus on which a test says that workspaces changed.</summary>
internal sealed class SpokenBus : IBus
{
    private readonly System.Threading.Channels.Channel<BusEntry> _said = System.Threading.Channels.Channel.CreateUnbounded<BusEntry>();

    public void Say() => _said.Writer.TryWrite(new BusEntry("stream:workspaces", "1", new BusMessage(Guid.NewGuid(), "{}")));

    public Task<string> AppendAsync(string topic, BusMessage message, CancellationToken cancellationToken) => throw new NotSupportedException();

    public IAsyncEnumerable<BusEntry> TailAsync(string topic, string? after, CancellationToken cancellationToken) => _said.Reader.ReadAllAsync(cancellationToken);

    public Task ConsumeAsync(string topic, string group, string consumer, Func<BusEntry, CancellationToken, Task> handler, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<DeadLetter>> DeadLettersAsync(string? topic, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<bool> ReplayAsync(string topic, string group, string entryId, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<bool> IsHealthyAsync(CancellationToken cancellationToken) => Task.FromResult(true);
}
