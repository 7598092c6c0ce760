namespace ControlChat.App.Ui;

/// <summary>The toasts of one page: at most three, each for 10 s that stand still while it is hovered or focused.</summary>
public sealed class Toasts(TimeProvider time) : IDisposable
{
    public const int AtMost = 3;

    public const int Seconds = 10;

    private readonly Lock _gate = new();
    private readonly List<Shown> _shown = [];
    private ITimer? _clock;

    /// <summary>Raised on any thread.</summary>
    public event Action? Changed;

    public IReadOnlyList<(Toast Toast, int SecondsLeft)> Current
    {
        get
        {
            lock (_gate)
                return [.. _shown.Select(shown => (shown.Toast, shown.Left))];
        }
    }

    public void Show(Toast toast)
    {
        lock (_gate)
        {
            if (toast.Key is not null && _shown.Find(shown => shown.Toast.Key == toast.Key) is { } before)
                before.Become(toast);
            else
                Add(toast);
            _clock ??= time.CreateTimer(_ => Tick(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        }
        Changed?.Invoke();
    }

    public void Hold(Guid id, bool held)
    {
        lock (_gate)
        {
            if (_shown.Find(shown => shown.Toast.Id == id) is { } found)
                found.Held = held;
        }
    }

    public void Close(Guid id)
    {
        lock (_gate)
            _shown.RemoveAll(shown => shown.Toast.Id == id);
        Changed?.Invoke();
    }

    public void Dispose()
    {
        lock (_gate)
            _clock?.Dispose();
    }

    private void Add(Toast toast)
    {
        _shown.Add(new Shown(toast));
        if (_shown.Count <= AtMost)
            return;
        // Not the one under somebody's pointer, and not the new one.
        var oldest = _shown.FindIndex(0, _shown.Count - 1, shown => !shown.Held);
        if (oldest >= 0)
            _shown.RemoveAt(oldest);
    }

    private void Tick()
    {
        lock (_gate)
        {
            foreach (var shown in _shown.Where(shown => !shown.Held))
                shown.Left--;
            _shown.RemoveAll(shown => shown.Left <= 0);
            if (_shown.Count == 0)
            {
                _clock?.Dispose();
                _clock = null;
            }
        }
        Changed?.Invoke();
    }

    private sealed class Shown(Toast toast)
    {
        public Toast Toast { get; private set; } = toast;

        public int Left { get; set; } = Seconds;

        public bool Held { get; set; }

        /// <summary>Other words in the same place: the pointer or the keyboard may be on it.</summary>
        public void Become(Toast toast) => (Toast, Left) = (toast with { Id = Toast.Id }, Seconds);
    }
}
