using System.Text.Json;
using System.Threading.Channels;
using ControlChat.App.Ui;
using ControlChat.Core.Bus;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions;

namespace ControlChat.App.Sessions.Screens;

/// <summary>One session as one page shows it: what happened, what grows, what this reader has just said. Plain C#, no renderer.</summary>
public sealed class SessionTalk(string id, SessionDesk desk, SessionCalls calls, IBus bus, TimeProvider time)
{
    /// <summary>An agent that works and gives no sign for this long is said to be silent (R72).</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromSeconds(30);

    // Drawn at most ten times a second; what a lost wake-up would have told is looked for.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(3);
    private const int Page = 200;
    private readonly SessionProjection _past = new();
    private readonly List<SessionItem.Said> _unsent = [];
    private DateTimeOffset _sign;

    /// <summary>Raised on any thread.</summary>
    public event Action? Changed;

    public string Id => id;

    public PanelLook Panel { get; private set; } = PanelLook.Loading;

    /// <summary>Null until loaded, and when there is none for this reader.</summary>
    public SessionLook? Look { get; private set; }

    public string Fault { get; private set; } = "";

    public IEnumerable<SessionItem> Items => _past.Items.Concat(_unsent);

    public bool HasEarlier => _past.HasEarlier;

    /// <summary>An agent works, or is about to, and nothing of what it says is growing yet.</summary>
    public bool IsThinking => Look?.View.State is SessionState.Running or SessionState.Starting && !(_past.Items.Count > 0 && _past.Items[^1] is SessionItem.Answer { Growing: true });

    /// <summary>Since when an agent that works has given no sign; null: it gave one lately, or does not work.</summary>
    public DateTimeOffset? SilentSince => Look?.View.State is SessionState.Running or SessionState.Starting && time.GetUtcNow() - _sign > Silence ? _sign : null;

    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        try
        {
            Look = await desk.FindAsync(calls.Reader, id, cancellationToken);
            if (Look is not null && _past.Seq == 0) _past.Skip(Math.Max(0, Look.View.LastSeq - SessionProjection.Most));
            if (Look is not null) await ReadAsync(cancellationToken);
            Panel = Look is null ? PanelLook.Empty : PanelLook.Live;
        }
        catch (HubUnavailableException e)
        {
            Fault = e.Message;
            if (Panel == PanelLook.Loading) Panel = PanelLook.Failed;
        }
    }

    /// <summary>Until cancelled: subscribes, reads what is stored, then takes what comes.</summary>
    public async Task FollowAsync(CancellationToken cancellationToken)
    {
        var heard = Channel.CreateBounded<string>(new BoundedChannelOptions(1024) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
        var hearing = HearAsync(heard.Writer, cancellationToken);
        try
        {
            var more = heard.Reader.WaitToReadAsync(cancellationToken).AsTask();
            while (!cancellationToken.IsCancellationRequested)
            {
                await LoadAsync(cancellationToken);
                Changed?.Invoke();
                more = await WaitAsync(heard.Reader, more, cancellationToken);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or UnauthorizedAccessException)
        {
            // The page is gone, or its reader signed out.
        }
        await hearing;
    }

    /// <returns>What is to be said to the reader; null: it was taken.</returns>
    public async Task<string?> SendAsync(string text, string requestId, CancellationToken cancellationToken)
    {
        _unsent.Add(new SessionItem.Said(requestId, time.GetUtcNow(), calls.Reader.Name, text, false, null));
        Changed?.Invoke();
        string? problem;
        try
        {
            var outcome = await calls.SayAsync(id, text, requestId, cancellationToken);
            problem = outcome.Status == "completed" ? null : outcome.Error?.Message ?? Texts.ItWaitsForAnApproval;
        }
        catch (HubUnavailableException)
        {
            problem = Texts.TheHubsDatabaseDoesNotAnswer;
        }
        _unsent.RemoveAll(s => s.Key == requestId);
        if (problem is not null) _unsent.Add(new SessionItem.Said(requestId, time.GetUtcNow(), calls.Reader.Name, text, false, problem));
        else await LoadAsync(cancellationToken);
        Changed?.Invoke();
        return problem;
    }

    public void Discard(string key)
    {
        _unsent.RemoveAll(s => s.Key == key);
        Changed?.Invoke();
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        while (await desk.EventsAsync(calls.Reader, id, _past.Seq, Page, cancellationToken) is { Count: > 0 } events)
        {
            foreach (var stored in events) _past.Take(stored);
            _sign = events[^1].At > _sign ? events[^1].At : _sign;
            if (events.Count < Page) return;
        }
    }

    /// <returns>What to wait for next time.</returns>
    private async Task<Task<bool>> WaitAsync(ChannelReader<string> heard, Task<bool> more, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        while (true)
        {
            var look = Task.Delay(LookEvery, time, either.Token);
            await Task.WhenAny(more, look);
            cancellationToken.ThrowIfCancellationRequested();
            if (!more.IsCompleted) break;
            await Task.Delay(Pause, time, cancellationToken);
            var news = false;
            while (heard.TryRead(out var payload)) news |= !Grown(payload);
            more = heard.WaitToReadAsync(cancellationToken).AsTask();
            if (news) break;
            Changed?.Invoke();
        }
        await either.CancelAsync();
        return more;
    }

    private async Task HearAsync(ChannelWriter<string> heard, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await foreach (var entry in bus.TailAsync(Topics.Stream(id), null, cancellationToken)) heard.TryWrite(entry.Message.Payload);
                return;
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception e) when (e is BusGapException or HubUnavailableException)
            {
                heard.TryWrite("{}");
                await Task.WhenAny(Task.Delay(LookEvery, time, cancellationToken));
            }
        }
    }

    // A piece of what grows is itself in the entry; anything else only says that there is news.
    private bool Grown(string payload)
    {
        using var entry = JsonDocument.Parse(payload);
        if (!entry.RootElement.TryGetProperty("type", out var type) || !entry.RootElement.TryGetProperty("data", out var data)) return false;
        _sign = time.GetUtcNow();
        _past.Grow(type.GetString()!, data, _sign);
        return true;
    }
}
