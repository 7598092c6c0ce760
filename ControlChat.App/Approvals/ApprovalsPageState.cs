using ControlChat.App.Approvals.Cards;
using ControlChat.App.Layout;
using ControlChat.App.Ui;
using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;

namespace ControlChat.App.Approvals;

/// <summary>
/// The inbox: what waits for the reader, for others, and what closed since they last looked. A row that is decided elsewhere stays
/// where it is until the reader goes to another view.
/// </summary>
internal sealed class ApprovalsPageState(ApprovalDesk desk, IReaderChoices choices) : IDisposable
{
    /// <summary>What waits is cut to pages only when there is very much of it.</summary>
    private const int Most = 100;

    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly Dictionary<string, Approval> _seen = [];
    private InboxQuery _query = new(null, null, null, null);
    private bool _loaded;
    private string _newest = "";
    private int? _elsewhere;
    private int _asked;

    /// <summary>Raised on any thread.</summary>
    public event Action? Changed;

    /// <summary>Raised for those that came while the page was open; what comes together is told together.</summary>
    public event Action<IReadOnlyList<Approval>>? Arrived;

    public IReadOnlyList<InboxGroup> Groups { get; private set; } = [];

    /// <summary>For the next page.</summary>
    public string? NextCursor { get; private set; }

    public bool Loading { get; private set; } = true;

    public bool Failed { get; private set; }

    /// <summary>When the reader last looked; what closed after it is shown.</summary>
    public DateTimeOffset Since { get; set; } = desk.Time.GetUtcNow().AddDays(-1);

    /// <summary>How many wait for the reader, on other pages too.</summary>
    public int Waiting => _elsewhere ?? _seen.Values.Count(a => a is { Status: "pending", MayDecide: true });

    public void Follow() => desk.Feed.Changed += Moved;

    public async Task ShowAsync(InboxQuery query)
    {
        if (_loaded && query with { Id = null } == _query with { Id = null }) return;
        (_query, _loaded, Loading) = (query, false, true);
        _seen.Clear();
        await LoadAsync();
    }

    public async Task LoadAsync()
    {
        await _one.WaitAsync();
        Volatile.Write(ref _asked, 0);
        try
        {
            if (desk.Reader is { } reader) await (_query.IsOpen ? LoadOpenAsync(reader) : LoadClosedAsync(reader));
            (Failed, Loading, _loaded) = (false, false, true);
        }
        catch (HubUnavailableException)
        {
            (Failed, Loading) = (true, false);
        }
        finally
        {
            _one.Release();
        }
        Changed?.Invoke();
    }

    /// <summary>Declines everything that waits from one requester.</summary>
    /// <returns>How many.</returns>
    public async Task<int> DeclineAllAsync(Requester requester)
    {
        if (desk.Reader is not { } reader) return 0;
        var declined = 0;
        foreach (var approval in _seen.Values.Where(a => a.Status == "pending" && Same(a.RequestedBy, requester)).ToList())
        {
            if (await desk.Approvals.DeclineAsync(reader, approval.Id, Texts.DeclinedAllReason, CancellationToken.None) is ApprovalDecision.Declined) declined++;
        }
        await LoadAsync();
        return declined;
    }

    public void Dispose() => desk.Feed.Changed -= Moved;

    // One load is under way and one waits behind it: what moves meanwhile, that one sees.
    private void Moved(ApprovalsMoved moved)
    {
        if (Interlocked.Exchange(ref _asked, 1) == 0) _ = LoadAsync();
    }

    private async Task LoadOpenAsync(Principal reader)
    {
        var page = await desk.Approvals.ListAsync(reader, new ApprovalFilter("pending", _query.Mine, _query.Cursor, Most) { Decidable = _query.ForYou }, default);
        (var pending, NextCursor) = (page.Items, page.NextCursor);
        _elsewhere = _query.Cursor is not null || NextCursor is not null ? await desk.Approvals.CountWaitingAsync(reader, default) : null;
        var arrived = pending.Where(a => _loaded && a is { MayDecide: true, Status: "pending" } && !_seen.ContainsKey(a.Id) && string.CompareOrdinal(a.Id, _newest) > 0).ToList();
        foreach (var approval in pending) _seen[approval.Id] = approval;
        _newest = pending.Select(a => a.Id).Append(_newest).Max(StringComparer.Ordinal)!;
        if (arrived.Count > 0) Arrived?.Invoke(arrived);
        await KeepAsync(reader, pending.Select(a => a.Id).ToHashSet());
        var closed = _query.ForYou || _query.Cursor is not null ? [] : (await desk.Approvals.ListAsync(reader, new ApprovalFilter(ApprovalFilter.Decided, _query.Mine, null, await RowsAsync()), default)).Items
            .Where(a => !_seen.ContainsKey(a.Id) && (a.DecidedAt ?? a.ExpiresAt) > Since).ToList();
        Groups = [.. OpenGroups(), .. Group(Texts.ClosedSinceLook, closed, past: true)];
    }

    // What was decided stays where it was, and what newer ones pushed to the next page goes there.
    private async Task KeepAsync(Principal reader, HashSet<string> listed)
    {
        var gone = _seen.Keys.Where(id => !listed.Contains(id)).ToList();
        var now = (await desk.Approvals.FindAsync(reader, gone, default)).ToDictionary(a => a.Id);
        var over = now.Values.Where(a => a.Status != "pending").OrderByDescending(a => a.DecidedAt ?? a.ExpiresAt).Skip(Most).Select(a => a.Id).ToHashSet();
        foreach (var id in gone)
        {
            if (now.GetValueOrDefault(id) is { } approval && !over.Contains(id) && (approval.Status != "pending" || NextCursor is null)) _seen[id] = approval;
            else _seen.Remove(id);
        }
    }

    // The one that runs out first stands first, so a new one seldom moves the others.
    private IEnumerable<InboxGroup> OpenGroups()
    {
        var open = _seen.Values.OrderBy(a => a.ExpiresAt).ThenBy(a => a.Id, StringComparer.Ordinal).ToList();
        var others = open.Where(a => a is { Decision: "second_person", MayDecide: false, Status: "pending" }).ToList();
        var yours = open.Except(others).ToList();
        var crowds = yours.GroupBy(a => (a.RequestedBy.AccountId, a.RequestedBy.TokenName, OfAgent(a.RequestedBy))).Where(g => g.Count(a => a.Status == "pending") > 1).Select(g => g.ToList()).ToList();
        var single = yours.Except(crowds.SelectMany(c => c)).ToList();
        foreach (var group in Group(Texts.WaitingForYou, single)) yield return group;
        foreach (var crowd in crowds) yield return new InboxGroup(Asked(crowd[0].RequestedBy), crowd, crowd[0].RequestedBy);
        foreach (var group in Group(Texts.WaitingForOthers, others)) yield return group;
    }

    private async Task LoadClosedAsync(Principal reader)
    {
        var page = await desk.Approvals.ListAsync(reader, new ApprovalFilter(_query.Status, _query.Mine, _query.Cursor, await RowsAsync()), default);
        (NextCursor, _elsewhere) = (page.NextCursor, null);
        Groups = [.. Group(Texts.Closed, [.. page.Items], past: true)];
    }

    private async Task<int> RowsAsync() => (await choices.ReadAsync(default)).Rows;

    private static IEnumerable<InboxGroup> Group(string title, List<Approval> items, bool past = false) => items.Count == 0 ? [] : [new InboxGroup(title, items, Past: past)];

    private static bool Same(Requester one, Requester other) => one.AccountId == other.AccountId && one.TokenName == other.TokenName && OfAgent(one) == OfAgent(other);

    // What agents ask and what their owner asks are two crowds: the one can be declined without the other.
    private static bool OfAgent(Requester by) => by.Via == "workspace_agent";

    private static string Asked(Requester by) => OfAgent(by) ? Texts.WaitingByAgents.With(by.Name) : Texts.WaitingAskedBy.With(by.Name, PlanWords.Door(by));
}
