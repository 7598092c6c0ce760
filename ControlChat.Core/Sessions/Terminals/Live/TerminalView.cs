using System.Runtime.CompilerServices;

namespace ControlChat.Core.Sessions.Terminals.Live;

/// <summary>A window's view of a terminal at work in this process.</summary>
internal sealed class TerminalView(LiveTerminal terminal, TerminalDoor door, ControlDesk desk, TerminalViewer viewer, TimeProvider time) : ITerminalView
{
    // How old counts may become: they change with every byte.
    private static readonly TimeSpan Counts = TimeSpan.FromMilliseconds(500);
    private int _left;

    public TerminalNow Now => terminal.NowFor(viewer);

    public async IAsyncEnumerable<TerminalNow> FollowAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        TerminalNow? told = null;
        while (true)
        {
            var (seen, closed) = (terminal.News.Version, terminal.IsClosed);
            var now = Now;
            if (told is null || !AreSame(told, now)) yield return told = now;
            if (closed) yield break;
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            await Task.WhenAny(terminal.News.WaitAsync(seen, either.Token), Task.Delay(Counts, time, either.Token));
            await either.CancelAsync();
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    public IAsyncEnumerable<TerminalFrame> ReadAsync(long after, CancellationToken cancellationToken) => terminal.ReadAsync(after, cancellationToken);

    public ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> input, CancellationToken cancellationToken)
    {
        if (HasLeft) return new(false);
        return terminal.Control((c, _) => c.Succeeds(viewer)) ? SucceedAsync(input, cancellationToken) : door.TypeAsync(viewer, input, cancellationToken);
    }

    public ValueTask<bool> ResizeAsync(TerminalSize size, CancellationToken cancellationToken) => new(!HasLeft && door.Resize(viewer, size));

    public Task<ControlAnswer> TakeControlAsync(CancellationToken cancellationToken) => HasLeft ? Task.FromResult(ControlAnswer.Refused) : desk.TakeAsync(viewer, cancellationToken);

    public Task ObjectAsync(CancellationToken cancellationToken) => HasLeft ? Task.CompletedTask : desk.ObjectAsync(viewer, cancellationToken);

    public Task GiveBackAsync(CancellationToken cancellationToken) => HasLeft ? Task.CompletedTask : desk.GiveBackAsync(viewer, cancellationToken);

    public ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _left, 1) == 0) terminal.Leave(viewer);
        return ValueTask.CompletedTask;
    }

    private async ValueTask<bool> SucceedAsync(ReadOnlyMemory<byte> input, CancellationToken cancellationToken) =>
        await desk.TakeAsync(viewer, cancellationToken) == ControlAnswer.Given && await door.TypeAsync(viewer, input, cancellationToken);

    private bool HasLeft => Volatile.Read(ref _left) == 1;

    private static bool AreSame(TerminalNow one, TerminalNow other) => one with { Viewers = other.Viewers } == other && one.Viewers.SequenceEqual(other.Viewers);
}
