namespace ControlChat.Core.Runner;

/// <summary>What is known of the configured model, for the badge.</summary>
/// <param name="Provider"><c>openai</c> or <c>offline</c>.</param>
/// <param name="Name">The model's name, or <c>offline planner</c>.</param>
/// <param name="Reachable">Null until the first call has ended.</param>
/// <param name="LastError">The message of the last failure; null after a success.</param>
/// <param name="RetryAt">When the model is tried again; null while it is reachable.</param>
public sealed record ModelState(string Provider, string Name, bool? Reachable, string? LastError, DateTimeOffset? RetryAt);

/// <summary>Remembers how the last model calls ended. A failed connection is not tried again before <see cref="RetryAt"/>.</summary>
internal sealed class ModelHealth(TimeProvider time)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);
    private volatile Record _now = new(null, null, null, TimeSpan.Zero);

    public bool? Reachable => _now.Reachable;

    public string? LastError => _now.Error;

    public DateTimeOffset? RetryAt => _now.RetryAt;

    public void Succeeded()
    {
        if (_now is not { Reachable: true, Error: null }) _now = new Record(true, null, null, TimeSpan.Zero);
    }

    public void Failed(ModelException exception)
    {
        if (exception.Fault != ModelFault.Unreachable)
        {
            // It answered, badly: the run shows why, and the next message may try at once.
            _now = new Record(true, exception.Message, null, TimeSpan.Zero);
            return;
        }
        var pause = _now.Pause == TimeSpan.Zero ? FirstPause : TimeSpan.FromTicks(Math.Min(_now.Pause.Ticks * 2, LongestPause.Ticks));
        _now = new Record(false, exception.Message, time.GetUtcNow() + pause, pause);
    }

    private sealed record Record(bool? Reachable, string? Error, DateTimeOffset? RetryAt, TimeSpan Pause);
}
