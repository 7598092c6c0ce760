namespace ControlChat.Core.Accounts;

/// <summary>A row on the record that a refusal gets. Let go of without having been written, it gives back what it was to tell.</summary>
/// <param name="leftOut">How many refusals before it got no row, for this one to say.</param>
/// <param name="giveBack">Counts them again, and this one with them.</param>
public sealed class RefusalRow(int leftOut, Action giveBack) : IDisposable
{
    private bool _done;

    public int LeftOut => leftOut;

    /// <summary>It is committed.</summary>
    public void Written() => _done = true;

    public void Dispose()
    {
        if (!_done) giveBack();
        _done = true;
    }
}
