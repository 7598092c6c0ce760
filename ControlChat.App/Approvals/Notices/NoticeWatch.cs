using ControlChat.App.Layout;
using ControlChat.App.Ui;
using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;

namespace ControlChat.App.Approvals.Notices;

/// <summary>
/// Tells the reader of one window, whatever page it shows, which approvals wait for them, end soon, or were decided elsewhere: by a toast, and by the
/// browser where they switched that on and look elsewhere. What comes within a moment is told together, at most every five seconds, so a flood is
/// one notice with its number.
/// </summary>
internal sealed partial class NoticeWatch(ApprovalDesk desk, Toasts toasts, Announcer announcer, NavigationManager navigation, IJSRuntime js, ILogger<NoticeWatch> logger) : IShellWatch, IDisposable
{
    /// <summary>From the first news to its notice.</summary>
    public static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(700);

    /// <summary>Between two notices.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    /// <summary>For the browser to hear. While its network is away it never does, and nobody says so.</summary>
    public static readonly TimeSpan Hearing = TimeSpan.FromSeconds(10);

    // What a process that died did not tell.
    private static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(1);

    // A row has the time at which its transaction began, and is seen when that ends.
    private static readonly TimeSpan Overlap = TimeSpan.FromMinutes(1);

    private const string Prefix = "apr_";

    private readonly Lock _gate = new();
    private readonly Lifetime _closed = new();
    private readonly NoticeLedger _ledger = new();
    private readonly HashSet<string> _moved = [];
    private ITimer? _timer;
    private DateTimeOffset? _begun;
    private DateTimeOffset _looked;
    private DateTimeOffset _rested;
    private bool _missed;

    /// <summary>What was gathered is read and told in this moment.</summary>
    public bool IsLooking { get; private set; }

    public void Begin()
    {
        lock (_gate)
        {
            if (_begun is not null) return;
            _begun = _looked = desk.Time.GetUtcNow();
        }
        desk.Feed.Changed += Moved;
    }

    public void Dispose()
    {
        desk.Feed.Changed -= Moved;
        _closed.Dispose();
        lock (_gate) _timer?.Dispose();
    }

    private void Moved(ApprovalsMoved moved)
    {
        lock (_gate)
        {
            if (moved.IsLook && desk.Time.GetUtcNow() - _looked < LookEvery) return;
            if (moved.Ids is null) _missed = true;
            // Grants and steps of batches move on the same topic.
            foreach (var id in moved.Ids?.Where(id => id.StartsWith(Prefix, StringComparison.Ordinal)) ?? []) Gathered(id);
            if (_missed || _moved.Count > 0) Schedule();
        }
    }

    private void Gathered(string id)
    {
        if (_moved.Count < ApprovalNewsQuery.Most) _moved.Add(id);
        else _missed = true;
    }

    private void Schedule()
    {
        if (_timer is not null || _closed.IsOver) return;
        var rest = _rested + Pause - desk.Time.GetUtcNow();
        _timer = desk.Time.CreateTimer(state => _ = LookAsync(), null, rest > Gather ? rest : Gather, Timeout.InfiniteTimeSpan);
    }

    private async Task LookAsync()
    {
        HashSet<string> ids;
        TimeSpan? within;
        var at = desk.Time.GetUtcNow();
        lock (_gate)
        {
            (ids, within) = ([.. _moved], _missed ? Within(at) : null);
            _moved.Clear();
            (_missed, IsLooking) = (false, true);
        }
        IReadOnlyCollection<string> again = ids;
        var (read, away) = (false, false);
        try
        {
            again = desk.Reader is { } reader ? await TellAsync(reader, ids, within) : [];
            read = true;
        }
        catch (HubUnavailableException e)
        {
            away = true;
            LogLater(e);
        }
        catch (OperationCanceledException)
        {
            // The page is gone.
            again = [];
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            again = [];
            LogFailed(e);
        }
        lock (_gate)
        {
            // By its ids nothing is found but what was heard of.
            if (read && within is not null) _looked = at;
            if (away) _missed |= within is not null;
            Rest(again);
            IsLooking = false;
        }
    }

    // As long as it is by this clock, not since when: the rows have the database's, and the two may differ.
    private TimeSpan Within(DateTimeOffset now)
    {
        var (back, open) = (now - _looked + Overlap, now - _begun!.Value);
        return back < open ? back : open;
    }

    // What could not be read, or gave way to something more urgent, is looked at after the pause.
    private void Rest(IReadOnlyCollection<string> again)
    {
        _timer?.Dispose();
        _timer = null;
        _rested = desk.Time.GetUtcNow();
        foreach (var id in again) Gathered(id);
        if (_moved.Count > 0 || _missed) Schedule();
    }

    /// <returns>What is to be looked at again.</returns>
    private async Task<IReadOnlyCollection<string>> TellAsync(Principal reader, HashSet<string> ids, TimeSpan? within)
    {
        var place = new NoticePlace(reader.AccountId, new Uri(navigation.Uri), desk.Cards);
        IReadOnlyCollection<string> asked = within is null ? ids : [.. ids.Concat(_ledger.Own).Concat(place.Cards).Distinct()];
        var read = await desk.Approvals.NewsAsync(reader, new ApprovalNewsQuery(asked, within), _closed.Token);
        var waiting = read.News.Any(n => n.MayDecide) ? await desk.Approvals.CountWaitingAsync(reader, _closed.Token) : 0;
        if (_ledger.Take(read.News, place, ids) is not { } batch) return [];
        if (batch.Kind is not { } kind) return batch.Later;
        if (!await IsHeardAsync(NoticeWords.Of(kind, batch.All, waiting, read.At))) return [.. batch.All.Select(n => n.Id), .. batch.Later];
        _ledger.Note(batch);
        if (batch.Loud.Count > 0) Show(kind, NoticeWords.Of(kind, batch.Loud, waiting, read.At));
        return batch.Later;
    }

    private async Task<bool> IsHeardAsync(Notice notice)
    {
        using var late = new CancellationTokenSource(Hearing, desk.Time);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(late.Token, _closed.Token);
        try
        {
            await js.TellAsync("controlchat.notices.tell", over.Token, notice);
        }
        catch (OperationCanceledException) when (!_closed.IsOver)
        {
            return false;
        }
        catch (JSException e)
        {
            // The page's own toast needs no script.
            LogFailed(e);
        }
        return true;
    }

    private void Show(NoticeKind kind, Notice notice)
    {
        toasts.Show(new Toast(notice.Text, NoticeWords.Icon(kind), NoticeWords.Tone(kind), Texts.Open, () => OpenAsync(notice.Path)) { Key = notice.Tag });
        announcer.Say(notice.Text);
    }

    private Task OpenAsync(string path)
    {
        navigation.NavigateTo(path);
        return Task.CompletedTask;
    }

    [LoggerMessage(1, LogLevel.Debug, "What waits could not be told; it is tried again")]
    private partial void LogLater(Exception fault);

    [LoggerMessage(2, LogLevel.Warning, "A notice of approvals was not given")]
    private partial void LogFailed(Exception fault);
}
