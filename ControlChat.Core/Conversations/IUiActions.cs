using ControlChat.Core.Accounts;

namespace ControlChat.Core.Conversations;

/// <summary>Asks the browser of a conversation's person to show something, and hears what it did.</summary>
public interface IUiActions
{
    /// <summary>
    /// Appends a <c>ui_action</c> event and waits for the browser: 3 s for one to take it, 10 s in all.
    /// </summary>
    /// <returns><c>done|refused|no_browser|timeout</c>.</returns>
    Task<string> RequestAsync(UiActionRequest request, CancellationToken cancellationToken);

    /// <summary>A browser shows it: it is the one that will answer. False when another took it, or it is over.</summary>
    Task<bool> TakeAsync(Principal principal, string id, CancellationToken cancellationToken);

    /// <summary>What the browser did. False when it was over already, or is not this person's.</summary>
    /// <param name="done">False: it refused, because its own allowlist has it not or the person said no.</param>
    Task<bool> AcknowledgeAsync(Principal principal, string id, bool done, CancellationToken cancellationToken);
}

/// <param name="Account">Whose browser.</param>
/// <param name="Action">One of <see cref="UiActionAllowlist.Actions"/>.</param>
/// <param name="Target">As the allowlist has it; a workspace is an id.</param>
/// <param name="Offer">The run is tainted: the browser shows something to click and does nothing by itself.</param>
public sealed record UiActionRequest(string ConversationId, string? RunId, Principal Account, string Action, string Target, bool Offer);
