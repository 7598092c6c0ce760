namespace ControlChat.Core.Conversations;

/// <param name="code"><c>invalid|too_long</c>.</param>
/// <param name="message">For the caller.</param>
public sealed class ConversationRefusedException(string code, string message) : Exception(message)
{
    public string Code { get; } = code;
}
