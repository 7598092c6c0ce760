using ControlChat.Core.Hub;

namespace ControlChat.App.Layout;

/// <summary>
/// The place of an agent's chat in the dock: whether it stands there, and what it is to show. Whoever asks for one (palette, composer)
/// puts a request; it is not in an address, because a link from outside must never speak to an agent. Scoped: one per circuit, used on
/// its dispatcher.
/// </summary>
public sealed class AgentSlot
{
    private readonly LinkedList<AgentRequest> _pending = [];
    private string? _last;

    /// <summary>Raised when the dock is to show it, or not any more.</summary>
    public event Action? Changed;

    /// <summary>Raised when there is something to take; a chat that stands there already takes it.</summary>
    public event Action? Put;

    /// <summary>Raised when the reader wants the dock closed. The chat asks what is to become of its session.</summary>
    public event Action? CloseAsked;

    public bool IsOpen { get; private set; }

    /// <summary>Something is there to take.</summary>
    public bool IsWaiting => _pending.Count > 0;

    /// <summary>Whose agent the chat in the dock talks to; null: none that goes on.</summary>
    public PageWorkspace? Talking { get; set; }

    /// <summary>Asked twice for the same wish, it is one.</summary>
    public void Open(AgentRequest request)
    {
        if (_last == request.Id) return;
        _last = request.Id;
        _pending.AddLast(request);
        if (!IsOpen)
        {
            IsOpen = true;
            Changed?.Invoke();
        }
        Put?.Invoke();
    }

    /// <summary>Gives the request that waits longest, once.</summary>
    public AgentRequest? Take()
    {
        var first = _pending.First?.Value;
        if (first is not null) _pending.RemoveFirst();
        return first;
    }

    /// <summary>It is the next one to take.</summary>
    public void PutBack(AgentRequest request) => _pending.AddFirst(request);

    /// <summary>A chat that failed hears nothing and is closed.</summary>
    public void AskClose()
    {
        if (CloseAsked is { } asked) asked();
        else Close();
    }

    public void Close()
    {
        if (!IsOpen) return;
        (IsOpen, Talking) = (false, null);
        _pending.Clear();
        Changed?.Invoke();
    }
}

/// <param name="Text">What is said to the agent first; null: nothing.</param>
/// <param name="SessionId">The session this page had open before it was loaded again; null: that of the workspace that is meant.</param>
public sealed record AgentRequest(string? Text, string? SessionId = null)
{
    /// <summary>Of this one wish: what it starts or says is started and said once.</summary>
    public string Id { get; init; } = Ids.New("req");

    /// <summary>Whose agent is meant, as it was shown to who chose it; null: decided when it is taken.</summary>
    public AgentTarget? Target { get; init; }

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

/// <param name="Workspace">Null: the person is asked which one.</param>
public sealed record AgentTarget(PageWorkspace? Workspace);
