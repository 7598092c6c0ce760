namespace ControlChat.App.Sessions;

/// <summary>How many calls of one session are under way at once in this process.</summary>
internal sealed class AgentLanes
{
    /// <summary>A turn of Codex makes one call at a time; beside it there are summaries, and a few threads of one process.</summary>
    public const int Most = 8;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, int> _taken = new(StringComparer.Ordinal);

    /// <returns>To be disposed of at the end of the call; null when there are as many as there may be.</returns>
    public IDisposable? Enter(string sessionId)
    {
        lock (_lock)
        {
            var taken = _taken.GetValueOrDefault(sessionId);
            if (taken >= Most) return null;
            _taken[sessionId] = taken + 1;
            return new Lane(this, sessionId);
        }
    }

    private void Leave(string sessionId)
    {
        lock (_lock)
        {
            if (--_taken[sessionId] == 0) _taken.Remove(sessionId);
        }
    }

    private sealed class Lane(AgentLanes lanes, string sessionId) : IDisposable
    {
        private bool _left;

        public void Dispose()
        {
            if (!_left) lanes.Leave(sessionId);
            _left = true;
        }
    }
}
