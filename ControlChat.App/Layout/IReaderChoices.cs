namespace ControlChat.App.Layout;

/// <summary>What the person of this circuit chose for how things are shown. Scoped.</summary>
public interface IReaderChoices
{
    /// <summary>The time zone the browser said when it opened the page; null when it had not said yet.</summary>
    string? BrowserZone { get; }

    Task<ReaderChoices> ReadAsync(CancellationToken cancellationToken);
}

/// <param name="TimeZone">IANA name; null: the browser's.</param>
/// <param name="Theme"><c>light|dark|system</c>; null: what this browser remembers.</param>
/// <param name="Letters">Single-letter shortcuts; null: what this browser remembers.</param>
/// <param name="Rows">Rows on one page of a list, 10-200.</param>
public sealed record ReaderChoices(string? TimeZone, string? Theme, bool? Letters, int Rows = 50)
{
    public static readonly ReaderChoices None = new(null, null, null);
}

/// <summary>Nobody has chosen anything.</summary>
internal sealed class NoReaderChoices : IReaderChoices
{
    public string? BrowserZone => null;

    public Task<ReaderChoices> ReadAsync(CancellationToken cancellationToken) => Task.FromResult(ReaderChoices.None);
}
