using ControlChat.App.Layout;
using ControlChat.App.Sessions.Screens;

namespace ControlChat.App.AgentChats;

/// <summary>What the dock shows of a chat with an agent.</summary>
internal abstract record AgentView
{
    private AgentView() { }

    /// <summary>It is looked for, or begun.</summary>
    public sealed record Opening(string? Title) : AgentView;

    /// <summary>No workspace is on the page: which one is it to be?</summary>
    /// <param name="Wish">With what is said first in the chosen one.</param>
    public sealed record Choosing(IReadOnlyList<SessionPlace> Places, AgentRequest Wish) : AgentView;

    /// <summary>There is no chat.</summary>
    /// <param name="Place">Where it was to be; null: nowhere yet.</param>
    /// <param name="Wish">With what was to be said, so that it is not lost.</param>
    /// <param name="Again">Trying once more may help.</param>
    public sealed record Refused(string Why, SessionPlace? Place, AgentRequest Wish, bool Again) : AgentView
    {
        /// <summary>It may have begun all the same: the same start says whether it has.</summary>
        public bool MayHaveBegun { get; init; }
    }

    /// <summary>A person has to allow it first.</summary>
    public sealed record Waiting(string ApprovalId) : AgentView;

    public sealed record Talking(SessionTalk Talk) : AgentView;
}
