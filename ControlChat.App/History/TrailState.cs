using ControlChat.App.Approvals.Cards;
using ControlChat.App.Ui;
using ControlChat.Core.Accounts;
using ControlChat.Core.Gate.Trail;
using ControlChat.Core.Hub;

namespace ControlChat.App.History;

/// <summary>What is shown of one trail: a page of it, and what came of undoing. Plain C#, no renderer.</summary>
/// <param name="undo">Asks for the way back of an action, as the reader.</param>
public sealed class TrailState(IResourceHistory history, Func<Principal?> who, Func<Principal, string, CancellationToken, Task<UndoLook>> undo)
{
    /// <summary>Changes on one page.</summary>
    public const int Rows = 10;

    private readonly Stack<string?> _newer = new();
    private readonly Dictionary<string, UndoLook> _undos = [];
    private TrailSubject? _subject;
    private string? _cursor;

    public PanelLook Look { get; private set; } = PanelLook.Loading;

    /// <summary>There is no such thing for this reader.</summary>
    public bool Missing { get; private set; }

    public ResourceTrail? Trail { get; private set; }

    public bool HasNewer => _newer.Count > 0;

    public bool HasOlder => Trail?.NextCursor is not null;

    /// <summary>The newest page of a subject.</summary>
    public async Task ShowAsync(TrailSubject subject, CancellationToken cancellationToken)
    {
        if (subject.Resource == _subject?.Resource && subject.Field == _subject.Field) return;
        (_subject, _cursor, Look) = (subject, null, PanelLook.Loading);
        _newer.Clear();
        _undos.Clear();
        await LoadAsync(cancellationToken);
    }

    public async Task OlderAsync(CancellationToken cancellationToken)
    {
        if (Trail?.NextCursor is not { } next) return;
        _newer.Push(_cursor);
        _cursor = next;
        await LoadAsync(cancellationToken);
    }

    public async Task NewerAsync(CancellationToken cancellationToken)
    {
        if (!_newer.TryPop(out _cursor)) return;
        await LoadAsync(cancellationToken);
    }

    /// <summary>Reads the page anew.</summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        if (_subject is not { } subject || who() is not { } reader) return;
        try
        {
            Trail = await history.HistoryAsync(reader, subject.Resource, subject.Field, _cursor, Rows, cancellationToken);
            Missing = Trail is null;
            Look = Trail is { Items.Count: > 0 } || HasNewer || HasOlder ? PanelLook.Live : PanelLook.Empty;
        }
        catch (HubUnavailableException)
        {
            Look = PanelLook.Failed;
        }
    }

    /// <summary>How the way back of a change stands.</summary>
    public UndoLook UndoOf(TrailEntry entry) =>
        entry.ActionId is { } action && _undos.TryGetValue(action, out var look) ? look : new UndoLook(entry.Undo.Available, Words: entry.Undo.Available ? null : entry.Undo.WhyNot);

    /// <returns>What came of it; null when there was nothing to press.</returns>
    public async Task<UndoLook?> UndoAsync(TrailEntry entry, CancellationToken cancellationToken)
    {
        if (entry.ActionId is not { } action || UndoOf(entry) is not { Offered: true, Busy: false } || who() is not { } reader) return null;
        _undos[action] = new UndoLook(true, Busy: true);
        var look = _undos[action] = await undo(reader, action, cancellationToken);
        // The change itself is on the trail too, as its newest.
        if (look.UndoneAt is not null) await FirstAsync(cancellationToken);
        return look;
    }

    private Task FirstAsync(CancellationToken cancellationToken)
    {
        _cursor = null;
        _newer.Clear();
        return LoadAsync(cancellationToken);
    }
}
