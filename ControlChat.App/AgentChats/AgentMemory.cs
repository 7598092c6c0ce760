using ControlChat.App.Ui;
using Microsoft.JSInterop;

namespace ControlChat.App.AgentChats;

/// <summary>The session whose chat the browser's tab brings back when it loads the page again.</summary>
internal sealed class AgentMemory(IJSRuntime js)
{
    private string? _remembered;

    /// <param name="sessionId">Null: none.</param>
    /// <param name="account">Whose chat it is.</param>
    /// <param name="cancellationToken">The chat is gone.</param>
    public async Task RememberAsync(string? sessionId, string? account, CancellationToken cancellationToken)
    {
        if (_remembered == sessionId) return;
        _remembered = sessionId;
        try
        {
            await js.TellAsync("controlchat.keys.agent", cancellationToken, sessionId, account);
        }
        catch (OperationCanceledException)
        {
            // The page is out of reach: then it opens without the chat.
        }
    }
}
