using Microsoft.JSInterop;

namespace ControlChat.App.Ask;

/// <summary>What js/ask.js may call.</summary>
internal sealed class PaneDoor(Func<string, string, Task<SendAnswer>> send, Func<string, Task> again, Func<Task<bool>> stop, Func<long?, Task<bool>> back)
{
    [JSInvokable]
    public Task<SendAnswer> Send(string text, string requestId) => send(text, requestId);

    /// <summary>Asks again what a message asked or answered, by its item's key.</summary>
    [JSInvokable]
    public Task Again(string key) => again(key);

    /// <returns>False when nothing was under way.</returns>
    [JSInvokable]
    public Task<bool> Stop() => stop();

    /// <summary>Shows earlier messages.</summary>
    /// <param name="toSeq">The message that has to be among them; null for one step.</param>
    /// <returns>False when they could not be read.</returns>
    [JSInvokable]
    public Task<bool> Back(long? toSeq) => back(toSeq);
}

/// <param name="Problem">Why the message was not taken; null when it was.</param>
internal sealed record SendAnswer(string? Problem);
