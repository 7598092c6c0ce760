namespace ControlChat.App.Ui;

/// <summary>
/// How long a part of a page lives. Its token may be asked for after the end too: what was awaited when the part was closed goes on
/// to its next step, and has to find itself cancelled there, not a fault.
/// </summary>
public sealed class Lifetime : IDisposable
{
    private readonly CancellationTokenSource _source = new();

    public Lifetime() => Token = _source.Token;

    /// <summary>Cancelled at the end.</summary>
    public CancellationToken Token { get; }

    public bool IsOver => Token.IsCancellationRequested;

    /// <summary>Ends it; a second time does nothing.</summary>
    public void Dispose()
    {
        if (IsOver) return;
        _source.Cancel();
        _source.Dispose();
    }
}
