namespace ControlChat.App.Sessions;

/// <summary>
/// An agent that leaves before the end of its answer. The model works on and its answer costs all the same, so the rest is read for what it
/// says of that, but not for ever: an agent that leaves at once must not be cheaper than one that stays.
/// </summary>
internal sealed class Departure : IDisposable
{
    /// <summary>Most answers end within it. The call counts as under way until then.</summary>
    public static readonly TimeSpan HearingOn = TimeSpan.FromSeconds(20);

    private readonly CancellationTokenSource _over;
    private readonly CancellationTokenRegistration _leaving;

    /// <param name="onLeft">Called when the agent leaves.</param>
    /// <param name="left">Cancelled then.</param>
    public Departure(TimeProvider time, Action onLeft, CancellationToken left)
    {
        _over = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        _leaving = left.Register(() =>
        {
            HasLeft = true;
            _over.CancelAfter(HearingOn);
            onLeft();
        });
    }

    public bool HasLeft { get; private set; }

    /// <summary>Cancelled <see cref="HearingOn"/> after the agent left.</summary>
    public CancellationToken Over => _over.Token;

    /// <summary>What happens after this is no departure. Again and again is fine.</summary>
    public void Dispose()
    {
        _leaving.Dispose();
        _over.Dispose();
    }
}
