using ControlChat.Core.Accounts;

namespace ControlChat.App.AgentChats;

/// <summary>What became of a session whose chat was closed.</summary>
internal enum ChatEnd { Ended, Kept }

/// <summary>
/// An agent's chat on one page. The page says what happens to it; once it is out of reach, or its person was asked and says nothing,
/// <see cref="OpenChats"/> decides when the time is over.
/// </summary>
internal sealed class OpenChat(OpenChats chats, Principal by, string sessionId)
{
    /// <summary>Raised on any thread, once: the time was over.</summary>
    public event Action<ChatEnd>? Decided;

    /// <summary>Raised on any thread when <see cref="Due"/> is another one.</summary>
    public event Action? Moved;

    public string SessionId { get; } = sessionId;

    public Principal By { get; } = by;

    /// <summary>When it is decided; null: the page is there and nobody was asked.</summary>
    public DateTimeOffset? Due { get; internal set; }

    /// <summary>Whether the person was asked what is to become of the session.</summary>
    public bool IsAsked { get; internal set; }

    /// <summary>When the time began to count: what is said in the session since then is said elsewhere.</summary>
    internal DateTimeOffset? Since { get; set; }

    internal bool IsLost { get; set; }

    internal bool IsReleased { get; set; }

    internal ITimer? Timer { get; set; }

    /// <summary>The person is asked; from now on the time counts.</summary>
    public void Ask() => Move(() => IsAsked = true, restart: false);

    /// <summary>The person stays with the chat.</summary>
    public void Stay() => Move(() => IsAsked = false, restart: false);

    /// <summary>The page is out of reach, or gone.</summary>
    public void Lose() => Move(() => IsLost = true, restart: false);

    /// <summary>The page is back. A question that still stands has its whole time again.</summary>
    public void Return()
    {
        if (IsLost) Move(() => IsLost = false, restart: true);
    }

    /// <summary>The chat is over, and what becomes of the session was said.</summary>
    public void Release() => chats.Release(this);

    internal void Move() => Moved?.Invoke();

    internal void Decide(ChatEnd end) => Decided?.Invoke(end);

    private void Move(Action change, bool restart)
    {
        if (chats.Move(this, change, restart)) Moved?.Invoke();
    }
}
