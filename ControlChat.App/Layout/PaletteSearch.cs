using ControlChat.App.Ui;

namespace ControlChat.App.Layout;

/// <summary>What the palette shows for a text. A newer text supersedes an older one; a source that fails is left out.</summary>
internal sealed class PaletteSearch(IEnumerable<IPaletteSource> sources) : IDisposable
{
    private const int AtMostInGroup = 8;

    private readonly IPaletteSource[] _sources = [.. sources.OrderBy(source => source.Order)];
    private Lifetime _stop = new();
    private Task _running = Task.CompletedTask;

    public string Text { get; private set; } = "";

    public IReadOnlyList<PaletteGroup> Groups { get; private set; } = [];

    public int Selected { get; private set; }

    public IReadOnlyList<PaletteEntry> Entries => [.. Groups.SelectMany(group => group.Entries)];

    public IEnumerable<(PaletteGroup Group, int First)> GroupsWithIndex
    {
        get
        {
            var first = 0;
            foreach (var group in Groups)
            {
                yield return (group, first);
                first += group.Entries.Count;
            }
        }
    }

    public PaletteEntry? Current => Entries.ElementAtOrDefault(Selected);

    /// <summary>The entry that asks the typed text; null while nothing is typed.</summary>
    public PaletteEntry? AskEntry { get; private set; }

    public bool NothingFound => AskEntry is not null && Groups.Count == 1;

    public Task FindAsync(string text)
    {
        _stop.Dispose();
        _stop = new Lifetime();
        Text = text.Trim();
        return _running = RunAsync(Text, _stop.Token);
    }

    /// <summary>Waits for the search of the last text, so that Enter never acts on hits of an older one.</summary>
    public Task SettledAsync() => _running;

    /// <param name="by">+1 or -1; the ends meet.</param>
    public void Move(int by)
    {
        var count = Entries.Count;
        if (count > 0)
            Selected = (Selected + by + count) % count;
    }

    public void Dispose() => _stop.Dispose();

    private async Task RunAsync(string text, CancellationToken cancellationToken)
    {
        var groups = new List<PaletteGroup>();
        var ask = text.Length > 0 ? new PaletteEntry(Texts.AskText.With(text), "ask", Texts.NewConversation, Ask: text) : null;
        foreach (var source in _sources.Where(source => source.Order < 0))
            groups.AddRange(await AnswerAsync(source, text, cancellationToken));
        if (ask is not null)
            groups.Add(new PaletteGroup(Texts.Ask, [ask]));
        foreach (var source in _sources.Where(source => source.Order >= 0))
            groups.AddRange(await AnswerAsync(source, text, cancellationToken));
        if (cancellationToken.IsCancellationRequested)
            return;
        (Groups, AskEntry) = (groups, ask);
        Selected = 0;
    }

    private static async Task<IEnumerable<PaletteGroup>> AnswerAsync(IPaletteSource source, string text, CancellationToken cancellationToken)
    {
        try
        {
            var found = await source.FindAsync(text, cancellationToken);
            return found.Where(group => group.Entries.Count > 0)
                .Select(group => group with { Entries = [.. group.Entries.Take(AtMostInGroup)] });
        }
#pragma warning disable CA1031 // One source that fails must not take the others, or the asking, with it.
        catch (Exception)
#pragma warning restore CA1031
        {
            return [];
        }
    }
}
