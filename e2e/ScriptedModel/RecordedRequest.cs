namespace ControlChat.ScriptedModel;

/// <summary>One request and how its answer ended.</summary>
public sealed class RecordedRequest(ModelRequest request)
{
    private readonly TaskCompletionSource<bool> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ModelRequest Request { get; } = request;

    /// <summary>True when the client went away before the answer was whole.</summary>
    public Task<bool> Aborted => _ended.Task;

    internal void End(bool aborted) => _ended.TrySetResult(aborted);
}
