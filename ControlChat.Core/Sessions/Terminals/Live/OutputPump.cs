using System.Diagnostics.CodeAnalysis;

namespace ControlChat.Core.Sessions.Terminals.Live;

/// <summary>Filters what a terminal's program prints, piece by piece.</summary>
/// <returns>How many bytes of <paramref name="output"/> it filled, at most <see cref="OutputPump.MostHeld"/> more than came in.</returns>
internal delegate int OutputFilter(ReadOnlySpan<byte> input, Span<byte> output);

/// <summary>Reads what a terminal's program prints, in a thread of its own: nothing stands between a key and its echo but this.</summary>
/// <param name="most">Bytes that may be printed and typed in all.</param>
internal sealed class OutputPump(LiveTerminal terminal, ITerminalProcess process, OutputFilter filter, long most)
{
    /// <summary>What a filter may have kept back of earlier pieces, in bytes.</summary>
    public const int MostHeld = 4 * 1024;

    // Of a frame, at most 64 KiB.
    private const int Piece = (64 * 1024) - MostHeld;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>When no more will come; faulted with what broke it.</summary>
    public Task Ended => _ended.Task;

    /// <summary>More was printed than may be: told once.</summary>
    public required Action Exceeded { get; init; }

    public required Action Used { get; init; }

    public void Start() => new Thread(Run) { IsBackground = true, Name = $"terminal {terminal.Id}" }.Start();

    [SuppressMessage("Design", "CA1031:Do not catch general exception types", Justification = "Whatever it is, it must not end the hub's process; whoever works on the session hears of it.")]
    private void Run()
    {
        try
        {
            Pump();
            _ended.SetResult();
        }
        catch (Exception e)
        {
            _ended.SetException(e);
        }
    }

    private void Pump()
    {
        var (input, output, exceeded) = (new byte[Piece], new byte[Piece + MostHeld], false);
        while (process.Read(input) is > 0 and var read)
        {
            var count = filter(input.AsSpan(0, read), output);
            terminal.Print(output.AsSpan(0, count).ToArray(), read);
            Used();
            if (exceeded || terminal.Bytes <= most) continue;
            exceeded = true;
            Exceeded();
        }
    }
}
