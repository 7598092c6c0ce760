namespace ControlChat.App.Layout;

/// <summary>
/// The place of an agent's chat in the dock: whether it stands there, and what it is to show. Whoever asks for one (palette, composer)
/// puts a request; it is not in an address, because a link from outside must never speak to an agent. Scoped: one per circuit, used on
/// its dispatcher.
/// </summary>
public sealed class AgentSlot
{
    private AgentRequest? _pending;

    /// <summary>Raised when the dock is to show it, or not any more.</summary>
    public event Action? Changed;

    /// <summary>Raised when there is something to take; a chat that stands there already takes it.</summary>
    public event Action? Put;

    /// <summary>Raised when the reader wants the dock closed. The chat asks what is to become of its session.</summary>
    public event Action? CloseAsked;

    public bool IsOpen { get; private set; }

    public void Open(AgentRequest request)
    {
        _pending = request;
        if (!IsOpen)
        {
            IsOpen = true;
            Changed?.Invoke();
        }
        Put?.Invoke();
    }

    /// <summary>Gives the waiting request once.</summary>
    public AgentRequest? Take() => Interlocked.Exchange(ref _pending, null);

    public void AskClose() => CloseAsked?.Invoke();

    public void Close()
    {
        if (!IsOpen) return;
        (IsOpen, _pending) = (false, null);
        Changed?.Invoke();
    }
}

/// <param name="Text">What is said to the agent first; null: nothing.</param>
/// <param name="SessionId">The session this page had open before it was loaded again; null: that of the workspace on the page.</param>
public sealed record AgentRequest(string? Text, string? SessionId = null)
{
    /// <summary>What a text begins with that is meant for an agent.</summary>
    public const string Word = "@agent";

    /// <summary>Null when the text is meant for somebody else.</summary>
    public static AgentRequest? Read(string text)
    {
        var typed = text.Trim();
        if (!typed.StartsWith(Word, StringComparison.OrdinalIgnoreCase)) return null;
        var rest = typed[Word.Length..];
        if (rest.Length > 0 && !char.IsWhiteSpace(rest[0])) return null;
        return new AgentRequest(rest.Trim() is { Length: > 0 } said ? said : null);
    }
}
