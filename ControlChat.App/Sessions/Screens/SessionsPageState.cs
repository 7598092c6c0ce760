using ControlChat.App.Layout;
using ControlChat.App.Ui;
using ControlChat.Core.Accounts;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions;

namespace ControlChat.App.Sessions.Screens;

/// <summary>What the page knows: one page of the list and how full the hub is. Plain C#, no renderer.</summary>
public sealed class SessionsPageState(SessionDesk desk, Func<Principal> reader, IReaderChoices choices)
{
    private readonly Dictionary<string, string?> _newer = [];
    private int _rows = 50;

    public SessionsQuery Query { get; private set; } = new(false, false, null, null);

    public PanelLook Look { get; private set; } = PanelLook.Loading;

    public string Fault { get; private set; } = "";

    public SessionLoad? Load { get; private set; }

    public IReadOnlyList<SessionLook> Items { get; private set; } = [];

    /// <summary>Those an agent works in.</summary>
    public IReadOnlyList<SessionLook> AtWork => [.. Items.Where(s => s.View.State is not (SessionState.Queued or SessionState.Ended))];

    /// <summary>Those that wait, the next one first.</summary>
    public IReadOnlyList<SessionLook> Queue => [.. Items.Where(s => s.View.State == SessionState.Queued).OrderBy(s => s.View.QueuePosition ?? int.MaxValue).ThenBy(s => s.View.CreatedAt)];

    public string? NextCursor { get; private set; }

    /// <summary>The address of the page before; null on the first.</summary>
    public string? NewerHref => Query.Cursor is null ? null : (Query with { Cursor = _newer.GetValueOrDefault(Query.Cursor) }).Href;

    public string? OlderHref => NextCursor is null ? null : (Query with { Cursor = NextCursor }).Href;

    public async Task ShowAsync(SessionsQuery query, CancellationToken cancellationToken)
    {
        if (query != Query) Look = PanelLook.Loading;
        Query = query;
        _rows = (await choices.ReadAsync(cancellationToken)).Rows;
        await LoadAsync(cancellationToken);
    }

    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        try
        {
            var board = await desk.ListAsync(reader(), new SessionFilter(null, Query.Workspace, !Query.Ended, Query.Cursor, _rows), Query.All, cancellationToken);
            (Items, NextCursor, Load) = (board.Items, board.NextCursor, board.Load);
            if (NextCursor is not null) _newer[NextCursor] = Query.Cursor;
            Look = Items.Count == 0 ? PanelLook.Empty : PanelLook.Live;
        }
        catch (HubUnavailableException e)
        {
            // What is shown stays as it was read; only a first look has nothing to show.
            Fault = e.Message;
            if (Look == PanelLook.Loading) Look = PanelLook.Failed;
        }
    }
}
