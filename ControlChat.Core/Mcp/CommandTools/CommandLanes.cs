using ControlChat.Core.Gate;

namespace ControlChat.Core.Mcp.CommandTools;

/// <summary>Commands under way in this process: one of a session, a few of all.</summary>
internal sealed class CommandLanes
{
    private const int Most = 8;
    private readonly Lock _lock = new();
    private readonly HashSet<string> _busy = new(StringComparer.Ordinal);

    /// <returns>Free again once disposed.</returns>
    /// <exception cref="ToolRefusedException">There is none free.</exception>
    public IDisposable Enter(string session)
    {
        lock (_lock)
        {
            if (_busy.Count >= Most) throw new ToolRefusedException("rate_limited", "rate_limited", "Too many commands are running on this hub. Try again in a moment.");
            if (!_busy.Add(session)) throw ToolRefusedException.Conflict("A command of this session is running. Wait for it to end.");
            return new Lane(this, session);
        }
    }

    private sealed class Lane(CommandLanes lanes, string session) : IDisposable
    {
        public void Dispose()
        {
            lock (lanes._lock) lanes._busy.Remove(session);
        }
    }
}
