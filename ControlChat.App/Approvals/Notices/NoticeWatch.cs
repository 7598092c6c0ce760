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

    // What a process that died did not tell.
    private static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Lifetime _closed = new();
    private readonly NoticeLedger _ledger = new();
    private readonly HashSet<string> _moved = [];
    private ITimer? _timer;
    private DateTimeOffset _looked;
    private DateTimeOffset _told;
    private bool _missed;
    private bool _begun;

    public void Begin()
    {
        lock (_gate)
        {
            if (_begun) return;
            (_begun, _looked) = (true, desk.Time.GetUtcNow());
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
            foreach (var id in moved.Ids ?? new HashSet<string>()) Gathered(id);
            Schedule();
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
        var rest = _told + Pause - desk.Time.GetUtcNow();
        _timer = desk.Time.CreateTimer(state => _ = LookAsync(), null, rest > Gather ? rest : Gather, Timeout.InfiniteTimeSpan);
    }

    private async Task LookAsync()
    {
        HashSet<string> ids;
        DateTimeOffset? since;
        var at = desk.Time.GetUtcNow();
        lock (_gate)
        {
            (ids, since) = ([.. _moved], _missed ? _looked : null);
            _moved.Clear();
            _missed = false;
        }
        IReadOnlyCollection<string> again = ids;
        var read = true;
        try
        {
            again = desk.Reader is { } reader ? await TellAsync(reader, [.. ids], since) : [];
        }
        catch (HubUnavailableException e)
        {
            read = false;
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
            if (read) _looked = at;
            else _missed |= since is not null;
            Rest(again);
        }
    }

    // What could not be read, or gave way to something more urgent, is looked at after the pause.
    private void Rest(IReadOnlyCollection<string> again)
    {
        _timer?.Dispose();
        _timer = null;
        foreach (var id in again) Gathered(id);
        if (_moved.Count == 0 && !_missed) return;
        if (again.Count > 0) _told = desk.Time.GetUtcNow();
        Schedule();
    }

    /// <returns>What is to be looked at again.</returns>
    private async Task<IReadOnlyList<string>> TellAsync(Principal reader, HashSet<string> ids, DateTimeOffset? since)
    {
        var place = new NoticePlace(reader.AccountId, new Uri(navigation.Uri).AbsolutePath, desk.Cards);
        if (since is not null) ids.UnionWith(_ledger.Own.Concat(place.Cards));
        var news = await desk.Approvals.NewsAsync(reader, new ApprovalNewsQuery(ids, since), _closed.Token);
        var waiting = news.Any(n => n.MayDecide) ? await desk.Approvals.CountWaitingAsync(reader, _closed.Token) : 0;
        if (_ledger.Take(news, place) is not { } batch) return [];
        if (batch.Kind is not { } kind) return batch.Later;
        var now = desk.Time.GetUtcNow();
        lock (_gate) _told = now;
        if (batch.Loud.Count > 0) Show(kind, NoticeWords.Of(kind, batch.Loud, waiting, now));
        await js.TellAsync("controlchat.notices.tell", _closed.Token, NoticeWords.Of(kind, batch.All, waiting, now));
        return batch.Later;
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
