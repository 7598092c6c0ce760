using System.Text.Json.Nodes;
using ControlChat.App.Layout;
using ControlChat.App.Ui;
using ControlChat.Core.Gate;
using ControlChat.Core.Workspaces;

namespace ControlChat.App.Workspaces;

/// <summary>What the page knows: one page of the list, the open workspace, the selection and what was done. Plain C#, no renderer.</summary>
public sealed class WorkspacesPageState(WorkspaceCalls calls, TimeProvider time, IReaderChoices choices)
{
    private const int MostReceipts = 2;
    private readonly HashSet<string> _selected = [];
    private readonly Dictionary<string, string?> _newer = [];
    private readonly List<WorkspaceReceipt> _receipts = [];
    private readonly SortedSet<string> _tags = new(StringComparer.OrdinalIgnoreCase);
    private IReadOnlyList<Workspace> _waiting = [];
    private string? _lastTouched;
    private int _rows;

    public WorkspacesQuery Query { get; private set; } = new(null, null, null, null, null);

    public PanelLook Look { get; private set; } = PanelLook.Loading;

    public OutcomeError? Fault { get; private set; }

    public IReadOnlyList<Workspace> Items { get; private set; } = [];

    /// <summary>The workspace of the drawer; null while none is open, or it is not there.</summary>
    public Workspace? Open { get; private set; }

    public IReadOnlyList<WorkspaceReceipt> Receipts => _receipts;

    /// <summary>Rows that came since and wait to be shown.</summary>
    public int NewRows => _waiting.Count;

    public IReadOnlyList<Workspace> Selected => [.. Items.Where(w => _selected.Contains(w.Id))];

    /// <summary>The tags of every workspace seen on this page so far, to choose from.</summary>
    public IReadOnlyCollection<string> Tags => _tags;

    public bool AllSelected => Items.Count > 0 && Items.All(w => _selected.Contains(w.Id));

    public string? NextCursor { get; private set; }

    /// <summary>The address of the page before; null on the first.</summary>
    public string? NewerHref => Query.Cursor is null ? null : (Query with { Cursor = _newer.GetValueOrDefault(Query.Cursor), Open = null }).Href;

    public string? OlderHref => NextCursor is null ? null : (Query with { Cursor = NextCursor, Open = null }).Href;

    /// <summary>Goes to what an address says; reads only what moved.</summary>
    public async Task ShowAsync(WorkspacesQuery query, CancellationToken cancellationToken)
    {
        var sameList = Look is PanelLook.Live or PanelLook.Empty && (query with { Open = null }) == (Query with { Open = null });
        Query = query;
        if (!sameList)
        {
            _selected.Clear();
            await LoadAsync(cancellationToken);
        }
        Open = query.Open is null ? null : Items.FirstOrDefault(w => w.Id == query.Open) ?? await calls.FindAsync(query.Open, cancellationToken);
    }

    /// <summary>Reads the list anew and shows all of it.</summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        _rows = (await choices.ReadAsync(cancellationToken)).Rows;
        var list = await calls.ListAsync(Query, _rows, cancellationToken);
        Take(list);
        (Items, _waiting) = (list.Items, []);
        Look = Fault is not null ? PanelLook.Failed : Items.Count == 0 ? PanelLook.Empty : PanelLook.Live;
    }

    /// <summary>Reads anew because something changed: rows change in place, new ones wait behind a button, nothing jumps.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        if (Look is not (PanelLook.Live or PanelLook.Empty)) return;
        var list = await calls.ListAsync(Query, _rows, cancellationToken);
        if (list.Fault is not null) return;
        Take(list);
        var now = list.Items.ToDictionary(w => w.Id);
        // On a full page a row may only have moved behind its end.
        Items = [.. Items.Where(w => now.ContainsKey(w.Id) || list.NextCursor is not null).Select(w => now.GetValueOrDefault(w.Id, w))];
        _waiting = [.. list.Items.Where(w => Items.All(shown => shown.Id != w.Id))];
        if (Items.Count == 0 || Look == PanelLook.Empty) ShowNew();
        if (Query.Open is not null) Open = now.GetValueOrDefault(Query.Open) ?? await calls.FindAsync(Query.Open, cancellationToken);
    }

    public void ShowNew()
    {
        (Items, _waiting) = ([.. _waiting, .. Items], []);
        Look = Items.Count == 0 ? PanelLook.Empty : PanelLook.Live;
    }

    public bool IsSelected(Workspace workspace) => _selected.Contains(workspace.Id);

    /// <summary>Selects or clears a row; with <paramref name="range"/> every row from the one touched before up to this.</summary>
    public void Touch(Workspace workspace, bool range)
    {
        var on = !_selected.Contains(workspace.Id);
        var (from, to) = (Index(_lastTouched), Index(workspace.Id));
        _lastTouched = workspace.Id;
        if (!range || from < 0) from = to;
        foreach (var row in Items.Skip(Math.Min(from, to)).Take(Math.Abs(from - to) + 1)) Set(row.Id, on);
    }

    public void SelectAll(bool on)
    {
        foreach (var row in Items) Set(row.Id, on);
    }

    /// <summary>Asks for a change and shows what came of it.</summary>
    public async Task<Outcome> DoAsync(string tool, IReadOnlyList<Workspace> workspaces, Func<string, JsonObject> arguments, CancellationToken cancellationToken)
    {
        var outcome = await calls.ForEachAsync(tool, [.. workspaces.Select(w => w.Id)], arguments, cancellationToken);
        // What is wrong with the words is said where they are typed.
        return outcome.Status == "invalid" && tool is ("workspace.rename" or "workspace.tag") ? outcome : await KeepAsync(outcome, cancellationToken);
    }

    public async Task<Outcome> CreateAsync(string title, IReadOnlyList<string> tags, CancellationToken cancellationToken)
    {
        var outcome = await calls.CallAsync("workspace.create", new { title, tags }, cancellationToken);
        return outcome.Status == "invalid" ? outcome : await KeepAsync(outcome, cancellationToken, load: true);
    }

    public async Task UndoAsync(WorkspaceReceipt receipt, CancellationToken cancellationToken)
    {
        var outcome = await calls.CallAsync("undo", new { action_id = receipt.Outcome.ActionId }, cancellationToken);
        if (outcome is { Status: "completed" })
        {
            receipt.UndoneAt = time.GetUtcNow();
            await RefreshAsync(cancellationToken);
        }
        else
        {
            await KeepAsync(outcome, cancellationToken);
        }
    }

    public void Close(WorkspaceReceipt receipt) => _receipts.Remove(receipt);

    private async Task<Outcome> KeepAsync(Outcome outcome, CancellationToken cancellationToken, bool load = false)
    {
        _receipts.Insert(0, new WorkspaceReceipt(outcome, time.GetUtcNow()));
        if (_receipts.Count > MostReceipts) _receipts.RemoveAt(MostReceipts);
        if (load && outcome.Status == "completed") await LoadAsync(cancellationToken);
        else await RefreshAsync(cancellationToken);
        return outcome;
    }

    private void Take(WorkspaceList list)
    {
        _tags.UnionWith(list.Items.SelectMany(w => w.Tags));
        (Fault, NextCursor) = (list.Fault, list.NextCursor);
        if (list.NextCursor is not null) _newer[list.NextCursor] = Query.Cursor;
    }

    private int Index(string? id)
    {
        for (var i = 0; i < Items.Count; i++)
        {
            if (Items[i].Id == id) return i;
        }
        return -1;
    }

    private void Set(string id, bool on)
    {
        if (on) _selected.Add(id);
        else _selected.Remove(id);
    }
}

/// <summary>One thing that was asked for on this page.</summary>
public sealed class WorkspaceReceipt(Outcome outcome, DateTimeOffset at)
{
    public Outcome Outcome { get; } = outcome;

    public DateTimeOffset At { get; } = at;

    public DateTimeOffset? UndoneAt { get; set; }
}
