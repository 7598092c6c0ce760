namespace ControlChat.App.Ui;

/// <summary>One clock for everything on a page that counts: a tick a second, only while somebody listens.</summary>
public sealed class Ticker(TimeProvider time) : IDisposable
{
    private readonly Lock _gate = new();
    private Action? _tick;
    private ITimer? _timer;

    /// <summary>Raised once a second on any thread.</summary>
    public event Action Tick
    {
        add
        {
            lock (_gate)
            {
                _tick += value;
                _timer ??= time.CreateTimer(_ => _tick?.Invoke(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
            }
        }
        remove
        {
            lock (_gate)
            {
                _tick -= value;
                if (_tick is not null)
                    return;
                _timer?.Dispose();
                _timer = null;
            }
        }
    }

    public void Dispose()
    {
        lock (_gate)
            _timer?.Dispose();
    }
}
