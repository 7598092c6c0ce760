using Microsoft.JSInterop;

namespace ControlChat.App.Ask;

/// <summary>What js/ask.js may call.</summary>
internal sealed class PaneDoor(Func<string, string, Task<SendAnswer>> send, Func<Task<bool>> stop)
{
    [JSInvokable]
    public Task<SendAnswer> Send(string text, string requestId) => send(text, requestId);

    /// <returns>False when nothing was under way.</returns>
    [JSInvokable]
    public Task<bool> Stop() => stop();
}

/// <param name="Problem">Why the message was not taken; null when it was.</param>
internal sealed record SendAnswer(string? Problem);
