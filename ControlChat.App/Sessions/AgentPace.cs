using ControlChat.Core.Sessions;

namespace ControlChat.App.Sessions;

/// <summary>
/// How fast agents may call, in this process. It is asked before the database is: a session that was met before is known by its handle, and
/// whoever shows another one takes from what all strangers of that address have together.
/// </summary>
/// <param name="callsPerMinute">Of one session.</param>
/// <param name="callsAtOnce">Of one session.</param>
internal sealed class AgentPace(TimeProvider time, int callsPerMinute = AgentPace.CallsPerMinute, int callsAtOnce = AgentPace.CallsAtOnce)
{
    /// <summary>Of one session. Codex asks again when an answer is there and its commands have run; two a second for long is a loop that asks for nothing.</summary>
    public const int CallsPerMinute = 120;

    /// <summary>Of one session: a few threads of one process that begin together, and what they repeat after a failure.</summary>
    public const int CallsAtOnce = 20;

    /// <summary>Handles nobody has met, of one address: every session's first call is one of them, and gives back what it took.</summary>
    public const int StrangersPerMinute = 60;

    /// <summary>The first calls of sessions that are resumed together after a restart.</summary>
    public const int StrangersAtOnce = 30;

    private static readonly TimeSpan Remember = TimeSpan.FromHours(1);
    private readonly CallBuckets _calls = new(callsPerMinute, callsAtOnce, time);
    private readonly CallBuckets _strangers = new(StrangersPerMinute, StrangersAtOnce, time);
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (Session Session, long At)> _known = new(StringComparer.Ordinal);

    /// <returns>The session of this handle as it was when it was met, which says whose it is and no more; or null.</returns>
    public Session? Known(SessionHandle handle)
    {
        lock (_lock)
        {
            if (!_known.TryGetValue(handle.Hash, out var known)) return null;
            _known[handle.Hash] = known with { At = time.GetTimestamp() };
            return known.Session;
        }
    }

    /// <param name="known">Of <see cref="Known"/>.</param>
    /// <param name="address">Where the call came from.</param>
    /// <returns>Null when it may go on; else the seconds to wait.</returns>
    public int? Take(Session? known, string address) => known is null ? _strangers.Take(address) : _calls.Take(known.Id);

    /// <summary>The stranger of a call that went on was a session's.</summary>
    public void Meet(SessionHandle handle, Session session, string address)
    {
        _strangers.GiveBack(address);
        _calls.Take(session.Id);
        lock (_lock)
        {
            var now = time.GetTimestamp();
            foreach (var (old, known) in _known)
                if (time.GetElapsedTime(known.At, now) > Remember) _known.Remove(old);
            _known[handle.Hash] = (session with { Capsule = null, InitialMessage = null }, now);
        }
    }
}
