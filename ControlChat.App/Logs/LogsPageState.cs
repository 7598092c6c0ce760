using ControlChat.App.Ui;
using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;
using ControlChat.Core.Logs;

namespace ControlChat.App.Logs;

/// <summary>What the page knows: one page of lines, the open one, how many came since. Plain C#, no renderer.</summary>
/// <param name="rows">How many lines a page has, for this person.</param>
public sealed class LogsPageState(ILogReader logs, Func<Principal> who, TimeProvider time, Func<CancellationToken, Task<int>> rows)
{
    private int _rows;
    private readonly Dictionary<string, string?> _newer = [];

    public LogsQuery Query { get; private set; } = new(null, null, null, null, null, null, null);

    public PanelLook Look { get; private set; } = PanelLook.Loading;

    /// <summary>Why there are no lines, when the look is failed.</summary>
    public string Fault { get; private set; } = "";

    public IReadOnlyList<LogRow> Items { get; private set; } = [];

    /// <summary>The line of the drawer; null while none is open, or it is not there.</summary>
    public LogRow? Open { get; private set; }

    /// <summary>Lines that came since and wait to be shown; on the newest page only.</summary>
    public int NewRows { get; private set; }

    public string? NewerHref => Query.Cursor is null ? null : (Query with { Cursor = _newer.GetValueOrDefault(Query.Cursor), Line = null }).Href;

    public string? OlderHref { get; private set; }

    /// <summary>Goes to what an address says; reads only what moved.</summary>
    public async Task ShowAsync(LogsQuery query, CancellationToken cancellationToken)
    {
        var sameList = Look is PanelLook.Live or PanelLook.Empty && (query with { Line = null }) == (Query with { Line = null });
        Query = query;
        if (!sameList) await LoadAsync(cancellationToken);
        Open = query.Line is null ? null : Items.FirstOrDefault(r => r.Id == query.Line) ?? await FindAsync(query.Line.Value, cancellationToken);
    }

    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        NewRows = 0;
        try
        {
            _rows = await rows(cancellationToken);
            var page = await logs.SearchAsync(who(), Query.Search(time.GetUtcNow(), _rows), cancellationToken);
            Items = page.Items;
            if (page.NextCursor is not null) _newer[page.NextCursor] = Query.Cursor;
            OlderHref = page.NextCursor is null ? null : (Query with { Cursor = page.NextCursor, Line = null }).Href;
            Look = Items.Count == 0 ? PanelLook.Empty : PanelLook.Live;
        }
        catch (Exception e) when (e is LogsUnavailableException or HubUnavailableException or FormatException)
        {
            (Look, Fault, Items, OlderHref) = (PanelLook.Failed, e.Message, [], null);
        }
    }

    /// <summary>Counts what came since.</summary>
    /// <returns>Whether something to show changed.</returns>
    public async Task<bool> CountAsync(CancellationToken cancellationToken)
    {
        if (Look is not (PanelLook.Live or PanelLook.Empty) || Query.Cursor is not null) return false;
        try
        {
            var count = await logs.CountNewerAsync(who(), Query.Search(time.GetUtcNow(), _rows), Items.Count == 0 ? 0 : Items[0].Id, cancellationToken);
            if (count > 0 && Items.Count == 0)
            {
                await LoadAsync(cancellationToken);
                return true;
            }
            if (count == NewRows) return false;
            NewRows = count;
            return true;
        }
        catch (Exception e) when (e is LogsUnavailableException or HubUnavailableException)
        {
            // What is shown stays; the next count tries again.
            return false;
        }
    }

    private async Task<LogRow?> FindAsync(long id, CancellationToken cancellationToken)
    {
        try
        {
            return await logs.FindAsync(who(), id, cancellationToken);
        }
        catch (Exception e) when (e is LogsUnavailableException or HubUnavailableException)
        {
            return null;
        }
    }
}
