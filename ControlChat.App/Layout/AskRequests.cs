namespace ControlChat.App.Layout;

/// <param name="Send">False puts the text into the composer only.</param>
public sealed record AskRequest(string Text, bool Send);

/// <summary>
/// Hands what a person typed elsewhere (the palette, an example) to the Ask page of the same circuit. It is not in an address:
/// a link from outside must never send a message.
/// </summary>
public sealed class AskRequests
{
    private AskRequest? _pending;

    /// <summary>Raised when something was put; a page that is already open takes it, another takes it when it opens.</summary>
    public event Action? Put;

    public void Add(AskRequest request)
    {
        _pending = request;
        Put?.Invoke();
    }

    /// <summary>Gives the waiting request once.</summary>
    public AskRequest? Take() => Interlocked.Exchange(ref _pending, null);
}
