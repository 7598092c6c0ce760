namespace ControlChat.App.Layout;

/// <summary>What the person of this circuit chose for how things are shown. Scoped.</summary>
public interface IReaderChoices
{
    /// <summary>The person chose another clock, by the switch or in the settings.</summary>
    event Action? ClockMoved;

    /// <summary>The time zone the browser said when it opened the page; null when it had not said yet.</summary>
    string? BrowserZone { get; }

    Task<ReaderChoices> ReadAsync(CancellationToken cancellationToken);

    /// <summary>Keeps the choice between the reader's own time and UTC, and tells the page.</summary>
    /// <returns>Why it was not kept, for people; null when it was.</returns>
    Task<string?> ShowUtcAsync(bool utc, CancellationToken cancellationToken);

    /// <summary>Raises <see cref="ClockMoved"/> for a choice that was made elsewhere on the page.</summary>
    void MoveClock();
}

/// <param name="TimeZone">IANA name; null: the browser's.</param>
/// <param name="Theme"><c>light|dark|system</c>; null: what this browser remembers.</param>
/// <param name="Letters">Single-letter shortcuts; null: what this browser remembers.</param>
/// <param name="Rows">Rows on one page of a list, 10-200.</param>
/// <param name="Utc">Times in UTC, whatever the zone.</param>
public sealed record ReaderChoices(string? TimeZone, string? Theme, bool? Letters, int Rows = 50, bool Utc = false)
{
    public static readonly ReaderChoices None = new(null, null, null);
}

/// <summary>Nobody has chosen anything, and what is chosen lasts as long as the page.</summary>
internal sealed class NoReaderChoices : IReaderChoices
{
    private bool _utc;

    public event Action? ClockMoved;

    public string? BrowserZone => null;

    public Task<ReaderChoices> ReadAsync(CancellationToken cancellationToken) => Task.FromResult(ReaderChoices.None with { Utc = _utc });

    public Task<string?> ShowUtcAsync(bool utc, CancellationToken cancellationToken)
    {
        _utc = utc;
        MoveClock();
        return Task.FromResult<string?>(null);
    }

    public void MoveClock() => ClockMoved?.Invoke();
}
