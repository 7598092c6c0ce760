using System.Text.Json.Nodes;
using ControlChat.App.Ui;
using ControlChat.Core.Bus;
using ControlChat.Core.Hub;

namespace ControlChat.App.Approvals;

/// <summary>
/// The approvals that changed, for everything of one circuit: one tail of the bus, coalesced at the source. It starts with the first
/// listener and ends with the circuit. What it says is a wake-up; readers look into the database.
/// </summary>
public sealed partial class ApprovalFeed(IBus bus, TimeProvider time, ILogger<ApprovalFeed> logger) : IAsyncDisposable
{
    public static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Before a tail that broke is begun again.</summary>
    public static readonly TimeSpan AfterFault = TimeSpan.FromSeconds(2);

    // What a process that died did not tell.
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly Lifetime _closed = new();
    private readonly HashSet<string> _waiting = [];
    private Action<ApprovalsMoved>? _listeners;
    private ITimer? _timer;
    private ITimer? _look;
    private Task? _tail;
    private bool _missed;

    /// <summary>Raised on any thread, at most ten times a second.</summary>
    public event Action<ApprovalsMoved> Changed
    {
        add
        {
            lock (_gate)
            {
                _listeners += value;
                _tail ??= TailAsync(bus.TailAsync(Topics.Stream("approvals"), null, _closed.Token));
                if (bus.IsShared) _look ??= time.CreateTimer(_ => Look(), null, LookEvery, LookEvery);
            }
        }
        remove
        {
            lock (_gate) _listeners -= value;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _closed.Dispose();
        lock (_gate)
        {
            _timer?.Dispose();
            _look?.Dispose();
            _listeners = null;
        }
        if (_tail is not null) await _tail;
    }

    private async Task TailAsync(IAsyncEnumerable<BusEntry> entries)
    {
        while (!_closed.IsOver)
        {
            try
            {
                await foreach (var entry in entries) Note(IdOf(entry.Message.Payload));
                return;
            }
            catch (BusGapException)
            {
                // Some were missed, so every one may have changed.
                Note(null);
                entries = bus.TailAsync(Topics.Stream("approvals"), null, _closed.Token);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                LogLost(e);
                entries = AgainAsync();
            }
        }
    }

    private async IAsyncEnumerable<BusEntry> AgainAsync()
    {
        await Task.Delay(AfterFault, time, _closed.Token);
        var entries = bus.TailAsync(Topics.Stream("approvals"), null, _closed.Token);
        // As above.
        Note(null);
        await foreach (var entry in entries) yield return entry;
    }

    private void Note(string? id)
    {
        lock (_gate)
        {
            if (id is null) _missed = true;
            else _waiting.Add(id);
            _timer ??= time.CreateTimer(_ => Tell(), null, Pause, Timeout.InfiniteTimeSpan);
        }
    }

    private void Tell()
    {
        Action<ApprovalsMoved>? listeners;
        ApprovalsMoved moved;
        lock (_gate)
        {
            (listeners, moved) = (_listeners, new ApprovalsMoved(_missed ? null : _waiting.ToHashSet()));
            _waiting.Clear();
            _missed = false;
            _timer?.Dispose();
            _timer = null;
        }
        listeners?.Invoke(moved);
    }

    private void Look()
    {
        Action<ApprovalsMoved>? listeners;
        lock (_gate) listeners = _listeners;
        listeners?.Invoke(new ApprovalsMoved(null) { IsLook = true });
    }

    private static string? IdOf(string payload)
    {
        try
        {
            return JsonNode.Parse(payload)?["id"]?.GetValue<string>();
        }
        catch (Exception e) when (e is System.Text.Json.JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Changes of approvals are followed anew")]
    private partial void LogLost(Exception fault);
}

/// <param name="Ids">Null: some were missed, so all may have moved.</param>
public sealed record ApprovalsMoved(IReadOnlySet<string>? Ids)
{
    /// <summary>Nothing was told; it is time to look, because something may have been missed.</summary>
    public bool IsLook { get; init; }

    public bool Touches(string id) => Ids is null || Ids.Contains(id);
}
