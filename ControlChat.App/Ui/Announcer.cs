namespace ControlChat.App.Ui;

/// <summary>
/// The only writer of the page's live regions. Polite messages come at most one per 2 s; what is said in between waits and is
/// spoken together. Assertive ones are spoken at once and are kept for: connection lost and back, a plan that waits,
/// a failed save, panic stop.
/// </summary>
public sealed class Announcer(TimeProvider time) : IDisposable
{
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    private const int KeptWaiting = 3;

    private readonly Lock _gate = new();
    private readonly Queue<string> _waiting = new();
    private ITimer? _rest;

    /// <summary>Raised on any thread.</summary>
    public event Action? Changed;

    public string Polite { get; private set; } = "";

    public string Assertive { get; private set; } = "";

    public void Say(string text)
    {
        lock (_gate)
        {
            if (_rest is not null)
            {
                _waiting.Enqueue(text);
                while (_waiting.Count > KeptWaiting)
                    _waiting.Dequeue();
                return;
            }
            Speak(text);
        }
        Changed?.Invoke();
    }

    public void Alert(string text)
    {
        Assertive = Fresh(text, Assertive);
        Changed?.Invoke();
    }

    public void Dispose()
    {
        lock (_gate)
            _rest?.Dispose();
    }

    private void Speak(string text)
    {
        Polite = Fresh(text, Polite);
        _rest = time.CreateTimer(_ => Rested(), null, Pause, Timeout.InfiniteTimeSpan);
    }

    private void Rested()
    {
        lock (_gate)
        {
            _rest?.Dispose();
            _rest = null;
            if (_waiting.Count == 0)
                return;
            var text = string.Join(" ", _waiting);
            _waiting.Clear();
            Speak(text);
        }
        Changed?.Invoke();
    }

    /// <summary>A region that is written the same text twice stays silent the second time; a trailing no-break space makes it new.</summary>
    private static string Fresh(string text, string before) => text == before ? text + '\u00a0' : text;
}
