namespace ControlChat.Bench.Terminals;

/// <summary>One end of a terminal over a WebSocket: the product's or the peer's.</summary>
internal interface ITerminalSide : IAsyncDisposable
{
    string Name { get; }

    ValueTask TypeAsync(string text);

    /// <summary>Waits for the next piece of output and gives its bytes, which hold until the next call.</summary>
    ValueTask<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancellationToken);
}
