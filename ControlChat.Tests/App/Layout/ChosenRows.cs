using ControlChat.App.Layout;

namespace ControlChat.Tests.App.Layout;

/// <summary>A person who chose how many rows a page has, and nothing else.</summary>
internal sealed class ChosenRows(int rows) : IReaderChoices
{
    public event Action? ClockMoved
    {
        add { }
        remove { }
    }

    public string? BrowserZone => null;

    public Task<ReaderChoices> ReadAsync(CancellationToken cancellationToken) => Task.FromResult(ReaderChoices.None with { Rows = rows });

    public Task<string?> ShowUtcAsync(bool utc, CancellationToken cancellationToken) => throw new NotSupportedException();

    public void MoveClock() => throw new NotSupportedException();
}
