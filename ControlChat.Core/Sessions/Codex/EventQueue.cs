using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace ControlChat.Core.Sessions.Codex;

/// <summary>Events on their way to their one reader. Bounded by the bytes they came from: whoever fills it waits for <see cref="RoomAsync"/>
/// between two messages, so it holds at most its bound and one message more.</summary>
internal sealed class EventQueue(long mostBytes)
{
    // What an event takes besides its text.
    private const int Overhead = 256;
    private readonly Channel<(AgentEvent Event, long Bytes)> _events = Channel.CreateUnbounded<(AgentEvent, long)>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Channel<bool> _taken = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private long _bytes;

    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Events of one message; nothing after <see cref="End"/>.</summary>
    public void Add(IEnumerable<AgentEvent> events, long bytes)
    {
        foreach (var happened in events)
        {
            var weight = bytes + Overhead;
            Interlocked.Add(ref _bytes, weight);
            if (!_events.Writer.TryWrite((happened, weight))) Interlocked.Add(ref _bytes, -weight);
        }
    }

    public void End() => _events.Writer.TryComplete();

    public async Task RoomAsync(CancellationToken cancellationToken)
    {
        while (Bytes >= mostBytes) await _taken.Reader.ReadAsync(cancellationToken);
    }

    public async IAsyncEnumerable<AgentEvent> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var (happened, bytes) in _events.Reader.ReadAllAsync(cancellationToken))
        {
            Interlocked.Add(ref _bytes, -bytes);
            _taken.Writer.TryWrite(true);
            yield return happened;
        }
    }
}
